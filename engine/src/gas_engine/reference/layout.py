"""Lays a transcript out on its message: where its coding parts lie there, and whether they read as a protein."""

from dataclasses import dataclass

from gas_engine.genetic_code import GeneticCode, reverse_complement
from gas_engine.reference.parts import Interval
from gas_engine.reference.transcripts import Transcript

CODON = 3


@dataclass
class Layout:
    """A transcript on its message. `remarks` says what does not fit."""

    message: bytes
    cds_start: int = -1
    cds_end: int = -1
    pad: int = 0
    slips: tuple[Interval, ...] = ()
    exceptions: tuple[tuple[int, str], ...] = ()
    start_unknown: bool = False
    end_unknown: bool = False
    poly_a: bool = False
    protein: str = ""
    remarks: tuple[str, ...] = ()


def place(one: Transcript, position: int) -> int:
    """Where a base of an exon lies on the message."""
    before = 0
    for start, end in reversed(one.exons) if one.minus else one.exons:
        if start <= position < end:
            return before + (end - 1 - position if one.minus else position - start)
        before += end - start
    raise ValueError(position)


def laid_out(one: Transcript, bases: bytes, code: GeneticCode, contig_length: int = 0) -> Layout:
    """The transcript on its message; `bases` are those of its exons in the order of the contig.

    The length of its contig is asked for where it goes on at the origin, so that bases behind that are found by either number.
    """
    layout = Layout(reverse_complement(bases) if one.minus else bases)
    if not one.cds:
        return layout
    segments = _segments(one)
    layout.cds_start, layout.cds_end = segments[0][0], segments[-1][1]
    if len(segments) > 1:
        layout.slips = tuple(segments)
    layout.pad = (CODON - one.phase) % CODON
    layout.start_unknown, layout.end_unknown = one.start_partial, one.end_partial
    layout.exceptions, misplaced = _exceptions(one, segments, layout.pad, contig_length)
    remarks = []
    if one.order_unsure:
        remarks.append(
            "it is trans-spliced, and the order of its parts is told by that of rows, which may have been sorted"
        )
    if one.exceptions_unread:
        remarks.append("an exception to its genetic code (transl_except) cannot be read")
    if misplaced:
        remarks.append("an exception to its genetic code lies in no codon of it")
    layout.remarks = (*remarks, *_read(one, layout, code))
    return layout


def _segments(one: Transcript) -> list[Interval]:
    """The coding parts on the message, those joined that follow each other."""
    joined: list[Interval] = []
    for start, end in reversed(one.cds) if one.minus else one.cds:
        first = place(one, end - 1 if one.minus else start)
        last = first + end - start
        if joined and first == joined[-1][1]:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _exceptions(
    one: Transcript, segments: list[Interval], pad: int, contig_length: int
) -> tuple[tuple[tuple[int, str], ...], bool]:
    """Codons with the residues that the code does not give, and whether there are exceptions that lie in none."""
    found, misplaced = dict[int, str](), False
    for exception in one.exceptions:
        codons = [
            _codons_with(base, one, segments, pad) or _codons_with(base + contig_length, one, segments, pad)
            for start, end in exception.pieces
            for base in range(start, min(end, start + CODON + 1))
        ]
        shared = set.intersection(*codons) if codons else set()
        if shared:
            found.setdefault(min(shared), exception.residue)
        misplaced |= not shared
    return tuple(sorted(found.items())), misplaced


def _codons_with(base: int, one: Transcript, segments: list[Interval], pad: int) -> set[int]:
    """The numbers of the codons that have a base of the contig; a ribosome that slips back reads some bases twice."""
    if not any(start <= base < end for start, end in one.exons):
        return set()
    position, before, found = place(one, base), pad, set()
    for start, end in segments:
        if start <= position < end:
            found.add((before + position - start) // CODON)
        before += end - start
    return found


def _read(one: Transcript, layout: Layout, code: GeneticCode) -> list[str]:
    """Translate, and settle what begins and ends the protein; what comes back says why it is none."""
    segments = layout.slips or ((layout.cds_start, layout.cds_end),)
    coding = b"N" * layout.pad + b"".join(layout.message[start:end] for start, end in segments)
    remarks = []
    rest = len(coding) % CODON
    tail = layout.message[layout.cds_end : layout.cds_end + CODON].decode("ascii")
    stops = {codon for codon, residue in code.residues.items() if residue == "*"}
    if rest and not layout.end_unknown:
        completed = coding[-rest:].decode("ascii") + "A" * (CODON - rest)
        layout.poly_a = completed in stops and not tail and (one.poly_a or code.number != 1)
        if layout.poly_a:
            coding += b"A" * (CODON - rest)
        else:
            layout.end_unknown = True
            remarks.append("its coding bases are no whole number of codons")
    elif not rest and not layout.end_unknown and coding[-CODON:].decode("ascii") not in stops:
        if tail in stops and not layout.slips:
            layout.cds_end += CODON  # Some files leave the stop codon out of the CDS.
            _widen(one)
            coding += tail.encode("ascii")
        else:
            layout.end_unknown = True
            remarks.append("its coding bases do not end with a stop codon")
    protein = _protein(coding, layout, code)
    if not layout.start_unknown:
        first = coding[:CODON].decode("ascii")
        if first in code.initiators or (0, "M") in layout.exceptions:
            protein = "M" + protein[1:]
        else:
            layout.start_unknown = True
            remarks.append("its coding bases do not begin with a start codon")
    if "*" in protein[:-1]:
        remarks.append("a stop codon stands within its coding bases")
    layout.protein = protein
    return remarks


def _protein(coding: bytes, layout: Layout, code: GeneticCode) -> str:
    text, special = coding.decode("ascii"), dict(layout.exceptions)
    letters = []
    for number in range(len(text) // CODON):
        codon = text[CODON * number : CODON * number + CODON]
        letters.append(special.get(number) or code.residues.get(codon, "X"))
    return "".join(letters)


def _widen(one: Transcript) -> None:
    """Let the coding parts reach over the stop codon, which may lie in the next exon."""
    missing = CODON
    cds = list(one.cds)
    order = range(len(one.exons) - 1, -1, -1) if one.minus else range(len(one.exons))
    for index in order:
        start, end = one.exons[index]
        edge = cds[0][0] if one.minus else cds[-1][1]
        if missing == 0 or (end <= edge if not one.minus else start >= edge):
            continue
        if one.minus:
            high = min(end, edge)
            low = max(start, high - missing)
            cds.insert(0, (low, high))
            missing -= high - low
        else:
            low = max(start, edge)
            high = min(end, low + missing)
            cds.append((low, high))
            missing -= high - low
    one.cds = cds
