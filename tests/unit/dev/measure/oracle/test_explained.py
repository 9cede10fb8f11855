"""Differences from snpEff that are understood: which class one is of, and which alleles that look alike are of none."""

import pytest

from dev.measure.oracle.alleles import Allele
from dev.measure.oracle.answers import Answer
from dev.measure.oracle.compare import Pair
from dev.measure.oracle.explained import SNPEFF
from dev.measure.oracle.opinion.genes import Transcript
from dev.measure.oracle.opinion.oriented import Oriented, Strands

_INTRON = "GT" + "C" * 56 + "AG"
_BASES = (
    "C" * 10
    + ("CTCTC" + "ATGGCTAACCTC")
    + _INTRON
    + "AAAGACTGGCAC"
    + _INTRON
    + ("GAACGTTGA" + "ATTTAGCCTCTC")
    + "C" * 30
)
_GENE = Transcript(
    "NM_1",
    "gene",
    "c",
    1,
    exons=((10, 27), (87, 99), (159, 180)),
    coding=((15, 27), (87, 99), (159, 168)),
)
"""MANL KDWH ER and a stop; another stop six bases behind it."""

_BEFORE_THE_START = "an insertion right before the start codon, which stays whole"
_EXON = "a whole exon that goes: Ensembl VEP has no word for it"
_STOP = "codons that go with the stop: what is read on, or nothing of it"
_FRAME = "a frame shift, though the bases that come and go differ by whole codons"
_NO_JUNCTION = "a splice region where no exons join"
_PART = "a stop that a part of the bases would bring"


def _reason(allele: tuple[int, str, str], name: str, ours: Answer, theirs: Answer) -> str | None:
    start, ref, alt = allele
    assert _BASES[start:].startswith(ref)
    pair = Pair(Allele(start, ref, alt), Oriented.of(_GENE, Strands.of(_BASES), 1), ours, theirs)
    return next((known.title for known in SNPEFF if known.holds(pair, name)), None)


def _said(*terms: str, protein: str | None = None) -> Answer:
    return Answer(frozenset(terms), protein=protein)


TERMS = {
    "inserted before the start codon": (
        (14, "C", "CT"),
        _said("5_prime_UTR_variant"),
        _said("start_lost", "frameshift_variant"),
        _BEFORE_THE_START,
    ),
    "inserted into the start codon": (
        (15, "A", "AC"),
        _said("5_prime_UTR_variant"),
        _said("start_lost", "frameshift_variant"),
        None,
    ),
    "a whole exon": (
        (80, _BASES[80:106], "C"),
        _said("splice_donor_variant", "splice_acceptor_variant", "coding_sequence_variant"),
        _said("splice_donor_variant", "splice_acceptor_variant", "exon_loss_variant"),
        _EXON,
    ),
    "a part of an exon": (
        (80, _BASES[80:95], "C"),
        _said("splice_acceptor_variant", "coding_sequence_variant"),
        _said("splice_acceptor_variant", "exon_loss_variant"),
        None,
    ),
    "in frame": (
        (91, "ACTG", "T"),
        _said("protein_altering_variant", protein="p.Asp6_Trp7delinsVal"),
        _said("frameshift_variant"),
        _FRAME,
    ),
    "in frame, and they name another protein": (
        (91, "ACTG", "T"),
        _said("protein_altering_variant", protein="p.Asp6_Trp7delinsLeu"),
        _said("frameshift_variant"),
        None,
    ),
    "in the last exon, far behind the junction": (
        (172, "A", "C"),
        _said("3_prime_UTR_variant"),
        _said("3_prime_UTR_variant", "splice_region_variant"),
        _NO_JUNCTION,
    ),
    "at a junction": (
        (160, "A", "C"),
        _said("missense_variant"),
        _said("missense_variant", "splice_region_variant"),
        "the extent of splice regions",
    ),
    "a stop if the inserted bases came alone": (
        (21, "AA", "GGCTCC"),
        _said("frameshift_variant", protein="p.Asn3fs"),
        _said("frameshift_variant", "stop_gained", protein="p.Asn3fs"),
        _PART,
    ),
    "no stop in any part": (
        (21, "AA", "GGCCCC"),
        _said("frameshift_variant", protein="p.Asn3fs"),
        _said("frameshift_variant", "stop_gained", protein="p.Asn3fs"),
        None,
    ),
}


@pytest.mark.parametrize(("allele", "ours", "theirs", "title"), TERMS.values(), ids=TERMS.keys())
def test_terms(allele: tuple[int, str, str], ours: Answer, theirs: Answer, title: str | None) -> None:
    """A class holds where its reason does, and not for what only looks like it."""
    assert _reason(allele, "terms", ours, theirs) == title


PROTEINS = {
    "a residue and the stop": ((161, "ACGTTGA", "A"), "p.Arg10IlefsTer2", "p.Arg10_Ter11del", _STOP),
    "the stop alone": ((164, "TTGA", "T"), "p.Ter11IleextTer1", "p.Ter11del", _STOP),
    "other residues than ours": ((161, "ACGTTGA", "A"), "p.Arg10IlefsTer2", "p.Glu9_Ter11del", None),
    "no stop": ((161, "ACGTTGA", "A"), "p.Arg10IlefsTer2", "p.Glu9_Arg10del", None),
    "in frame": ((91, "ACTG", "T"), "p.Asp6_Trp7delinsVal", "p.Asp6fs", _FRAME),
    "another protein than ours": ((91, "ACTG", "T"), "p.Asp6_Trp7delinsLeu", "p.Asp6fs", None),
}


@pytest.mark.parametrize(("allele", "ours", "theirs", "title"), PROTEINS.values(), ids=PROTEINS.keys())
def test_proteins(allele: tuple[int, str, str], ours: str, theirs: str, title: str | None) -> None:
    """The edited gene must translate to what is told here, and theirs must be what the class is about."""
    told, other = _said("stop_lost", protein=ours), _said("stop_lost", protein=theirs)

    assert _reason(allele, "protein", told, other) == title
