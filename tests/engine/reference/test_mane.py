"""MANE's table marks transcripts, and the picks prefer them."""

from pathlib import Path

import pytest

from gas_engine import SourceError
from gas_engine.reference.mane import mane_table, mark
from gas_engine.reference.transcripts import Left, Transcript
from tests.engine.known.shelf import folder, write
from tests.engine.workbench import run, small
from tests.support.vcf_files import vcf

HEAD = "#NCBI_GeneID\tEnsembl_Gene\tsymbol\tRefSeq_nuc\tEnsembl_nuc\tMANE_status"


def _table(*rows: tuple[str, str, str]) -> Path:
    lines = [HEAD, *("\t".join(("GeneID:1", "ENSG1.1", "S", *row)) for row in rows)]
    return write(folder() / "mane.txt.gz", "\n".join(lines) + "\n")


def _transcript(identifier: str, version: str) -> Transcript:
    return Transcript("1", identifier, version, "G", "S", "protein_coding", "+", [(0, 9)])


def test_picks_prefer_mane(tmp_path: Path) -> None:
    """The shorter transcript is picked because the table names it; its partner stands in its field."""
    genes = [
        "1 t gene 11 90 . + . ID=gene:G;Name=G;biotype=lncRNA",
        "1 t lnc_RNA 11 90 . + . ID=transcript:ENST01;Parent=gene:G;biotype=lncRNA;version=3",
        "1 t exon 11 90 . + . Parent=transcript:ENST01",
        "1 t lnc_RNA 11 50 . + . ID=transcript:ENST02;Parent=gene:G;biotype=lncRNA;version=5",
        "1 t exon 11 50 . + . Parent=transcript:ENST02",
    ]
    plain = small("ACGTACGTTG" * 10, genes)
    marked = small("ACGTACGTTG" * 10, genes, mane=_table(("NM_1.2", "ENST02.5", "MANE Select")))

    before, after = (
        run(vcf("1 21 . A C . . ."), tmp_path, bundle=bundle).entries()[0] for bundle in (plain, marked)
    )

    assert [one["Feature"] for one in before if one["PICK"] == "1"] == ["ENST01"]
    [pick] = [one for one in after if one["PICK"] == "1"]
    assert (pick["Feature"], pick["MANE_SELECT"], pick["CANONICAL"]) == ("ENST02", "NM_1.2", "YES")
    assert marked.manifest["checks"]["mane"] == 1
    assert "mane" not in plain.manifest["checks"]


def test_versions_must_agree() -> None:
    """Another version is another sequence: it is not marked, and that is told; RefSeq's identifiers count as well."""
    table = mane_table(
        _table(("NM_1.2", "ENST1.1", "MANE Select"), ("NM_2.1", "ENST2.4", "MANE Plus Clinical"))
    )
    old, bare, refseq = _transcript("ENST1", "9"), _transcript("ENST2", ""), _transcript("NM_1.2", "")
    left = Left()

    assert mark([old, bare, refseq, _transcript("ENST3", "1")], table, left) == 2

    assert [set(one.tags) for one in (old, bare, refseq)] == [set(), {"MANE_Plus_Clinical"}, {"MANE_Select"}]
    assert (bare.partner, refseq.partner) == ("NM_2.1", "ENST1.1")
    assert left.examples == {"MANE names another version of it: it is not marked": "ENST1.9 (MANE: ENST1.1)"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\tb\n", "this is not MANE's summary"),
        (f"{HEAD}\n1\t2\n", "line 2: this row has not the columns"),
        (f"{HEAD}\n", "this table marks no transcript"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    """A file that is no such table is told with its line."""
    with pytest.raises(SourceError, match=why):
        mane_table(write(folder() / "mane.txt", text))
