"""Terms of structural alleles, by their kind and by where their breakpoints lie.

As VEP has them (VariationEffect.pm), but for splice sites: an allele that carries a site along with its exon's edge breaks none.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from gas_engine import Bundle
from tests.engine.workbench import run, small
from tests.support.vcf_files import vcf

_CODING = "coding_sequence_variant"
_DONOR = "splice_donor_variant&feature_truncation&splice_donor_5th_base_variant"
"""Of a deletion that takes a donor away, some of its exon, and more of the intron."""

_DONOR_ALONE = "splice_donor_variant&splice_donor_5th_base_variant&intron_variant"
"""Of a deletion that takes nothing of the exon."""

_BOTH_SITES = f"splice_acceptor_variant&{_DONOR}&splice_polypyrimidine_tract_variant"
_ROWS = (
    "1 t gene 101 520 . {0} . ID=gene1;Name=P",
    "1 t mRNA 101 520 . {0} . ID=rna1;Parent=gene1",
    "1 t exon 101 160 . {0} . ID=e1;Parent=rna1",
    "1 t exon 261 320 . {0} . ID=e2;Parent=rna1",
    "1 t exon 421 520 . {0} . ID=e3;Parent=rna1",
)
_CDS = (
    "1 t CDS 121 160 . {0} 0 ID=c1;Parent=rna1",
    "1 t CDS 261 320 . {0} 2 ID=c1;Parent=rna1",
    "1 t CDS 421 440 . {0} 2 ID=c1;Parent=rna1",
)


@cache
def _bundle(strand: str = "+", *, coding: bool = True) -> Bundle:
    """Exons 101-160, 261-320 and 421-520; only places are asked for."""
    rows = [row.format(strand) for row in (*_ROWS, *(_CDS if coding else ()))]
    return small("ACGT" * 400, rows)


def _terms(folder: Path, alt: str, first: int, last: int, bundle: Bundle) -> str:
    """Of the allele that covers the bases from the first to the last one."""
    row = f"1 {first - 1} . N {alt} . . END={last}"
    [[entry]] = run(vcf(row), folder, bundle=bundle).touched()
    return entry["Consequence"]


PLACES = {
    "the gene": (91, 560),
    "the gene, to the base": (101, 520),
    "an exon": (231, 350),
    "part of an exon": (281, 300),
    "from an exon to behind the gene": (281, 560),
    "from before the gene into an intron": (51, 199),
    "part of an intron": (191, 220),
    "from within a donor": (162, 220),
    "from within a donor to the next intron": (162, 350),
    "from within an acceptor": (260, 300),
    "from the edge of a donor": (161, 220),
    "from the fifth base of a donor": (165, 220),
    "an exon, to the base": (261, 320),
}

TERMS: Mapping[str, Mapping[str, str]] = {
    "<DEL>": {
        "the gene": "transcript_ablation",
        "the gene, to the base": "transcript_ablation",
        "an exon, to the base": f"feature_truncation&splice_region_variant&{_CODING}",
        "an exon": f"{_BOTH_SITES}&{_CODING}&intron_variant",
        "part of an exon": f"feature_truncation&{_CODING}",
        "from an exon to behind the gene": f"{_BOTH_SITES}&{_CODING}&3_prime_UTR_variant&intron_variant",
        "from before the gene into an intron": f"{_DONOR}&{_CODING}&5_prime_UTR_variant&intron_variant",
        "part of an intron": "intron_variant",
        "from within a donor": _DONOR_ALONE,
        "from within a donor to the next intron": f"{_BOTH_SITES}&{_CODING}&intron_variant",
        "from within an acceptor": f"splice_acceptor_variant&feature_truncation&{_CODING}",
        "from the edge of a donor": _DONOR_ALONE,
        "from the fifth base of a donor": "splice_donor_5th_base_variant&intron_variant",
    },
    "<DUP>": {
        "the gene": "transcript_amplification",
        "the gene, to the base": "transcript_amplification",
        "an exon, to the base": f"feature_elongation&splice_region_variant&{_CODING}",
        "an exon": f"feature_elongation&{_CODING}&intron_variant",
        "part of an exon": f"feature_elongation&{_CODING}",
        "from an exon to behind the gene": f"{_CODING}&3_prime_UTR_variant&intron_variant",
        "from before the gene into an intron": f"{_CODING}&5_prime_UTR_variant&intron_variant",
        "part of an intron": "intron_variant",
        "from within a donor": "splice_donor_variant&intron_variant",
        "from within a donor to the next intron": f"splice_donor_variant&feature_elongation&{_CODING}&intron_variant",
        "from within an acceptor": f"splice_acceptor_variant&feature_elongation&{_CODING}",
        "from the edge of a donor": "splice_region_variant&intron_variant",
        "from the fifth base of a donor": "splice_donor_region_variant&intron_variant",
    },
    "<INV>": {
        "the gene": "coding_transcript_variant",
        "the gene, to the base": "coding_transcript_variant",
        "an exon, to the base": f"splice_region_variant&{_CODING}",
        "an exon": f"{_CODING}&intron_variant",
        "part of an exon": _CODING,
        "from an exon to behind the gene": f"{_CODING}&3_prime_UTR_variant&intron_variant",
        "from before the gene into an intron": f"{_CODING}&5_prime_UTR_variant&intron_variant",
        "part of an intron": "intron_variant",
        "from within a donor": "splice_donor_variant&intron_variant",
        "from within a donor to the next intron": f"splice_donor_variant&{_CODING}&intron_variant",
        "from within an acceptor": f"splice_acceptor_variant&{_CODING}",
        "from the edge of a donor": "splice_donor_variant&intron_variant",
        "from the fifth base of a donor": "splice_donor_region_variant&intron_variant",
    },
    "<CNV>": {
        "the gene": "coding_transcript_variant",
        "the gene, to the base": "coding_transcript_variant",
        "an exon, to the base": f"splice_region_variant&{_CODING}",
        "an exon": f"{_CODING}&intron_variant",
        "part of an exon": _CODING,
        "from an exon to behind the gene": f"{_CODING}&3_prime_UTR_variant&intron_variant",
        "from before the gene into an intron": f"{_CODING}&5_prime_UTR_variant&intron_variant",
        "part of an intron": "intron_variant",
        "from within a donor": "splice_donor_variant&intron_variant",
        "from within a donor to the next intron": f"splice_donor_variant&{_CODING}&intron_variant",
        "from within an acceptor": f"splice_acceptor_variant&{_CODING}",
        "from the edge of a donor": "splice_region_variant&intron_variant",
        "from the fifth base of a donor": "splice_donor_region_variant&intron_variant",
    },
    "<INS>": {
        "part of an exon": f"feature_elongation&{_CODING}",
        "part of an intron": "intron_variant",
        "from within a donor": "splice_donor_variant",
        "from within an acceptor": "splice_acceptor_variant",
        "from the edge of a donor": "splice_region_variant&intron_variant",
        "from the fifth base of a donor": "splice_donor_region_variant&intron_variant",
    },
    "N[2:9[": {
        "part of an exon": f"feature_truncation&{_CODING}",
        "part of an intron": "feature_truncation&intron_variant",
        "from within a donor": "splice_donor_variant&feature_truncation",
        "from within an acceptor": "splice_acceptor_variant&feature_truncation",
        "from the edge of a donor": "feature_truncation&splice_region_variant&intron_variant",
        "from the fifth base of a donor": "feature_truncation&splice_donor_region_variant&intron_variant",
    },
}
"""An insertion and a breakend lie before the first base of a place."""


@pytest.mark.parametrize(
    ("alt", "place", "expected"),
    [
        pytest.param(alt, PLACES[place], expected, id=f"{alt} {place}")
        for alt, table in TERMS.items()
        for place, expected in table.items()
    ],
)
def test_terms_by_kind_and_breakpoints(
    tmp_path: Path, alt: str, place: tuple[int, int], expected: str
) -> None:
    """What encloses a gene leaves its splice sites whole; a breakpoint within a site breaks it."""
    assert _terms(tmp_path, alt, *place, _bundle()) == expected


@pytest.mark.parametrize(
    ("alt", "whole"),
    [("<INV>", "non_coding_transcript_variant"), ("<CNV>", "non_coding_transcript_variant")],
)
def test_a_transcript_that_codes_for_nothing(tmp_path: Path, alt: str, whole: str) -> None:
    """Enclosed, it is touched and no more; its exons are named where some of it lies outside."""
    bundle = _bundle(coding=False)

    assert _terms(tmp_path, alt, 91, 560, bundle) == whole
    assert _terms(tmp_path, alt, 231, 350, bundle).endswith(
        "non_coding_transcript_exon_variant&intron_variant&non_coding_transcript_variant"
    )


@pytest.mark.parametrize("alt", ["<DUP>", "<INV>", "<CNV>", "<INS>"])
def test_sites_of_the_minus_strand(tmp_path: Path, alt: str) -> None:
    """What is a donor on one strand is an acceptor on the other."""
    bundle = _bundle("-")

    assert _terms(tmp_path, alt, 162, 220, bundle).startswith("splice_acceptor_variant")
    assert _terms(tmp_path, alt, 260, 300, bundle).startswith("splice_donor_variant")


_ACCEPTOR_SITE, _DONOR_SITE = "splice_acceptor_variant", "splice_donor_variant"


@pytest.mark.parametrize(
    ("first", "last", "broken"),
    [
        pytest.param(191, 260, {_ACCEPTOR_SITE}, id="from an intron up to an exon"),
        pytest.param(370, 420, {_ACCEPTOR_SITE}, id="so before the last exon"),
        pytest.param(321, 350, {_DONOR_SITE}, id="from an exon's end into an intron"),
        pytest.param(321, 420, {_ACCEPTOR_SITE, _DONOR_SITE}, id="an intron, to the base"),
        pytest.param(261, 420, {_ACCEPTOR_SITE}, id="an exon with the intron behind it"),
        pytest.param(161, 320, {_DONOR_SITE}, id="an exon with the intron before it"),
        pytest.param(259, 260, {_ACCEPTOR_SITE}, id="an acceptor, to the base"),
        pytest.param(321, 322, {_DONOR_SITE}, id="a donor, to the base"),
        pytest.param(260, 261, {_ACCEPTOR_SITE}, id="one base of an acceptor, and of its exon"),
        pytest.param(320, 321, {_DONOR_SITE}, id="one base of a donor, and of its exon"),
        pytest.param(191, 259, {_ACCEPTOR_SITE}, id="up to within an acceptor"),
        pytest.param(322, 350, {_DONOR_SITE}, id="from within a donor"),
        pytest.param(191, 258, set(), id="up to an acceptor"),
        pytest.param(323, 350, set(), id="from behind a donor"),
        pytest.param(259, 320, set(), id="an exon with its acceptor"),
        pytest.param(261, 322, set(), id="an exon with its donor"),
        pytest.param(261, 320, set(), id="an exon, to the base"),
        pytest.param(261, 300, set(), id="from an exon's start"),
        pytest.param(301, 320, set(), id="up to an exon's end"),
        pytest.param(270, 310, set(), id="within an exon"),
        pytest.param(200, 240, set(), id="within an intron"),
        pytest.param(231, 350, set(), id="an exon and some of its introns"),
    ],
)
@pytest.mark.parametrize("strand", ["+", "-"])
def test_what_an_inversion_takes_from_an_exon(
    tmp_path: Path, first: int, last: int, broken: set[str], strand: str
) -> None:
    """A site is broken that is turned around in part, or as a whole without the exon's base beside it."""
    found = {_ACCEPTOR_SITE, _DONOR_SITE} & set(
        _terms(tmp_path, "<INV>", first, last, _bundle(strand)).split("&")
    )

    other = {_ACCEPTOR_SITE: _DONOR_SITE, _DONOR_SITE: _ACCEPTOR_SITE}
    assert found == (broken if strand == "+" else {other[one] for one in broken})


def test_an_exon_s_outer_edge_is_no_site(tmp_path: Path) -> None:
    """Before the first exon and behind the last one nothing is spliced."""
    assert "splice" not in _terms(tmp_path, "<INV>", 101, 130, _bundle())
    assert "splice" not in _terms(tmp_path, "<INV>", 480, 520, _bundle())
