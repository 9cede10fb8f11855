"""Which fields a source gives: by what its header says it is, and by what is asked for; divided where that is asked for."""

from pathlib import Path

import pytest

from gas_engine import Bundle, SourceError
from gas_engine.known.own import own_source
from gas_engine.known.request import Form
from tests.engine.known.shelf import shelf, source, values_of, vcf_source, write
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

CONTIGS = {"1": "ACGTACGTTT" * 12}
CLINVAR = ("CLNSIG,Number=.,Type=String", "RS,Number=.,Type=String")
SHARES = (
    "ONE,Number=1,Type=Float",
    "EACH,Number=A,Type=Integer",
    "LIST,Number=.,Type=Float",
    "TWO,Number=2,Type=Integer",
    "TEXT,Number=1,Type=String",
    "TEXTS,Number=.,Type=String",
    "FLAG,Number=0,Type=Flag",
    "RS,Number=.,Type=String",
)


def _clinvar(path: Path) -> Path:
    return vcf_source(path, ["1 5 15077 A C . . CLNSIG=Benign;RS=80357"], CLINVAR, ["##source=ClinVar"])


def _told(bundle: Bundle) -> dict[str, bool]:
    """Fields, and whether they fill ID."""
    return {field.field: field.fills_id for field in bundle.known[0].source.fields}


def _info(bundle: Bundle, scratch: Path, row: str = "1 5 . A C . . .") -> dict[str, str]:
    return values_of(run(vcf(row), scratch, bundle=bundle).records[0][7])


@pytest.mark.parametrize("name", ["ClinVar", "clinvar", "CLINVAR", "Clinic", "dbsnp"])
def test_what_its_header_says_a_source_is(tmp_path: Path, name: str) -> None:
    """ClinVar's fields are taken, and its own number stays out of ID, whatever it is called here."""
    bundle = shelf(CONTIGS, source(name, Form.KNOWN, _clinvar(tmp_path / "c.vcf")))

    assert _told(bundle) == {"ID": False, "CLNSIG": False, "RS": True}
    assert run(vcf("1 5 . A C . . ."), tmp_path, bundle=bundle).records[0][2] == "rs80357"


@pytest.mark.parametrize(
    ("name", "form", "fields"),
    [
        ("dbsnp", Form.KNOWN, ["ID"]),
        ("DBSNP", Form.KNOWN, ["ID"]),
        ("Else", Form.KNOWN, ["ID", "CLNSIG"]),
        ("gnomad", Form.FREQUENCIES, ["AF", "nhomalt"]),
        ("gnomADe", Form.FREQUENCIES, ["AF", "nhomalt"]),
        ("Exomes", Form.FREQUENCIES, ["AF", "nhomalt"]),
        ("GNOMAD-exomes", Form.KNOWN, ["AF", "nhomalt"]),
        ("gnomADg", Form.KNOWN, ["AF", "nhomalt"]),
        ("clinvarious", Form.KNOWN, ["ID", "CLNSIG"]),
    ],
)
def test_where_the_header_says_nothing_the_name_does(
    tmp_path: Path, name: str, form: Form, fields: list[str]
) -> None:
    """In any case of its letters."""
    infos = ("AF,Number=A,Type=Float", "nhomalt,Number=A,Type=Integer", "CLNSIG,Number=.,Type=String")
    path = vcf_source(tmp_path / "s.vcf", ["1 5 rs7 A C . . AF=0.5;nhomalt=1;CLNSIG=x"], infos)

    assert list(_told(shelf(CONTIGS, source(name, form, path)))) == fields


def test_gnomad_says_what_it_is(tmp_path: Path) -> None:
    """Where somebody wrote it into the header, which its own files do not say."""
    infos = ("AF,Number=A,Type=Float", "nhomalt,Number=A,Type=Integer", "CLNSIG,Number=.,Type=String")
    rows = ["1 5 rs7 A C . . AF=0.5;nhomalt=1;CLNSIG=x"]
    path = vcf_source(tmp_path / "s.vcf", rows, infos, ["##source=gnomAD v4.1"])

    assert list(_told(shelf(CONTIGS, source("Mine", Form.KNOWN, path)))) == ["AF", "nhomalt"]


@pytest.mark.parametrize("whose", ["dbSNP", "ClinVar", ""])
@pytest.mark.parametrize("name", ["Freq", "dbSNP", "ClinVar"])
def test_frequencies_that_are_not_there(tmp_path: Path, whose: str, name: str) -> None:
    """Who asks for frequencies gets some, or is told which fields there are: IDs would be taken for them."""
    infos = ("FREQ,Number=.,Type=String", "CLNSIG,Number=.,Type=String")
    head = [f"##source={whose}"] if whose else []
    path = vcf_source(tmp_path / "s.vcf", ["1 5 rs7 A C . . FREQ=x:0.5;CLNSIG=x"], infos, head)

    with pytest.raises(
        SourceError,
        match=f"^{name} has none of the usual fields; choose some with --fields {name}=FIELD,..., it has FREQ, CLNSIG$",
    ):
        shelf(CONTIGS, source(name, Form.FREQUENCIES, path))

    chosen = shelf(CONTIGS, source(name, Form.FREQUENCIES, path, fields="ID,FREQ"))
    assert list(_told(chosen)) == ["ID", "FREQ"]


def test_dbsnp_says_what_it_is(tmp_path: Path) -> None:
    """So its copies of ClinVar's fields are left to ClinVar."""
    path = vcf_source(
        tmp_path / "s.vcf", ["1 5 rs7 A C . . CLNSIG=x"], CLINVAR, ["##source=dbSNP", "##dbSNP_BUILD_ID=157"]
    )

    assert _told(shelf(CONTIGS, source("Mine", Form.KNOWN, path))) == {"ID": True}


def test_ones_own_copy_of_clinvar(tmp_path: Path) -> None:
    """Its number stays out of ID there, too."""
    bundle = shelf(CONTIGS)

    own = own_source(_clinvar(tmp_path / "c.vcf"), "c.vcf", bundle, tmp_path)

    fills = {field.field: field.fills_id for field in own.source.fields}
    assert (fills["ID"], fills["RS"]) == (False, True)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("ONE", "12.5", "0.125"),
        ("EACH", "12", "0.12"),
        ("LIST", "12.5,.,50", "0.125&.&0.5"),
        ("LIST", "12.5", "0.125"),
        ("TWO", "1,2", "0.01&0.02"),
        ("TEXT", "12.5", "0.125"),
        ("TEXTS", "12.5,1e-9", "0.125&1e-11"),
    ],
)
def test_each_value_is_divided(tmp_path: Path, field: str, value: str, kept: str) -> None:
    """Whatever the header declares, numbers are numbers: what the manifest says was divided is."""
    path = vcf_source(tmp_path / "s.vcf", [f"1 5 . A C . . {field}={value}"], SHARES)

    bundle = shelf(CONTIGS, source("S", Form.KNOWN, path, fields=f"{field}/100"))

    assert _info(bundle, tmp_path)[f"S_{field}"] == kept
    assert bundle.manifest["known"][0]["fields"][0]["divided_by"] == 100


@pytest.mark.parametrize("column", ["NUMBERS", "MIXED"])
def test_columns_of_a_table_are_divided(tmp_path: Path, column: str) -> None:
    """One with words among its numbers, too; the words are left out, and that is told."""
    rows = "#CHROM\tPOS\tREF\tALT\tNUMBERS\tMIXED\n1\t5\tA\tC\t12.5\t12.5\n1\t6\tC\tG\t1\tlow\n"
    path = write(tmp_path / "s.tsv", rows)

    bundle = shelf(CONTIGS, source("S", Form.SCORES, path, fields=f"{column}/100"))

    assert _info(bundle, tmp_path)[f"S_{column}"] == "0.125"
    left = bundle.manifest["known"][0]["checks"]["left_out"]
    assert left == (
        {} if column == "NUMBERS" else {"a value of MIXED: no number": 1, "no chosen field has a value": 1}
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("ID/100", "ID is an identifier"),
        ("RS/100", "RS is an identifier"),
        ("TEXT/100:identifier", "TEXT is an identifier"),
        ("FLAG/100", "FLAG is a flag"),
    ],
)
def test_what_is_no_number_is_not_divided(tmp_path: Path, fields: str, why: str) -> None:
    """A sentence names the field, and says what to ask for."""
    path = vcf_source(tmp_path / "s.vcf", ["1 5 . A C . . ONE=1"], SHARES)

    with pytest.raises(
        SourceError, match=rf"^--fields: {why} of S and cannot be divided; ask for it without /100$"
    ):
        shelf(CONTIGS, source("S", Form.KNOWN, path, fields=fields))


def test_regions_have_no_fields_to_choose(tmp_path: Path) -> None:
    """What would change nothing is refused."""
    path = write(tmp_path / "r.bed", "1\t0\t9\tx\n")

    with pytest.raises(
        SourceError, match="--fields speaks of R, which is regions: of a BED file their names are taken"
    ):
        shelf(CONTIGS, source("R", Form.REGIONS, path, fields="name/100"))
