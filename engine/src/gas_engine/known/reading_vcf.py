"""Reads VCF sources of known variants: what the header says, and the alleles with the values of the chosen fields."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gas_engine.errors import InputRefusedError, SourceError
from gas_engine.header import Header
from gas_engine.known.fields import IDENTIFIERS, Chosen, Declared
from gas_engine.known.reading import PRESENT, AlleleText, Lines, TooLargeError, is_place

_DECLARED = re.compile(
    r"##INFO=<ID=([^,>]+),Number=([^,>]+),Type=([A-Za-z]+)(?:,Description=\"((?:[^\"\\]|\\.)*)\")?"
)
_LISTED_NAME = re.compile(r"##(fileDate|source|reference|dbSNP_BUILD_ID)=(.*)")
_FIXED = 8
"""Columns that every record of a VCF file has."""


@dataclass
class VcfHead:
    """What a VCF source says before its records."""

    declared: dict[str, Declared] = field(default_factory=dict)
    lengths: dict[bytes, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """fileDate, source, reference and dbSNP_BUILD_ID, where they are told."""


def vcf_head(lines: Lines) -> VcfHead:
    """Read the header of a VCF source.

    Raises:
        SourceError: it is none.
    """
    header = Header()
    for line in lines:
        try:
            header.take(line, lines.number)
        except InputRefusedError as error:
            raise SourceError(f"{lines.shown}: {error}") from error
        if header.complete:
            break
    if not header.complete:
        raise SourceError(
            f"{lines.shown}: this is no VCF file: it has no line of column names; {lines.again}"
        )
    head = VcfHead(lengths=dict(header.contig_lengths))
    for line in header.lines:
        text = line.decode("utf-8", errors="replace")
        if found := _DECLARED.match(text):
            head.declared[found[1]] = Declared(found[2], found[3], (found[4] or "").replace('\\"', "'"))
        elif told := _LISTED_NAME.match(text):
            head.told.setdefault(told[1], told[2].strip())
    return head


def vcf_alleles(
    lines: Lines,
    chosen: tuple[Chosen, ...],
    left_out: Callable[[str, str], None],
    most_alternatives: int = 0,
) -> Iterator[AlleleText]:
    """The alleles of a VCF source behind its header, a row each; multi-allelic rows are parted by allele.

    Raises:
        TooLargeError: a record has more alternatives than the most that are taken, if there is such a bound, or the text has more
            bytes, where a REF counts for each of its alleles.
    """
    readers = [_reader(one) for one in chosen]
    single = [_single(one) for one in chosen]
    for line in lines:
        columns = line.split(b"\t", _FIXED)
        if len(columns) < _FIXED or not is_place(columns[1]):
            if not line:
                continue
            raise _no_record(lines, len(columns))
        contig, place, identifier, ref, alts = columns[:5]
        info = b";" + columns[7] + b";"
        if b"," not in alts and all(single):
            if alts in _NO_ALT:
                left_out("it has no ALT", f"line {lines.number}")
                continue
            texts = tuple([_value_of(identifier, info, *one) for one in single if one])
            yield lines.number, contig, int(place) - 1, ref, alts, texts
            continue
        count = alts.count(b",") + 1
        if 0 < most_alternatives < count:
            raise TooLargeError(
                f"{lines.shown}, line {lines.number}: this record has more than {most_alternatives:,} alternative alleles, the"
                " most that are taken"
            )
        lines.spend(len(ref) * (count - 1))  # It is compared for each allele.
        # Once for all alleles: INFO may be nearly all of a line of megabytes.
        told = [read(identifier, info, count) for read in readers]
        unfit = [one.info for one, values in zip(chosen, told, strict=True) if values is None]
        for index, alt in enumerate(alts.split(b",")):
            if alt in _NO_ALT:
                left_out("it has no ALT", f"line {lines.number}")
                continue
            for name in unfit:
                left_out(f"{name} has not one value for each allele", f"line {lines.number}")
            texts = tuple([b"" if values is None else values[index] for values in told])
            yield lines.number, contig, int(place) - 1, ref, alt, texts


_NO_ALT = (b".", b"")


def _no_record(lines: Lines, count: int) -> SourceError:
    what = (
        "its POS is no number" if count >= _FIXED else f"it has {count} of the {_FIXED} columns that VCF has"
    )
    return SourceError(
        f"{lines.shown}, line {lines.number}: this is no VCF record: {what}; mend that line, or {lines.again}"
    )


def _single(one: Chosen) -> tuple[bytes, bytes] | None:
    """How a field is read where there is one allele, which nearly all rows have: its key, and what it is as a flag.

    Without a key it is the column ID, or what each row says by being there.
    """
    name, number = one.info, one.number
    if name is None:
        return b"", b"" if one.told.field == IDENTIFIERS else PRESENT
    return None if number == "R" else (f";{name}=".encode(), f";{name};".encode() if number == "0" else b"")


def _value_of(identifier: bytes, info: bytes, key: bytes, flag: bytes) -> bytes:
    if not key:
        if flag:
            return flag
        return b"" if identifier == b"." else identifier
    at = info.find(key)
    if at < 0:
        return b"1" if flag and flag in info else b""
    at += len(key)
    return info[at : info.index(b";", at)]


_Read = Callable[[bytes, bytes, int], list[bytes] | None]


def _reader(one: Chosen) -> _Read:
    """Reads one field of a record for each of its alleles, given ID, INFO and their number; None where it has another number of values."""
    name, number = one.info, one.number
    key = f";{name}=".encode()
    flag = f";{name};".encode()

    def identifier(column: bytes, _: bytes, count: int) -> list[bytes]:
        return [b"" if column == b"." else column] * count

    def present(_: bytes, __: bytes, count: int) -> list[bytes]:
        return [PRESENT] * count

    def value(_: bytes, info: bytes, count: int) -> list[bytes] | None:
        at = info.find(key)
        if at < 0:
            return [b"1" if number == "0" and flag in info else b""] * count
        at += len(key)
        text = info[at : info.index(b";", at)]
        if number == "A" or number == "R":  # noqa: PLR1714 - a set would cost more than the rest
            wanted = count + (number == "R")
            if wanted > 1:
                return text.split(b",")[number == "R" :] if text.count(b",") + 1 == wanted else None
        return [text] * count

    if name is None:
        return identifier if one.told.field == IDENTIFIERS else present
    return value
