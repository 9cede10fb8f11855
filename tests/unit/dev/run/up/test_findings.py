"""What a result says of its changes, as the demo shows it."""

import gzip
from pathlib import Path

from dev.run.up.findings import findings, shown

_HEAD = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="x. Format: Allele|Consequence|SYMBOL|HGVSc|HGVSp">\n'
)
_INTRON = "chrI\t10\t.\tA\tC\t.\t.\tDP=1;CSQ=C|intron_variant|SNC1|T1.1:c.102+21A>C|"
_INDEL = "chrI\t20\t.\tGT\tG\t.\t.\tCSQ=-|upstream_gene_variant|X||,-|frameshift_variant|Y|T2.1:c.301del|P2.1:p.Thr101fs"
_KNOWN = "chrI\t30\tSYN0001\tG\tC\t.\t.\tCSQ=C|missense_variant|Z|T3.1:c.-5_4del|P3.1:p.Ala2%3D"
_BARE = "chrI\t40\t.\tG\tC\t.\t.\tDP=3"


def _result(folder: Path, *records: str) -> Path:
    path = folder / "x.annot.vcf.gz"
    path.write_bytes(gzip.compress((_HEAD + "#CHROM\n" + "".join(f"{one}\n" for one in records)).encode()))
    return path


def test_each_kind_has_its_line(tmp_path: Path) -> None:
    """An intron, an indel and a known variant, in words that a person reads; a transcript is shown that HGVS names."""
    lines, missing = shown(_result(tmp_path, _BARE, _INTRON, _INDEL, _KNOWN))

    assert lines == [
        "chrI:10 A>C: intron_variant in SNC1, T1.1:c.102+21A>C",
        "chrI:20 GT>G: frameshift_variant in Y, T2.1:c.301del, p.Thr101fs",
        "chrI:30 G>C: missense_variant in Z, T3.1:c.-5_4del, p.Ala2=; known as SYN0001",
    ]
    assert missing == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """The demo fails where its yeast does not show what it is there for."""
    assert shown(_result(tmp_path, _INDEL, _KNOWN))[1] == ["the result shows no intron's change"]


def test_a_place_before_the_start_is_in_no_intron(tmp_path: Path) -> None:
    """A minus or an asterisk right behind c. counts from the start or the stop."""
    (one,) = findings(_result(tmp_path, _KNOWN))

    assert not one.within_intron
