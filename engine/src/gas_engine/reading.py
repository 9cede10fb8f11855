"""Reads an input as blocks of whole lines, whatever it is packed in, within limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pysam
import pysam.bcftools
from isal import isal_zlib

from gas_engine import bgzf
from gas_engine.errors import InputRefusedError, LimitExceededError
from gas_engine.task import Limits

BLOCK_BYTES = 256 * 1024
"""Text handed on at once, plus at most one line that is longer. An annotated block is some twenty times as large."""

_CHUNK_BYTES = 256 * 1024
_EMPTY_MEMBERS = 1000
"""Empty gzip members in a row; real files have one, at the end."""

_GZIP = b"\x1f\x8b"
_BCF = b"BCF"
_TAR_MAGIC, _TAR_MAGIC_AT, _TAR_BLOCK = b"ustar", 257, 512
_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive; unpack it and submit the VCF file inside",
    b"BZh": "compressed with bzip2; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"\xfd7zXZ": "compressed with xz; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it and submit the VCF file inside",
    b"Rar!": "a RAR archive; unpack it and submit the VCF file inside",
    b"%PDF": "a PDF document; export the variants as VCF and submit that file",
    b"\x89PNG": "a picture; export the variants as VCF and submit that file",
    b"\xff\xd8\xff": "a picture; export the variants as VCF and submit that file",
    b"CRAM": "CRAM, reads and not variants; call the variants and submit their VCF file",
    b"BAM\x01": "BAM, reads and not variants; call the variants and submit their VCF file",
    b"{\\rtf": "a word processor's document; export the variants as VCF and submit that file",
}
_TAR = "line 1: this is a tar archive, not a VCF file; unpack it and submit the VCF file inside"


@dataclass(frozen=True)
class Block:
    """Whole lines in their order; `first_line` is the number of the first one, from 1."""

    first_line: int
    text: bytes
    last: bool


class Source:
    """An input file: read it once per pass, and ask how far the reading is."""

    def __init__(self, path: Path, limits: Limits, scratch: Path) -> None:
        self._path = path
        self._limits = limits
        self._scratch = scratch
        self.size = path.stat().st_size
        self.consumed = 0
        self.uncompressed = 0

    def blocks(self) -> Iterator[Block]:
        """All lines of the file, from its start.

        Raises:
            InputRefusedError: the file is of another format, cut off or damaged.
            LimitExceededError: a line or the whole text is too long.
        """
        self.consumed = self.uncompressed = 0
        next_line, pending = 1, bytearray()
        with self._path.open("rb", buffering=0) as file:
            for chunk in self._checked(self._text(file)):
                self._count(len(chunk))
                pending += chunk
                if len(pending) < BLOCK_BYTES:
                    continue
                cut = pending.rfind(b"\n") + 1
                if cut:
                    block = Block(next_line, bytes(pending[:cut]), last=False)
                    next_line += block.text.count(b"\n")
                    del pending[:cut]
                    yield block
                if len(pending) > self._limits.max_line_bytes:
                    raise LimitExceededError(long_line_sentence(next_line, self._limits))
        yield Block(next_line, bytes(pending), last=True)

    def _checked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The text, if its start is not one of another format."""
        start = b""
        for chunk in chunks:
            start += chunk
            if len(start) >= _TAR_BLOCK:
                break
        _refuse_others(start)
        if start:
            yield start
        yield from chunks

    def _count(self, length: int) -> None:
        self.uncompressed += length
        if self.uncompressed > self._limits.max_uncompressed_bytes:
            raise LimitExceededError(
                f"the file holds more than {self._limits.max_uncompressed_bytes:,} bytes of text, the most that is"
                " accepted; split it and submit the parts"
            )

    def _raw(self, file: BinaryIO) -> Iterator[bytes]:
        """Bytes as they lie in the file."""
        while chunk := file.read(_CHUNK_BYTES):
            self.consumed += len(chunk)
            yield chunk

    def _text(self, file: BinaryIO) -> Iterator[bytes]:
        """Bytes of the text: unpacked if the file is gzipped, which BGZF is too, and written out if it is BCF."""
        start = file.read(18)
        _refuse_others(start)
        file.seek(0)
        packed = start.startswith(_GZIP)
        if packed and start[3:4] == b"\x04" and start[12:14] == b"BC":
            self._check_end(file)
        chunks = _unpacked(self._raw(file)) if packed else self._raw(file)
        first = next(chunks, b"")
        if packed and first.startswith(_GZIP):
            raise InputRefusedError(
                "line 1: this is not a VCF file: it is compressed twice; unpack it once and submit it again"
            )
        if first.startswith(_BCF):
            return self._from_bcf()
        return _joined(first, chunks)

    def _check_end(self, file: BinaryIO) -> None:
        file.seek(max(0, self.size - len(bgzf.END)))
        found = file.read()
        file.seek(0)
        if found != bgzf.END:
            raise InputRefusedError(
                "the compressed file is cut off: its end marker is missing; compress it again, or fetch a whole copy, and submit that"
            )

    def _from_bcf(self) -> Iterator[bytes]:
        """The text that bcftools view prints of a BCF file."""
        text = self._scratch / "from.bcf.vcf"
        try:
            pysam.bcftools.view("--no-version", "-Ov", "-o", str(text), str(self._path), catch_stdout=False)
        except pysam.SamtoolsError as error:
            raise InputRefusedError(
                "line 1: the BCF file is damaged: bcftools cannot read it; write it again with `bcftools view -Ob` and submit that"
            ) from error
        with text.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
        text.unlink()


def long_line_sentence(number: int, limits: Limits) -> str:
    """What is said of a line that is too long."""
    return (
        f"line {number}: longer than {limits.max_line_bytes:,} bytes, the longest line that is accepted;"
        " if the file has one record per line, split its samples over several files"
    )


def zero_byte_sentence(number: int) -> str:
    """What is said of a zero byte."""
    return f"line {number}: holds a zero byte, so this is not a text file or it is damaged; export it again"


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _refuse_others(start: bytes) -> None:
    for magic, advice in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise InputRefusedError(f"line 1: this is not a VCF file: it is {advice}")
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"#\0", b"\0#")):
        raise InputRefusedError(
            "line 1: the text is in UTF-16; save it as UTF-8 or plain text and submit it again"
        )
    if start[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] == _TAR_MAGIC:
        raise InputRefusedError(_TAR)


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Text of a gzip file of any number of members, at most a chunk at once.

    Raises:
        InputRefusedError: the file is cut off, damaged, or goes on after its end.
    """
    decoder = isal_zlib.decompressobj(wbits=31)
    within = False
    empty = 0
    for chunk in chunks:
        rest = chunk
        while rest:
            if not within and not rest.strip(b"\0"):
                break  # Zeros after the last member are padding, by the gzip convention.
            if not within and rest[:1] != _GZIP[:1]:
                raise InputRefusedError(
                    "the compressed file is damaged: something else follows its end; compress it again with bgzip or gzip"
                    " and submit that"
                )
            within = True
            piece = _inflate(decoder, rest)
            if piece:
                empty = 0
                yield piece
            rest = decoder.unconsumed_tail
            if decoder.eof:
                empty += 1
                if empty > _EMPTY_MEMBERS:
                    raise InputRefusedError(
                        "the compressed file is damaged: it is made of empty parts; export it again"
                    )
                rest, within = decoder.unused_data, False
                decoder = isal_zlib.decompressobj(wbits=31)
        while within and (piece := _inflate(decoder, b"")):
            yield piece
    if within:
        raise InputRefusedError(
            "the compressed file is cut off: it ends in the middle; compress it again, or fetch a whole copy, and submit that"
        )


def _inflate(decoder: Any, packed: bytes) -> bytes:
    """One bounded piece of text."""
    try:
        return bytes(decoder.decompress(packed, _CHUNK_BYTES))
    except isal_zlib.error as error:  # type: ignore[misc]  # isal's types take the class for an instance
        raise InputRefusedError(
            f"the compressed file is damaged ({error}); compress it again with bgzip or gzip and upload it again"
        ) from error
