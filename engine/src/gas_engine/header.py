"""The header of a VCF file: is it one, what does it say of its contigs, and how our own lines are added to it."""

import re
from dataclasses import dataclass, field

from gas_engine.errors import InputRefusedError

CSQ_FIELDS = (
    "Allele",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "EXON",
    "INTRON",
    "HGVSc",
    "HGVSp",
    "cDNA_position",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "Existing_variation",
    "ALLELE_NUM",
    "DISTANCE",
    "STRAND",
    "FLAGS",
    "CANONICAL",
    "MANE_SELECT",
    "MANE_PLUS_CLINICAL",
    "PICK",
    "HGVSg",
)
"""Fields of a CSQ entry: VEP's eighteen in their order, then some of its options."""

ANN_FIELDS = (
    "Allele",
    "Annotation",
    "Annotation_Impact",
    "Gene_Name",
    "Gene_ID",
    "Feature_Type",
    "Feature_ID",
    "Transcript_BioType",
    "Rank",
    "HGVS.c",
    "HGVS.p",
    "cDNA.pos / cDNA.length",
    "CDS.pos / CDS.length",
    "AA.pos / AA.length",
    "Distance",
    "ERRORS / WARNINGS / INFO",
)
"""Fields of an ANN entry, as its specification numbers them."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_VERSION = re.compile(rb"##fileformat=VCFv?(\d+)\.(\d+)")
# No blank may fit two parts of one of these, or a line of nothing else takes the square of its length.
_CONTIG_ID = re.compile(rb"[<,]\s*ID\s*=\s*+\"?([^,>\"]*[^,>\"\s])")
_CONTIG_LENGTH = re.compile(rb"[<,]\s*length\s*=\s*\"?(\d+)", re.IGNORECASE)
_INFO_ID = re.compile(rb"##INFO=<?(?:.*?ID=)?([^,>=\s]+)")
_COLUMNS = [b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO"]
_FIRST_OF_TODAY = 4, 0
"""VCF's version from which on header lines have <>."""

_FIRST_BY_LENGTH = 4, 4
"""VCF's version from which on SVLEN is how many bases of the reference a symbolic allele covers."""

_KEPT_CONTIGS = 100_000
"""Declared contigs that are remembered; the most scattered assemblies have about as many."""


def without_mark(line: bytes) -> bytes:
    """The first line without the byte order mark that some editors put before it."""
    return line.removeprefix(_BYTE_ORDER_MARK)


@dataclass
class Header:
    """Takes the lines of a header one by one; `complete` once #CHROM has been seen."""

    complete: bool = False
    started: bool = False
    old_style: bool = False
    end_first: bool = False
    """Whether the file is of a version in which SVLEN is by how much ALT is longer than REF, and END how far an allele reaches."""
    column_count: int = 0
    contig_lengths: dict[bytes, int] = field(default_factory=dict)
    contigs: dict[bytes, None] = field(default_factory=dict)
    info_ids: set[bytes] = field(default_factory=set)
    lines: list[bytes] = field(default_factory=list)
    """The lines as they go into the result, without #CHROM."""
    columns: bytes = b""

    @property
    def used_keys(self) -> set[str]:
        """The keys of INFO that the file declares, and so are its own."""
        return {name.decode("utf-8", errors="replace") for name in self.info_ids}

    def take(self, line: bytes, number: int) -> None:
        """Check one line of the header, given without its end.

        Raises:
            InputRefusedError: the file is not a VCF file.
        """
        if not self.started:
            line = without_mark(line)
            if not line.strip():
                return  # Blank lines before the first one are no harm: some scripts leave them there.
            self._take_first(line, number)
            self.started = True
        elif line.startswith(b"##"):
            self._take_meta(line)
        elif line.startswith(b"#"):
            self._take_columns(line, number)
            return
        elif line:
            raise InputRefusedError(
                f"line {number}: a record stands before the line of column names, which starts with #CHROM;"
                " the header is damaged, export the file as VCF again"
            )
        if line:
            self.lines.append(line)

    def _take_first(self, line: bytes, number: int) -> None:
        match = _VERSION.match(line)
        if match is None:
            raise InputRefusedError(f"line {number}: this is not a VCF file: {_advice(line)}")
        if b"\r" in line:
            raise InputRefusedError(
                f"line {number}: the lines end in the old Mac way (CR); save the file with Unix line ends"
            )
        version = int(match.group(1)), int(match.group(2))
        self.old_style = version < _FIRST_OF_TODAY
        self.end_first = version < _FIRST_BY_LENGTH

    def _take_meta(self, line: bytes) -> None:
        if line.startswith(b"##INFO="):
            match = _INFO_ID.match(line)
            if match:
                self.info_ids.add(match.group(1))
        elif line.startswith(b"##contig=") and len(self.contigs) < _KEPT_CONTIGS:
            name, length = _CONTIG_ID.search(line), _CONTIG_LENGTH.search(line)
            if name:
                self.contigs[name.group(1)] = None
                if length:
                    self.contig_lengths[name.group(1)] = int(length.group(1)[:18])

    def _take_columns(self, line: bytes, number: int) -> None:
        columns = line.split(b"\t")
        if columns[: len(_COLUMNS)] != _COLUMNS:
            blanks = line.split()[: len(_COLUMNS)] == _COLUMNS
            tabs = "; the columns must be separated by tabs, and some are by blanks" if blanks else ""
            raise InputRefusedError(
                f"line {number}: the column names must be #CHROM POS ID REF ALT QUAL FILTER INFO, and they are not"
                f"{tabs}; export the file as VCF again"
            )
        self.column_count = len(columns)
        self.columns = line
        self.complete = True


def _advice(line: bytes) -> str:
    """Why a first line is not one of a VCF file, and what to do."""
    rule = "it must start with ##fileformat=VCF"
    if line.startswith((b"##gff", b"##gvf")):
        return f"{rule}, but it is GFF or GVF; convert it to VCF and submit it again"
    if line.startswith(b"#CHROM"):
        return f"{rule}, but that line is missing; add it before the column names, or export the file as VCF again"
    return f"{rule}, and does not; export it as VCF and submit it again"


def free_tag(wanted: str, used: set[str]) -> str:
    """The tag, or where the file has one of its own, GAS_ before it, numbered if need be."""
    if wanted not in used:
        return wanted
    tag, number = f"GAS_{wanted}", 1
    while tag in used:
        number += 1
        tag = f"GAS_{wanted}_{number}"
    return tag


def kept_note(wanted: str, tag: str, whose: str = "ours") -> str:
    """What the log says where the file has the wanted tag of its own, and another was taken in its place."""
    return f"The file brought {wanted} of its own, which stays as it is: {whose} is {tag}"


def declaration(tag: str, form: str, *, old_style: bool) -> bytes:
    """The line of the header that says what a tag means; `form` is CSQ or ANN."""
    if form == "CSQ":
        meaning = f"Consequence annotations from gas-annotate. Format: {'|'.join(CSQ_FIELDS)}"
    else:
        meaning = f"Functional annotations: '{' | '.join(ANN_FIELDS)}'"
    if old_style:
        return f'##INFO={tag},-1,String,"{meaning}"'.encode()
    return f'##INFO=<ID={tag},Number=.,Type=String,Description="{meaning}">'.encode()


def provenance_line(values: dict[str, str]) -> bytes:
    """The line of the header that says what made the annotation."""
    listed = ",".join(f'{key}="{value}"' for key, value in values.items())
    return f"##gas-annotate=<ID=GAS,{listed}>".encode()
