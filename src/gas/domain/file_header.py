"""What the beginning of a file says of the reference that it was made on, packed or not, VCF or BCF. Pure.

Pages and the command read the files that lie before them themselves, before a byte is sent. This is for what was uploaded by
whoever left the choice to GAS.
"""

import gzip
import io
import re
import zlib
from contextlib import suppress

from gas.domain.reference_choice import HeaderContig, HeaderFacts

START_BYTES = 1024 * 1024
"""As much of a file as is looked at: more than any header has. The longest of whole genomes, with all decoys, have a fifth of it."""

_PACKED_BYTES = 256 * 1024
"""As much of a packed one: a header packs to less than a quarter, and what is packed in ten thousand parts of nothing costs time."""

MOST_CONTIGS, LONGEST_NAME = 4_000, 200
"""More contigs than the most scattered header of a genome that people use has. What a header says beyond is not looked at."""

MOST_TEXTS, LONGEST_TEXT = 20, 1_000

_MOST_RECORDS = 999
"""Records whose contigs are looked at where no line of the header names any."""

_LONGEST_LENGTH = 15
"""Digits of a contig's length: no more than every reader of JSON tells exactly."""

_GZIP, _BCF = b"\x1f\x8b", b"BCF\x02"
_BCF_TEXT = 9
"""Where the header's text begins in a BCF, behind the two bytes of its version and the four of the text's length (BCF 2.2)."""

_ATTRIBUTE = re.compile(r'[<,](ID|length|assembly)=("[^"]*"|[^,>]*)')


def header_facts(start: bytes) -> HeaderFacts:
    """What a file says that begins so. What can be read of a damaged one is told: it is for annotators to judge it."""
    lines = [line.rstrip("\r") for line in _text(start).split("\n")]
    contigs, texts = dict[str, int | None](), dict[str, None]()
    for line in lines:
        if line.startswith("##contig="):
            told = {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line)}
            _note(contigs, told.get("ID", ""), told.get("length", ""))
            texts[told.get("assembly", "")] = None
        elif line.startswith(("##reference=", "##assembly=")):
            texts[line.partition("=")[2]] = None
    if not contigs:
        for record in _records(lines):
            _note(contigs, record.partition("\t")[0], "")
    return HeaderFacts(
        tuple(HeaderContig(name, length) for name, length in contigs.items()),
        tuple(text[:LONGEST_TEXT] for text in texts if text)[:MOST_TEXTS],
    )


def _note(contigs: dict[str, int | None], name: str, length: str) -> None:
    if 0 < len(name) <= LONGEST_NAME and name not in contigs and len(contigs) < MOST_CONTIGS:
        is_number = length.isascii() and length.isdecimal() and len(length) <= _LONGEST_LENGTH
        contigs[name] = int(length) or None if is_number else None


def _records(lines: list[str]) -> list[str]:
    """The first lines behind the names of the columns."""
    columns = next((at for at, line in enumerate(lines) if line.startswith("#CHROM")), len(lines))
    return lines[columns + 1 : columns + 1 + _MOST_RECORDS]


def _text(start: bytes) -> str:
    """The text that a file begins with, without a line that was cut off."""
    packed = start.startswith(_GZIP)
    content = _unpacked(start[:_PACKED_BYTES]) if packed else start
    whole = len(content) < START_BYTES and not (packed and len(start) > _PACKED_BYTES)
    if content.startswith(_BCF):
        content, end, _ = content[_BCF_TEXT:].partition(b"\0")
        whole = whole or bool(end)
    text = content.decode("utf-8", "replace")
    return text if whole else text.rpartition("\n")[0]


def _unpacked(start: bytes) -> bytes:
    # Piece by piece: of a start that breaks off, or is damaged, the beginning is known all the same.
    content = bytearray()
    with suppress(gzip.BadGzipFile, EOFError, zlib.error), gzip.open(io.BytesIO(start)) as file:
        while len(content) < START_BYTES and (piece := file.read1(64 * 1024)):
            content += piece
    return bytes(content[:START_BYTES])
