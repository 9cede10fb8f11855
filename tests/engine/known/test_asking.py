"""The options of `gas-reference build`: names that sources tell themselves, usual fields, and sentences for the rest."""

from pathlib import Path

import pytest

from gas_engine.reference.command import main
from tests.engine.known.shelf import folder, request, vcf_source, write

BASES = "ACGTACGTTT" * 12
GNOMAD = (
    "AF,Number=A,Type=Float",
    "AF_grpmax,Number=A,Type=Float",
    "nhomalt,Number=A,Type=Integer",
    "AN,Number=1,Type=Integer",
)


def _base() -> list[str]:
    asked = request(folder(), {"1": BASES})
    return ["build", "test", "--fasta", str(asked.fasta), "--gff3", str(asked.gff3)]


def _refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err


def test_a_build_says_what_it_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sources name themselves, files of one name are one source, and rows left out are told."""
    clinvar = vcf_source(
        tmp_path / "c.vcf",
        ["1 5 9 A C . . CLNSIG=x"],
        ["CLNSIG,Number=.,Type=String"],
        ["##source=ClinVar", "##fileDate=2026-11-01"],
    )
    gnomad = [
        vcf_source(
            tmp_path / f"gnomad.exomes.v4.1.sites.chr{number}.vcf.gz",
            [f"1 {4 + number} . {ref} {alt} . . AF=0.5;AN=9"],
            GNOMAD,
        )
        for number, ref, alt in ((1, "A", "C"), (2, "C", "G"))
    ]
    dbsnp = vcf_source(
        tmp_path / "d.vcf", ["1 5 rs1 A C . . .", "1 9999 rs2 A C . . ."], [], ["##dbSNP_BUILD_ID=157"]
    )
    arguments = [*_base(), "-o", str(tmp_path / "b"), "--known", str(clinvar), "--known", str(dbsnp)]
    arguments += [one for path in gnomad for one in ("--frequencies", str(path))]

    assert main(arguments) == 0

    told = capsys.readouterr()
    assert "ClinVar 2026-11-01: 1 of 1 rows; ClinVar_ID, ClinVar_CLNSIG\n" in told.out
    assert (
        "dbSNP 157: 1 of 2 rows; dbSNP_ID\n  1 left out: it lies outside its contig, for instance line 5, 1:9999\n"
        in told.out
    )
    assert "gnomAD 4.1: 2 of 2 rows; gnomAD_AF, gnomAD_AF_grpmax, gnomAD_nhomalt\n" in told.out
    assert (
        "gnomAD: reading gnomad.exomes.v4.1.sites.chr1.vcf.gz, gnomad.exomes.v4.1.sites.chr2.vcf.gz\n"
        in told.err
    )
    assert main(["show", str(tmp_path / "b")]) == 0
    assert "dbSNP 157: 1 of 2 rows" in capsys.readouterr().out


def test_what_is_told_of_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Release, date and licence may be given; fields may be chosen, with roles and divisors."""
    path = vcf_source(
        tmp_path / "m.vcf", ["1 5 . A C . . AF=50;D=x"], ["AF,Number=A,Type=Float", "D,Number=1,Type=String"]
    )
    told = ["--release", "MITOMAP=r1", "--date", "MITOMAP=2026-01-02", "--licence", "MITOMAP=CC BY 3.0"]

    code = main(
        [
            *_base(),
            "-o",
            str(tmp_path / "b"),
            "--known",
            f"MITOMAP={path}",
            "--fields",
            "MITOMAP=AF/100,D:disease",
            *told,
        ]
    )

    assert code == 0
    assert "MITOMAP r1: 1 of 1 rows; MITOMAP_AF, MITOMAP_D\n" in capsys.readouterr().out
    text = (tmp_path / "b/manifest.json").read_text(encoding="utf-8")
    assert '"licence": "CC BY 3.0"' in text
    assert '"role": "disease"' in text


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--scores", "{tsv}"], "--scores must be NAME=FILE"),
        (["--known", "A={vcf}", "--fields", "B=AF"], "--fields speaks of B, and the sources are A"),
        (["--known", "A={vcf}", "--fields", "AF"], "--fields must be NAME=FIELD,..."),
        (["--known", "A={vcf}", "--fields", "A=AF:colour"], "with a role of identifier, significance"),
        (["--known", "A={vcf}", "--fields", "A=AF/0"], "divides by 0"),
        (["--known", "A={vcf}", "--fields", "A=AF/1.0.0"], "'AF/1.0.0' must be FIELD, FIELD/100 for percent"),
        (["--known", "A={vcf}", "--fields", "A=XX"], "A declares no field XX; it has AF"),
        (["--known", "A={vcf}", "--frequencies", "A={vcf}"], "A is named by --known and by --frequencies"),
        (["--known", "A=nowhere.vcf"], "--known: nowhere.vcf is no file"),
        (["--known", "A={tsv}"], "line 1: this is not a VCF file"),
        (
            ["--frequencies", "A={empty}"],
            "A has none of the usual fields; choose some with --fields A=FIELD,..., it has X",
        ),
        (
            ["--known", "A={vcf}"],
            "1: no chosen field has a value. The chosen fields are ID; choose others with --fields A=FIELD,... from ID, AF\n",
        ),
        (["--scores", "A={vcf}"], "a table of scores begins with a line of column names"),
        (["--scores", "A={tsv}", "--fields", "A=AF"], "A has no column AF; it has score"),
        (["--regions", "A={tsv}"], "line 2: this is no region"),
        (["--mane", "{tsv}"], "this is not MANE's summary"),
        (["--known", "{vcf}"], "what is this source called? Write NAME="),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_refused(
    options: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence says what is wrong and what to do."""
    words = {
        "tsv": write(tmp_path / "s.tsv", "#CHROM\tPOS\tREF\tALT\tscore\n1\t5\tA\tC\t1\n"),
        "vcf": vcf_source(tmp_path / "1.vcf", ["1 5 . A C . . AF=0.5"]),
        "empty": vcf_source(tmp_path / "e.vcf", ["1 5 . A C . . X=1"], ["X,Number=1,Type=Integer"]),
    }

    told = _refused(
        [*_base(), "-o", str(tmp_path / "b"), *(option.format(**words) for option in options)], capsys
    )

    assert why in told
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            ["--regions", "R={bed}", "--fields", "R=name/100"],
            "--fields speaks of R, which is regions: of a BED file their names are taken, and nothing else; leave it out",
        ),
        (
            ["--known", "A={vcf}", "--fields", "A=AF,ID/100"],
            "--fields: ID is an identifier of A and cannot be divided; ask for it without /100",
        ),
        (
            ["--frequencies", "A={vcf}", "--fields", "A=RS/2"],
            "--fields: RS is an identifier of A and cannot be divided; ask for it without /2",
        ),
        (
            ["--scores", "S={bed}", "--fields", "S=NAME/100:identifier"],
            "--fields: NAME is an identifier of S and cannot be divided; ask for it without /100",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_options_alone_decide_is_refused_first(
    options: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before sequence and genes are read, which may take hours; the source itself is looked at after those."""
    words = {
        "bed": write(tmp_path / "r.bed", "no region"),
        "vcf": write(tmp_path / "a.vcf", "no VCF file"),
    }

    told = _refused(
        [*_base(), "-o", str(tmp_path / "b"), *(option.format(**words) for option in options)], capsys
    )

    assert told == f"gas-reference: {why}\n"


def test_a_column_of_a_table_is_what_its_values_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is called ID, as that of a VCF file is, may hold numbers."""
    table = write(tmp_path / "s.tsv", "#CHROM\tPOS\tREF\tALT\tID\n1\t5\tA\tC\t50\n")

    code = main([*_base(), "-o", str(tmp_path / "b"), "--scores", f"S={table}", "--fields", "S=ID/100"])

    assert code == 0
    assert ": 1 of 1 rows; S_ID\n" in capsys.readouterr().out
