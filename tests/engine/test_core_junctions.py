"""Names at the junctions of exons and introns."""

from pathlib import Path

from tests.engine.workbench import one, small

_EXONS = ("CACCATGGCTAAACTG", "GCCGATTTCCACTAACC")
_INTRON = "GTAAGTCCTTCTTTTCCTTTCTTCAG"
_BEFORE = "TTGACCTTGACA"
_GENES = (
    "1 . gene 13 71 . + . ID=gene:G;Name=G;biotype=protein_coding",
    "1 . mRNA 13 71 . + . ID=transcript:T;Parent=gene:G;transcript_id=T;biotype=protein_coding",
    "1 . exon 13 28 . + . Parent=transcript:T",
    "1 . exon 55 71 . + . Parent=transcript:T",
    "1 . CDS 17 28 . + 0 ID=CDS:P;Parent=transcript:T",
    "1 . CDS 55 69 . + 0 ID=CDS:P;Parent=transcript:T",
)


def test_a_copy_of_exon_and_intron_is_a_duplication(tmp_path: Path) -> None:
    """The last base of an exon and the first two of the intron, doubled: on the contig they lie side by side."""
    sequence = _BEFORE + _INTRON.join(_EXONS) + _BEFORE
    at = len(_BEFORE + _EXONS[0]) + 2
    copied = sequence[at - 3 : at]

    entry = one(
        f"1 {at} . {sequence[at - 1]} {sequence[at - 1]}{copied}",
        tmp_path,
        "G",
        bundle=small(sequence, _GENES),
    )

    assert copied == "GGT"
    assert entry["HGVSc"] == "T:c.12_12+2dup"
