"""What a search finds among the records of a preview: what their rows show, and what the charts count."""

import pytest

from gas_web.pages.preview_record import comparable, matches, protein_of

FIELDS = ("allele", "consequence", "impact", "symbol", "gene", "hgvsc", "hgvsp", "protein_position")


def consequence(*values: str) -> dict[str, str]:
    """One of a record's consequences."""
    return dict(zip(FIELDS, values, strict=True))


BESIDE = consequence("T", "upstream_gene_variant", "MODIFIER", "MT-ND4", "4538", "", "", "")
STOP = {
    "chrom": "MT",
    "pos": "5920",
    "id": "rs77",
    "ref": "G",
    "alt": "T",
    "consequences": [
        consequence("T", "stop_gained", "HIGH", "MT-CO1", "4512", "CO1-01:c.17G>T", "CO1-01:p.Trp6Ter", "6"),
        consequence("T", "intron_variant", "MODIFIER", "MT-ND4", "4538", "ND4-02:c.90+3G>T", "", ""),
        BESIDE | {"symbol": "MT-TS1", "gene": "4574"},
    ],
}
SILENT = {
    "chrom": "MT",
    "pos": "10837",
    "id": ".",
    "ref": "A",
    "alt": "G,T",
    "consequences": [
        consequence("G", "missense_variant", "MODERATE", "MT-ND4", "4538", "ND4-01:c.3A>G", "ND4-01:p.Met1Val", "1"),
        consequence(
            "T", "splice_region_variant&synonymous_variant", "LOW", "MT-ND4", "4538", "", "ND4-01:p.Lys26%3D", "26"
        ),
        BESIDE | {"symbol": "MT-CO1", "gene": "4512"},
    ],
}  # fmt: skip


def found(text: str, impact: str = "") -> list[str]:
    """The positions of the records that are found."""
    return [one["pos"] for one in (STOP, SILENT) if matches(one, comparable(text), impact)]  # type: ignore[misc]


@pytest.mark.parametrize(
    "shown",
    ["MT:10837", "A → G,T", "A>G,T", "10837", "p.Lys26=", "Moderate", "synonymous variant",
     "splice region variant, synonymous variant", "splice_region_variant&synonymous_variant", "c.3A>G"],
)  # fmt: skip
def test_what_a_row_shows_finds_it(shown: str) -> None:
    """As the page writes it, or as the file does."""
    assert found(shown) == ["10837"]


def test_an_allele_beside_a_gene_is_not_in_it() -> None:
    """As in the chart of genes; another consequence in the gene is one."""
    assert found("MT-CO1") == ["5920"]
    assert found("MT-TS1") == []
    assert found("MT-ND4") == ["5920", "10837"]
    assert found("90+3") == ["5920"]


def test_an_allele_counts_by_its_most_severe_consequence() -> None:
    """Each of several alleles by its own; what neighbouring genes or other transcripts say changes nothing."""
    assert found("", "HIGH") == ["5920"]
    assert found("", "MODERATE") == found("", "LOW") == ["10837"]
    assert found("", "MODIFIER") == found("modifier") == []
    assert found("upstream gene") == found("intron variant") == []


def test_text_and_impact_are_met_by_one_consequence() -> None:
    """A gene that a less severe consequence names is not the one that is hit; the record's own place is."""
    assert found("MT-ND4", "HIGH") == []
    assert found("MT-CO1", "HIGH") == found("rs77", "HIGH") == found("5920", "HIGH") == ["5920"]


@pytest.mark.parametrize(
    ("digits", "positions"),
    [
        ("592", ["5920"]),
        ("920", []),
        ("26", []),
        ("6", []),
        ("4512", ["5920"]),
        ("4538", ["5920", "10837"]),
        ("4574", []),
    ],
)
def test_digits_are_a_place_or_a_gene(digits: str, positions: list[str]) -> None:
    """The beginning of a position, or a whole number of a gene; places in a protein or a transcript have their letters."""
    assert found(digits) == positions


def test_results_of_older_releases_are_searched() -> None:
    """They name no allele, and have words of their own for the protein: the first consequence is the most severe."""
    old = {
        "chrom": "MT",
        "pos": "11778",
        "consequences": [{"consequence": "missense_variant", "aa": "340R>340H"}],
    }

    assert matches(old, "340h", "")
    assert matches(old, "missense", "")
    assert protein_of(old["consequences"][0]) == "340R>340H"  # type: ignore[arg-type]
    assert not matches({"chrom": "MT", "pos": "1"}, "", "HIGH")
