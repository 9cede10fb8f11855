"""What the beginning of a file says of the reference that it was made on, packed or not, VCF or BCF. Pure.

Pages and the command read the files that lie before them themselves, before a byte is sent. This is for what was uploaded by
whoever left the choice to GAS.
"""

import re
import zlib
from contextlib import suppress
from itertools import islice

from gas.domain.reference_choice import HeaderContig, HeaderFacts

START_BYTES = 1024 * 1024
"""As much of a file as is looked at: more than any header has. The longest of whole genomes, with all decoys, have a fifth of it."""

_PACKED_BYTES = 256 * 1024
"""As much of a packed one: a header packs to less than a quarter."""

_MOST_PARTS = 1_000
"""Parts of a packed one: bgzip puts 64 KiB into each, and what is packed in ten thousand parts of nothing costs time."""

_PIECE_BYTES = 1024
"""Unpacked at a time: no more of a packed one is lost where it is damaged."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""Which tells zlib that its stream is gzip's."""

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

_LINE = re.compile(r"\n##(contig|reference|assembly)=([^\n]*)")
_MOST_LINES = 10_000
"""Lines of these kinds that are looked at: more than twice as many as contigs are noted."""

_MOST_ATTRIBUTES = 6
"""Attributes of a contig that are looked at, of the three that count."""

_ATTRIBUTE = re.compile(r'[<,](ID|length|assembly)=("[^"]*"|[^,>]*)')


def header_facts(start: bytes) -> HeaderFacts:
    """What a file says that begins so. What can be read of a damaged one is told: it is for annotators to judge it."""
    # Found and not split: a megabyte of empty lines would be a million of them.
    header, _, behind = f"\n{_text(start)}".partition("\n#CHROM")
    contigs, texts = dict[str, int | None](), dict[str, None]()
    for line in islice(_LINE.finditer(header), _MOST_LINES):
        kind, text = line[1], line[2].rstrip("\r")
        if kind == "contig":
            told = {
                each[1]: each[2].strip('"') for each in islice(_ATTRIBUTE.finditer(text), _MOST_ATTRIBUTES)
            }
            _note(contigs, told.get("ID", ""), told.get("length", ""))
            texts[told.get("assembly", "")] = None
        else:
            texts[text] = None
    if not contigs:
        for record in behind.split("\n", 1 + _MOST_RECORDS)[1 : 1 + _MOST_RECORDS]:
            _note(contigs, record.rstrip("\r").partition("\t")[0], "")
    return HeaderFacts(
        tuple(HeaderContig(name, length) for name, length in contigs.items()),
        tuple(text[:LONGEST_TEXT] for text in texts if text)[:MOST_TEXTS],
    )


def _note(contigs: dict[str, int | None], name: str, length: str) -> None:
    if 0 < len(name) <= LONGEST_NAME and name not in contigs and len(contigs) < MOST_CONTIGS:
        is_number = length.isascii() and length.isdecimal() and len(length) <= _LONGEST_LENGTH
        contigs[name] = int(length) or None if is_number else None


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
    content, at, parts = bytearray(), 0, 0
    part = zlib.decompressobj(_GZIP_WINDOW)
    with suppress(zlib.error):
        while at < len(start) and len(content) < START_BYTES and parts < _MOST_PARTS:
            piece = start[at : at + _PIECE_BYTES]
            content += part.decompress(piece, START_BYTES - len(content))
            at += len(piece) - len(part.unused_data) - len(part.unconsumed_tail)
            if part.eof:
                part, parts = zlib.decompressobj(_GZIP_WINDOW), parts + 1
    return bytes(content if parts < _MOST_PARTS else content[: content.rfind(b"\n") + 1])
