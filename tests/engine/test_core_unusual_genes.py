"""Genes that the genetic code alone does not explain: selenocysteine, ribosomal slippage, and circles that genes lie across.

Every change of every coding base is held against a protein that is read here, base by base.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dev.measure.oracle.opinion.codes import CODONS
from gas_engine import Bundle
from tests.engine.oracle import NAMES
from tests.engine.workbench import Entry, run, small
from tests.support.vcf_files import vcf

_PAIRS = str.maketrans("ACGT", "TGCA")
_BEFORE, _BEHIND = "TTGACCTTGACAC", "CACCTTGACCTTG"
_INTRON = "GTAAGTCCTTCCTTCCTTTCAG"


@dataclass(frozen=True)
class Gene:
    """A contig with one gene: the places of its coding bases in the order of reading, and codons that mean something else."""

    sequence: str
    rows: tuple[str, ...]
    places: tuple[int, ...]
    minus: bool = False
    special: dict[int, str] = field(default_factory=dict)
    circular: bool = False

    def bundle(self) -> Bundle:
        """Its bundle."""
        return small(self.sequence, self.rows, circular=frozenset("1") if self.circular else frozenset())

    def protein(self, place: int = -1, base: str = "") -> str:
        """Its residues, with another base in a place of the contig if one is given."""
        bases = [base if one == place else self.sequence[one] for one in self.places]
        read = "".join(bases).translate(_PAIRS) if self.minus else "".join(bases)
        letters = []
        for start in range(0, len(read) - 2, 3):
            number, touched = start // 3, place in self.places[start : start + 3]
            special = "" if touched else self.special.get(number, "")
            letters.append(special or CODONS[1][read[start : start + 3]])
        return "".join(letters)


def _gene_rows(
    first: int,
    last: int,
    parts: Sequence[tuple[int, int, int]],
    strand: str,
    attributes: str,
    *,
    introns: Sequence[tuple[int, int]] = (),
) -> tuple[str, ...]:
    """Rows of a gene; places are counted from 0, half open."""
    starts, ends = (first, *(high for _, high in introns)), (*(low for low, _ in introns), last)
    return (
        f"1 . gene {first + 1} {last} . {strand} . ID=gene-G;Name=G;gene_biotype=protein_coding",
        f"1 . mRNA {first + 1} {last} . {strand} . ID=rna-T;Parent=gene-G;transcript_id=T",
        *(
            f"1 . exon {low + 1} {high} . {strand} . ID=exon-T-{low};Parent=rna-T"
            for low, high in zip(starts, ends, strict=True)
        ),
        *(
            f"1 . CDS {low + 1} {high} . {strand} {phase} ID=cds-P;Parent=rna-T;protein_id=P{attributes}"
            for low, high, phase in parts
        ),
    )


def _selenocysteine(*, minus: bool) -> Gene:
    coding = "ATGGCTAAATGACTTGATCATGGATGTTAA"
    sequence = _BEFORE + (coding.translate(_PAIRS)[::-1] if minus else coding) + _BEHIND
    low, high = len(_BEFORE), len(_BEFORE) + len(coding)
    at = low + 9 if not minus else high - 12
    span = f"{at + 1}..{at + 3}"
    told = f";transl_except=(pos:{f'complement({span})' if minus else span}%2Caa:Sec)"
    rows = _gene_rows(low - 3, high + 3, [(low, high, 0)], "-" if minus else "+", told)
    places = tuple(range(low, high)[:: -1 if minus else 1])
    return Gene(sequence, rows, places, minus, {3: "U"})


def _split_selenocysteine(*, minus: bool) -> Gene:
    """An intron lies in its codon: behind the second base, on the minus strand behind the first."""
    before, behind = (
        ("ATGGCTAAAT", "GACTTGATCATGGATGTTAA") if minus else ("ATGGCTAAATG", "ACTTGATCATGGATGTTAA")
    )
    read = before + _INTRON + behind
    first, second = range(len(before)), range(len(before) + len(_INTRON), len(read))
    codon = (*first[9:], *second)[:3]

    def place(at: int) -> int:
        return len(_BEFORE) + (len(read) - 1 - at if minus else at)

    def part(bases: range, phase: int) -> tuple[int, int, int]:
        ends = place(bases[0]), place(bases[-1])
        return min(ends), max(ends) + 1, phase

    parts = [part(first, 0), part(second, -len(before) % 3)]
    low, high, _ = part(range(first.stop, second.start), 0)
    told = "%2C".join(str(one) for one in sorted(place(at) + 1 for at in codon))
    location = f"complement(join({told}))" if minus else f"join({told})"
    rows = _gene_rows(
        len(_BEFORE) - 3,
        len(_BEFORE) + len(read) + 3,
        parts,
        "-" if minus else "+",
        f";transl_except=(pos:{location}%2Caa:Sec)",
        introns=[(low, high)],
    )
    sequence = _BEFORE + (read.translate(_PAIRS)[::-1] if minus else read) + _BEHIND
    return Gene(sequence, rows, tuple(map(place, (*first, *second))), minus, {3: "U"})


def _slippage(step: int) -> Gene:
    """After twelve bases the ribosome goes one back, or leaves one out."""
    coding = (
        "ATGGCTGAAAAA"
        + ("" if step < 0 else "C")
        + ("ATCATGATTGTGGTTAA" if step < 0 else "GATCATGATTGTGGTTAA")
    )
    low = len(_BEFORE)
    slip, high = low + 12, low + len(coding)
    parts = [(low, slip, 0), (slip + step, high, 0)]
    rows = _gene_rows(low - 3, high + 3, parts, "+", ";exception=ribosomal slippage")
    return Gene(_BEFORE + coding + _BEHIND, rows, (*range(low, slip), *range(slip + step, high)))


def _across_the_origin(*, minus: bool) -> Gene:
    coding = "ATGGCTAAATGCCTTGATCATGGATGTTAA"
    turned = coding.translate(_PAIRS)[::-1] if minus else coding
    inside = _BEFORE + _BEHIND * 5
    sequence = turned[14:] + inside + turned[:14]
    low = len(sequence) - 14
    rows = _gene_rows(
        low - 3, low + len(coding) + 3, [(low, low + len(coding), 0)], "-" if minus else "+", ""
    )
    places = [place % len(sequence) for place in range(low, low + len(coding))]
    return Gene(sequence, rows, tuple(places[:: -1 if minus else 1]), minus, circular=True)


GENES = {
    "selenocysteine": _selenocysteine(minus=False),
    "selenocysteine on the minus strand": _selenocysteine(minus=True),
    "selenocysteine split by an intron": _split_selenocysteine(minus=False),
    "selenocysteine split by an intron on the minus strand": _split_selenocysteine(minus=True),
    "slippage back": _slippage(-1),
    "slippage forth": _slippage(1),
    "across the origin": _across_the_origin(minus=False),
    "across the origin on the minus strand": _across_the_origin(minus=True),
}


def _expected(before: str, after: str) -> tuple[str, str] | None:
    """Term and name of a change of one residue; None where more follows from it."""
    differing = [
        number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other
    ]
    if not differing:
        return None
    number = differing[0]
    if number == 0:
        return "start_lost", "p.Met1?"
    name = f"p.{NAMES[before[number]]}{number + 1}{NAMES[after[number]]}"
    if after[number] == "*":
        return "stop_gained", name
    if before[number] == "*":
        return "stop_lost", name.replace(name[-3:], f"{name[-3:]}ext")
    return None if len(differing) > 1 else ("missense_variant", name)


@pytest.mark.parametrize("gene", GENES.values(), ids=GENES.keys())
def test_every_change_of_every_coding_base(tmp_path: Path, gene: Gene) -> None:
    """Residues are those of the protein, not those that the code alone would give."""
    whole = gene.protein()
    assert whole.startswith("M")
    assert whole.find("*") == len(whole) - 1, "the gene is made up wrongly"
    trials = [
        (place, base) for place in sorted(set(gene.places)) for base in "ACGT" if base != gene.sequence[place]
    ]
    rows = [f"1 {place + 1} . {gene.sequence[place]} {base} . . ." for place, base in trials]

    told = run(vcf(*rows), tmp_path, bundle=gene.bundle()).of_gene("G")

    assert len(told) == len(trials)
    for (place, base), entry in zip(trials, told, strict=True):
        after = gene.protein(place, base)
        expected = _expected(whole, after)
        if whole == after:
            assert entry["IMPACT"] == "LOW", (place, base, entry)
            assert entry["HGVSp"].endswith("%3D"), (place, base, entry)
        elif expected:
            term, name = expected
            assert term in entry["Consequence"].split("&"), (place, base, entry)
            assert entry["HGVSp"].split(":")[1].startswith(name), (place, base, entry)


def _longer(gene: Gene, folder: Path, start: int, old: str, new: str) -> Entry:
    ref = gene.sequence[start - 1 : start] + old
    row = f"1 {start} . {ref} {gene.sequence[start - 1 : start]}{new} . . ."
    [entry] = run(vcf(row), folder, bundle=gene.bundle()).of_gene("G")
    return entry


def test_selenocysteine_moves_with_its_codon(tmp_path: Path) -> None:
    """Residues more before it leave it what it is; in another frame its bases mean something else."""
    gene = GENES["selenocysteine"]
    before = gene.places[6]

    assert _longer(gene, tmp_path, before, "", "CAT")["HGVSp"] == "P:p.Ala2_Lys3insHis"
    shifted = _longer(gene, tmp_path, before, "", "C")
    assert shifted["Consequence"].startswith("frameshift_variant")
    assert shifted["HGVSp"].startswith("P:p.Lys3GlnfsTer")


@pytest.mark.parametrize("name", ["across the origin", "across the origin on the minus strand"])
def test_a_deletion_across_the_origin(tmp_path: Path, name: str) -> None:
    """Bases on both sides of the origin go: whole residues, or the frame."""
    gene = GENES[name]
    last = len(gene.sequence)
    for length, term in ((3, "inframe_deletion"), (4, "frameshift_variant")):
        gone = (gene.sequence + gene.sequence)[last - 2 : last - 2 + length]

        entry = _longer(gene, tmp_path, last - 2, gone, "")

        assert term in entry["Consequence"], (length, entry)
