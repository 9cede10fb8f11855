"""Reads an input as blocks of whole lines, plain or gzipped, within limits: no file can make it hold more than a block."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gas_annotator.engine.errors import InputRefusedError, LimitExceededError
from gas_annotator.engine.task import EngineLimits

BLOCK_BYTES = 512 * 1024
"""Text handed on at once, plus at most one line that is longer."""

_CHUNK_BYTES = 64 * 1024
_EMPTY_MEMBERS = 1000
"""Empty gzip members in a row; real files have one, at the end."""

_GZIP = b"\x1f\x8b"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_BINARY = (_GZIP, b"BCF")
"""Starts of unpacked texts that the header's check knows to name."""

_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive; unpack it and submit the VCF file inside",
    b"BZh": "compressed with bzip2; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"\xfd7zXZ": "compressed with xz; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it, or compress it with bgzip or gzip, and submit it again",
    b"%PDF": "a PDF document; export the variants as VCF and submit that file",
    b"\x89PNG": "a picture; export the variants as VCF and submit that file",
    b"\xff\xd8\xff": "a picture; export the variants as VCF and submit that file",
}


@dataclass(frozen=True)
class Block:
    """Whole lines in their order, without their ends; `first_line` is the number of the first one, from 1."""

    first_line: int
    lines: list[bytes]
    windows_ends: bool
    final_newline: bool


class Source:
    """An input file: read it once per pass, and ask how far the reading is."""

    def __init__(self, path: Path, limits: EngineLimits) -> None:
        self._path = path
        self._limits = limits
        self._digest = hashlib.sha256()
        self.size = path.stat().st_size
        self.consumed = 0
        self.uncompressed = 0

    @property
    def sha256(self) -> str:
        """Digest of the bytes of the file as far as they were read in the last pass."""
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[Block]:
        """All lines of the file, from its start.

        Raises:
            InputRefusedError: the file is of another format, cut off or damaged.
            LimitExceededError: a line or the whole text is too long.
        """
        self.consumed = self.uncompressed = 0
        self._digest = hashlib.sha256()
        next_line = 1
        pending = bytearray()
        with self._path.open("rb", buffering=0) as file:
            for chunk in self._text(file):
                self._count(len(chunk))
                pending += chunk
                if len(pending) < BLOCK_BYTES and b"\n" not in chunk:
                    self._check_line(len(pending), next_line)
                elif len(pending) >= BLOCK_BYTES:
                    whole, newline, rest = pending.rpartition(b"\n")
                    if newline:
                        block = self._block(bytes(whole), next_line, final_newline=True)
                        next_line += len(block.lines)
                        yield block
                        pending = rest
                    self._check_line(len(pending), next_line)
        if pending:
            newline_at_end = pending.endswith(b"\n")
            text = bytes(pending[:-1]) if newline_at_end else bytes(pending)
            yield self._block(text, next_line, final_newline=newline_at_end)

    def _block(self, text: bytes, first_line: int, *, final_newline: bool) -> Block:
        """Split a text into lines; a carriage return before a line's end belongs to the end."""
        if b"\0" in text and not (first_line == 1 and text.startswith(_BINARY)):
            number = first_line + text.count(b"\n", 0, text.index(b"\0"))
            raise InputRefusedError(_zero_byte_message(text, number))
        lines = text.split(b"\n")
        windows_ends = b"\r" in text
        if windows_ends:
            lines = [line.removesuffix(b"\r") for line in lines]
        if len(text) > self._limits.max_line_bytes:
            for number, line in enumerate(lines, first_line):
                self._check_line(len(line), number)
        return Block(first_line, lines, windows_ends, final_newline)

    def _check_line(self, length: int, number: int) -> None:
        if length > self._limits.max_line_bytes:
            raise LimitExceededError(
                f"line {number}: longer than {self._limits.max_line_bytes:,} bytes, the longest line that is accepted;"
                " if the file has one record per line, split its samples over several files"
            )

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
            self._digest.update(chunk)
            yield chunk

    def _text(self, file: BinaryIO) -> Iterator[bytes]:
        """Bytes of the text: unpacked if the file is gzipped, which BGZF is too."""
        start = file.read(18)
        for magic, advice in _OTHER_FORMATS.items():
            if start.startswith(magic):
                raise InputRefusedError(f"line 1: this is not a VCF file: it is {advice}")
        if not start.startswith(_GZIP):
            file.seek(0)
            return self._raw(file)
        if start[3:4] == b"\x04" and start[12:14] == b"BC":
            file.seek(max(0, self.size - len(_BGZF_END)))
            if file.read() != _BGZF_END:
                raise InputRefusedError(
                    "the compressed file is cut off: its end marker is missing; compress it again, or fetch a whole copy, and submit that"
                )
        file.seek(0)
        return _unpacked(self._raw(file))


def _zero_byte_message(text: bytes, number: int) -> str:
    if number == 1 and text.startswith((b"\xff\xfe", b"\xfe\xff", b"#\0", b"\0#")):
        return "line 1: the text is in UTF-16; save it as UTF-8 or plain text and submit it again"
    return f"line {number}: holds a zero byte, so this is not a text file or it is damaged; export it again"


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Text of a gzip file of any number of members, at most a chunk at once.

    Raises:
        InputRefusedError: the file is cut off, damaged, or goes on after its end.
    """
    decoder = zlib.decompressobj(wbits=31)
    within = False
    empty = 0
    for chunk in chunks:
        rest = chunk
        while rest:
            if not within and not rest.strip(b"\0"):
                break  # Zeros after the last member are padding, by the gzip convention.
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
                decoder = zlib.decompressobj(wbits=31)
        while within and (piece := _inflate(decoder, b"")):
            yield piece
    if within:
        raise InputRefusedError(
            "the compressed file is cut off: it ends in the middle; compress it again, or fetch a whole copy, and submit that"
        )


def _inflate(decoder: "zlib._Decompress", packed: bytes) -> bytes:
    """One bounded piece of text."""
    try:
        return decoder.decompress(packed, _CHUNK_BYTES)
    except zlib.error as error:
        raise InputRefusedError(
            f"the compressed file is damaged ({error}); compress it again with bgzip or gzip and upload it again"
        ) from error
