"""One record of a VCF file: what its first columns say, and what is wrong with them."""

from enum import Enum

from gas_annotator.engine.csq import Allele
from gas_annotator.engine.errors import InputRefusedError

_FIXED_COLUMNS = 8
_LONGEST_POSITION = 10
_BASES = b"ACGTacgt"
NUCLEOTIDES = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv"


class Problem(Enum):
    """What is odd about a record. It stays in the result, mostly without consequences, and the job goes on."""

    REFERENCE_MISMATCH = "reference_mismatch"
    UNKNOWN_CONTIG = "unknown_contig"
    OTHER_CONTIG = "other_contig"
    POSITION_OUTSIDE = "position_outside"
    NOT_BASES = "not_bases"
    NO_ALTERNATIVE = "no_alternative"
    TOO_MANY_ALTERNATIVES = "too_many_alternatives"
    COLUMN_COUNT = "column_count"
    NOT_PREDICTED = "not_predicted"


ANNOTATED_ALL_THE_SAME = frozenset({Problem.COLUMN_COUNT, Problem.NOT_PREDICTED})
"""Oddities that do not keep a record from its consequences."""


class AlleleClass(Enum):
    """Kinds of alleles."""

    SNV = "SNV"
    INSERTION = "insertion"
    DELETION = "deletion"
    MNV = "substitution of several bases"
    SYMBOLIC = "symbolic"
    BREAKEND = "breakend"
    SPANNING = "spanning deletion"
    NO_CHANGE = "no change"
    OTHER = "other"


_SECOND_HEADER = "a header line stands among the records; if two files were joined, join them with `bcftools concat` instead"


def columns_of(line: bytes, number: int) -> list[bytes]:
    """The first eight columns of a record, and the rest of its line as a ninth.

    Raises:
        InputRefusedError: the line is not a record.
    """
    columns = line.split(b"\t", _FIXED_COLUMNS)
    if len(columns) < _FIXED_COLUMNS:
        if line.startswith(b"#"):
            raise InputRefusedError(f"line {number}: {_SECOND_HEADER}")
        tabs = "" if b"\t" in line else ", since no tab separates them"
        raise InputRefusedError(
            f"line {number}: this is not a VCF record: it has {len(columns)} of the 8"
            f" columns that a record must have{tabs}; correct the line, or export the file as VCF again"
        )
    return columns


def parse_position(columns: list[bytes], number: int) -> int:
    """The column POS as a number.

    Raises:
        InputRefusedError: it is not a number, or the line is a header line among the records.
    """
    text = columns[1]
    if columns[0].startswith(b"#"):
        raise InputRefusedError(f"line {number}: {_SECOND_HEADER}")
    if not columns[0]:
        raise InputRefusedError(f"line {number}: the column CHROM is empty; export the file as VCF again")
    if not text.isdigit() or len(text) > _LONGEST_POSITION:
        raise InputRefusedError(
            f"line {number}: the column POS must be a whole number, and is none;"
            " correct the line or export the file as VCF again"
        )
    return int(text)


def allele_of(position: int, before: bytes, after: bytes) -> Allele | None:
    """The change of bases that a record describes, or None for symbols, breakends, unknown bases and no change."""
    if not after or after.translate(None, _BASES):
        return None
    upper, other = before.upper(), after.upper()
    return None if upper == other else Allele(position, upper, other)


_TRANSITIONS = {b"AG", b"GA", b"CT", b"TC"}


def transition(before: bytes, after: bytes) -> bool:
    """Whether a single-base change stays among purines or among pyrimidines."""
    return (before + after).upper() in _TRANSITIONS


def allele_class(before: bytes, after: bytes) -> AlleleClass:
    """The kind of one alternative allele."""
    if after == b"." or after.upper() == before.upper():
        return AlleleClass.NO_CHANGE
    if after == b"*":
        return AlleleClass.SPANNING
    if after.startswith(b"<"):
        return AlleleClass.SYMBOLIC
    if b"[" in after or b"]" in after:
        return AlleleClass.BREAKEND
    if not after or (before + after).translate(None, NUCLEOTIDES):
        return AlleleClass.OTHER
    return _sequence_class(len(before), len(after))


def _sequence_class(before: int, after: int) -> AlleleClass:
    if before == after:
        return AlleleClass.SNV if before == 1 else AlleleClass.MNV
    return AlleleClass.INSERTION if after > before else AlleleClass.DELETION
