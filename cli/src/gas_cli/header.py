"""What the header of a local file says of the reference that it was made on."""

import gzip
import re
import zlib
from itertools import dropwhile, islice, takewhile
from pathlib import Path
from typing import Any

from gas_cli.errors import misused

LOOK_CHARACTERS = 1024 * 1024
"""More than any header has; the longest of whole genomes, with all decoys, have a fifth of it."""

MOST_CONTIGS, LONGEST_NAME, MOST_NAMES_BYTES = 4_000, 200, 90_000
MOST_TEXTS, LONGEST_TEXT = 20, 1_000
"""As much as GAS takes."""

MOST_RECORDS = 1_000
"""Records whose contigs are looked at where no line of the header names any."""

_GZIP = b"\x1f\x8b"
_BCF = b"BCF\x02"
_BCF_TEXT = 9
"""Where the header's text begins in a BCF, behind the two bytes of its version and the four of the text's length (BCF 2.2)."""

_VALUE = re.compile(r'[<,](ID|length|assembly)=("[^"]*"|[^,>]*)')


def header_facts(path: Path) -> dict[str, Any]:
    """Its contigs with their lengths, and the words that may name an assembly, as GAS is asked with them.

    Raises:
        CommandError: the file cannot be read.
    """
    lines = [line.rstrip("\r") for line in _beginning(path).split("\n")]
    contigs, texts = _Contigs(), dict[str, None]()
    for line in takewhile(lambda line: not line.startswith("#CHROM"), lines):
        key, _, value = line.partition("=")
        if key == "##contig":
            told = {name: text.strip('"') for name, text in _VALUE.findall(line)}
            contigs.add(told.get("ID", ""), told.get("length", ""))
            texts[told.get("assembly", "")] = None
        elif key in {"##reference", "##assembly"}:
            texts[value] = None
    if not contigs.found:
        records = dropwhile(lambda line: not line.startswith("#CHROM"), lines)
        for line in islice(records, 1, MOST_RECORDS):
            contigs.add(line.partition("\t")[0], "")
    told_texts = [text[:LONGEST_TEXT] for text in texts if text]
    return {"contigs": contigs.found, "texts": told_texts[:MOST_TEXTS]}


class _Contigs:
    """Contigs as they are found, in no more room than a request has."""

    def __init__(self) -> None:
        self.found: dict[str, int | None] = {}
        self._room = MOST_NAMES_BYTES

    def add(self, name: str, length: str) -> None:
        if not name or len(name) > LONGEST_NAME or name in self.found:
            return
        if len(self.found) < MOST_CONTIGS and self._room > 0:
            self._room -= len(name.encode()) + 15
            short = length.isascii() and length.isdecimal() and len(length) < len(str(2**53))
            self.found[name] = int(length) or None if short else None


def _beginning(path: Path) -> str:
    """The first text of a file, unpacked, as far as it can be; without the line that is cut off."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            content = _read(file)
    except OSError as error:
        raise misused(f"{path} cannot be read ({error.strerror or error}).") from error
    whole = len(content) < LOOK_CHARACTERS
    if content.startswith(_BCF):
        content, end, _ = content[_BCF_TEXT:].partition(b"\0")
        whole = whole or bool(end)
    text = content.decode("utf-8", "replace")
    return text if whole else text.rpartition("\n")[0]


def _read(file: Any) -> bytes:
    # Piece by piece: of a file that is damaged later on, the beginning is known all the same.
    content = bytearray()
    try:
        while len(content) < LOOK_CHARACTERS and (piece := file.read1(64 * 1024)):
            content += piece
    except (gzip.BadGzipFile, EOFError, zlib.error):
        pass
    return bytes(content[:LOOK_CHARACTERS])
