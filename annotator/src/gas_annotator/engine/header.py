"""The header of a VCF file: is it one, what does it say of its contigs, and how our own lines are added to it."""

import re
from dataclasses import dataclass, field

from gas_annotator.engine.consequence import FIELDS
from gas_annotator.engine.errors import InputRefusedError

TAG = "GAS_CSQ"
"""INFO tag of the consequences; a number is added if the file already uses it."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_VERSION = re.compile(rb"##fileformat=VCFv?(\d+)\.(\d+)")
_CONTIG_ID = re.compile(rb"[<,]ID=([^,>]+)")
_CONTIG_LENGTH = re.compile(rb"[<,]length=(\d+)")
_USED_TAGS = re.compile(TAG.encode() + rb"(?:_\d+)?")
_COLUMNS = [b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO"]
_OLD_MAJOR = 3
_LONGEST_QUOTE = 40
_KEPT_CONTIGS = 10_000
"""Declared contigs that are remembered; no reference has as many that matter here."""


def quoted(value: bytes) -> str:
    """A value of the file as a short text that is safe to show: printable ASCII, the rest escaped."""
    text = value[:_LONGEST_QUOTE].decode("utf-8", errors="replace")
    safe = "".join(sign if sign.isprintable() else "?" for sign in text)
    return f'"{safe}…"' if len(value) > _LONGEST_QUOTE else f'"{safe}"'


def without_mark(line: bytes) -> bytes:
    """The first line without the byte order mark that some editors put before it."""
    return line.removeprefix(_BYTE_ORDER_MARK)


@dataclass
class Header:
    """Takes the lines of a header one by one; `complete` once #CHROM has been seen."""

    complete: bool = False
    old_style: bool = False
    column_count: int = 0
    contig_lengths: dict[bytes, int] = field(default_factory=dict)

    def take(self, line: bytes, number: int) -> None:
        """Check one line of the header.

        Raises:
            InputRefusedError: the file is not a VCF file.
        """
        if number == 1:
            self._take_first(without_mark(line))
        elif line.startswith(b"##"):
            self._take_contig(line)
        elif line.startswith(b"#"):
            self._take_columns(line, number)
        elif line:
            raise InputRefusedError(
                f"line {number}: a record stands before the line of column names, which starts with #CHROM;"
                " the header is damaged, export the file as VCF again"
            )

    def _take_first(self, line: bytes) -> None:
        match = _VERSION.match(line)
        if match is None:
            raise InputRefusedError(f"line 1: this is not a VCF file: {_advice(line)}")
        if b"\r" in line:
            raise InputRefusedError(
                "line 1: the lines end in the old Mac way (CR); save the file with Unix line ends"
            )
        self.old_style = int(match.group(1)) <= _OLD_MAJOR

    def _take_contig(self, line: bytes) -> None:
        if not line.startswith(b"##contig=<") or len(self.contig_lengths) >= _KEPT_CONTIGS:
            return
        name, length = _CONTIG_ID.search(line), _CONTIG_LENGTH.search(line)
        if name and length:
            self.contig_lengths[name.group(1)] = int(length.group(1)[:18])

    def _take_columns(self, line: bytes, number: int) -> None:
        columns = line.split(b"\t")
        if columns[: len(_COLUMNS)] != _COLUMNS:
            tabs = "; the columns must be separated by tabs" if b"\t" not in line else ""
            raise InputRefusedError(
                f"line {number}: the column names must be #CHROM POS ID REF ALT QUAL FILTER INFO, and they are not"
                f"{tabs}; export the file as VCF again"
            )
        self.column_count = len(columns)
        self.complete = True


def _advice(line: bytes) -> str:
    """Why a first line is not one of a VCF file, and what to do."""
    rule = "it must start with ##fileformat=VCF"
    if line.startswith(b"BCF"):
        return "it is BCF, the binary form; convert it with `bcftools view -O z` and submit it again"
    if line.startswith(b"\x1f\x8b"):
        return "it is compressed twice; unpack it once and submit it again"
    if line.startswith((b"##gff", b"##gvf")):
        return f"{rule}, but it is GFF or GVF; convert it to VCF and submit it again"
    return f"{rule}, and does not; export it as VCF and submit it again"


def used_tags(text: bytes) -> set[bytes]:
    """Names like our tag that occur anywhere in a text."""
    return set(_USED_TAGS.findall(text))


def free_tag(used: set[bytes]) -> str:
    """Our tag, or its first numbered form that the file does not use."""
    number = 1
    tag = TAG
    while tag.encode() in used:
        number += 1
        tag = f"{TAG}_{number}"
    return tag


def added_lines(tag: str, provenance: dict[str, str], *, old_style: bool) -> list[bytes]:
    """The lines that we add before the column names: what the tag means, and what made it."""
    meaning = f"Consequences of each allele, most severe first. Format: {'|'.join(FIELDS)}"
    if old_style:
        declaration = f'##INFO={tag},-1,String,"{meaning}"'
    else:
        declaration = f'##INFO=<ID={tag},Number=.,Type=String,Description="{meaning}">'
    values = ",".join(f'{key}="{value}"' for key, value in provenance.items())
    return [declaration.encode(), f"##{tag}_provenance=<ID={tag},{values}>".encode()]
