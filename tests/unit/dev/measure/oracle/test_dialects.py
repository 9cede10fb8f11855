"""What `make oracle` makes of a build: transcripts that are right, explained by their source, or neither."""

from pathlib import Path

from dev.measure.oracle.dialects import Source, read_build

_GENE = "ATGGCTTAA"


def _source(folder: Path, *, protein: str, attributes: str = "", promised: int = 1) -> Source:
    """One gene in RefSeq's dialect, and the protein that is published for it."""
    (folder / "s.fa").write_text(f">NC_1.1\nCC{_GENE}CC\n", encoding="ascii")
    (folder / "p.fa").write_text(f">NP_1.1 a protein\n{protein}\n", encoding="ascii")
    rows = (
        "gene\t3\t11\t.\t+\t.\tID=gene-A;gene_biotype=protein_coding",
        "mRNA\t3\t11\t.\t+\t.\tID=rna-NM_1.1;Parent=gene-A;transcript_id=NM_1.1",
        "exon\t3\t11\t.\t+\t.\tID=exon-1;Parent=rna-NM_1.1",
        f"CDS\t3\t11\t.\t+\t0\tID=cds-NP_1.1;Parent=rna-NM_1.1;protein_id=NP_1.1{attributes}",
    )
    text = "##gff-version 3\n" + "".join(f"NC_1.1\tRefSeq\t{row}\n" for row in rows)
    (folder / "s.gff3").write_text(text, encoding="ascii")
    return Source("yeast I", "RefSeq", folder / "s.fa", folder / "s.gff3", folder / "p.fa", promised)


def test_the_published_protein_is_right(tmp_path: Path) -> None:
    """A transcript whose bases give the protein counts, and nothing fails."""
    found = read_build(_source(tmp_path, protein="MA"))

    assert (found.transcripts, found.coding, found.right, found.failures) == (1, 1, 1, [])


def test_another_protein_fails_unless_its_source_says_so(tmp_path: Path) -> None:
    """RefSeq's `exception` explains a protein; without it nobody may promise anything."""
    silent = read_build(_source(tmp_path, protein="MV"))
    told = read_build(_source(tmp_path, protein="MV", attributes=";exception=edited", promised=0))

    assert silent.failures == [
        "yeast I: NM_1.1 differs, and nothing says why",
        "yeast I: 0 are right, 1 are promised",
    ]
    assert (told.others, told.failures) == ({"edited": ["NM_1.1"]}, [])
