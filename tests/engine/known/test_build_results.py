"""What sources become in results: ID, INFO, table, log, statistics and provenance; and what is told of rows left out."""

import gzip
import json
import re
from pathlib import Path

import pytest

from gas_engine import Limits, Result, SourceError
from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source, write
from tests.engine.workbench import rcrs, run
from tests.support.vcf_files import COLUMNS, vcf

BASES = "ACGTACGTTT" * 12
CONTIGS = {"1": BASES}
CLINVAR = (
    "CLNSIG,Number=.,Type=String",
    "CLNDN,Number=.,Type=String",
    "RS,Number=.,Type=String",
)
HEAD = ("##fileDate=2026-11-01", "##source=ClinVar", "##contig=<ID=1,length=120>")


def _clinvar(*rows: str) -> Path:
    return vcf_source(folder() / "clinvar.vcf.gz", rows, CLINVAR, HEAD)


def test_identifiers_fill_what_is_empty(tmp_path: Path) -> None:
    """ID is filled where it was a dot, by each allele's identifiers; what is there stays; ClinVar's own number is no ID."""
    row = "1 5 4711 A C . . CLNSIG=Pathogenic;RS=12|7"
    dbsnp = vcf_source(
        folder() / "dbsnp.vcf", ["1 5 rs12 A C . . .", "1 5 rs99 A G . . ."], head=["##dbSNP_BUILD_ID=157"]
    )
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar(row)), source("dbSNP", Form.KNOWN, dbsnp))

    outcome = run(vcf("1 5 . A C,G . . .", "1 5 mine A C . . .", "1 5 . A T . . ."), tmp_path, bundle=bundle)

    assert [record[2] for record in outcome.records] == ["rs12;rs7;rs99", "mine", "."]
    assert [row[2] for row in outcome.table] == ["rs12;rs7", "rs99", "mine", "."]
    assert [[one["Existing_variation"] for one in entries] for entries in outcome.entries()] == [
        ["rs12&rs7", "rs99"],
        ["rs12&rs7"],
        [""],
    ]
    values = values_of(outcome.records[0][7])
    assert values["ClinVar_ID"] == "4711,."
    assert values["ClinVar_RS"] == "rs12&rs7,."
    assert values["dbSNP_ID"] == "rs12,rs99"
    assert "In dbSNP: 2 (66.6667%)" in outcome.log


def test_every_report_names_the_release(tmp_path: Path) -> None:
    """Header, log, summary, statistics, preview and provenance name sources with their releases."""
    bundle = shelf(
        CONTIGS,
        source("ClinVar", Form.KNOWN, _clinvar("1 5 1 A C . . CLNSIG=Benign"), licence="public domain"),
    )

    outcome = run(vcf(*["1 5 . A C . . ."] * 10), tmp_path, bundle=bundle)

    files = outcome.annotation.files
    [declared] = [line for line in outcome.header if "ID=ClinVar_CLNSIG," in line]
    assert declared.endswith(
        'Type=String,Description="CLNSIG of it (ClinVar 2026-11-01)",Source="ClinVar",Version="2026-11-01">'
    )
    assert 'Known="ClinVar 2026-11-01"' in outcome.header[-2]
    assert "  ClinVar 2026-11-01: 10 of 10 alleles" in outcome.log
    assert "Annotation sources\ttest, ClinVar 2026-11-01" in files[Result.SUMMARY].read_text(encoding="utf-8")
    assert outcome.statistics["known"] == [
        {"name": "ClinVar", "release": "2026-11-01", "alleles": 10, "records": 10}
    ]
    assert outcome.preview["known"][1] == {
        "key": "ClinVar_CLNSIG",
        "column": "CLINVAR_CLNSIG",
        "role": "significance",
        "type": "String",
        "source": "ClinVar",
        "release": "2026-11-01",
    }
    assert outcome.preview["records"][0]["known"] == {"ClinVar_ID": "1", "ClinVar_CLNSIG": "Benign"}
    [told] = json.loads(files[Result.PROVENANCE].read_text(encoding="ascii"))["known"]
    assert (told["name"], told["release"], told["licence"]) == ("ClinVar", "2026-11-01", "public domain")
    assert len(told["files"][0]["sha256"]) == 64


def test_results_without_sources_stay_as_they_were(tmp_path: Path) -> None:
    """No report mentions known variants where a bundle has none."""
    outcome = run(vcf("MT 8993 . T G . . ."), tmp_path)

    files = outcome.annotation.files
    assert {"known", "own"}.isdisjoint(json.loads(files[Result.PROVENANCE].read_text(encoding="ascii")))
    assert "known" not in outcome.statistics
    assert "known" not in outcome.preview
    assert "Known" not in outcome.text.decode()
    assert not any("by source" in line for line in outcome.log)
    assert rcrs().manifest["format"] == "gas-reference/1"


@pytest.mark.parametrize("declared", [True, False])
def test_keys_of_the_file_stay(tmp_path: Path, *, declared: bool) -> None:
    """A key that the file has already stays as it is, declared or not, and ours has another name; the log says so."""
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar("1 5 1 A C . . CLNSIG=Benign")))
    theirs = ["##fileformat=VCFv4.2", '##INFO=<ID=ClinVar_CLNSIG,Number=1,Type=String,Description="x">']

    outcome = run(
        vcf(
            "1 1 . A C . . .", "1 5 . A C . . ClinVar_CLNSIG=theirs", head=theirs if declared else theirs[:1]
        ),
        tmp_path,
        bundle=bundle,
    )

    values = values_of(outcome.records[1][7])
    assert values["ClinVar_CLNSIG"] == "theirs"
    assert values["GAS_ClinVar_CLNSIG"] == "Benign"
    assert values["ClinVar_ID"] == "1"
    assert (
        "The file brought ClinVar_CLNSIG of its own, which stays as it is: ours is GAS_ClinVar_CLNSIG"
        in outcome.log
    )


def test_values_break_nothing(tmp_path: Path) -> None:
    """What would part values, keys or columns is escaped; commas become ampersands, as VEP has them."""
    row = "1 5 1 A C . . CLNSIG=a,_b|c:d=e"
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar(row)))

    outcome = run(vcf("1 5 . A C . . ."), tmp_path, bundle=bundle)

    assert values_of(outcome.records[0][7])["ClinVar_CLNSIG"] == "a&_b|c:d%3De"
    assert outcome.table[0][-3] == "a&_b|c:d%3De"


def test_percent_is_divided(tmp_path: Path) -> None:
    """MITOMAP's AF is in percent: divided, and written as other sources write it; the manifest says that it was."""
    path = vcf_source(folder() / "m.vcf", ["1 5 . A C . . AF=12.5", "1 6 . C G . . AF=0.00002"])
    bundle = shelf(CONTIGS, source("MITOMAP", Form.FREQUENCIES, path, fields="AF/100"))

    outcome = run(vcf("1 5 . A C . . .", "1 6 . C G . . ."), tmp_path, bundle=bundle)

    assert [values_of(record[7])["MITOMAP_AF"] for record in outcome.records] == ["0.125", "2e-07"]
    assert bundle.manifest["known"][0]["fields"][0]["divided_by"] == 100


def test_what_is_left_out_is_told() -> None:
    """Each reason has its count and the first row as an example."""
    rows = [
        *("1 5 1 A C . . CLNSIG=x", "1 5 2 A C . . CLNSIG=y", "chr1 6 3 C G . . CLNSIG=z"),
        *("9 5 4 A C . . CLNSIG=x", "1 5 5 C G . . CLNSIG=x", "1 500 6 A C . . CLNSIG=x"),
        *("1 5 7 A <DEL> . . CLNSIG=x", "1 5 8 A A . . CLNSIG=x", "1 7 . G A . . ."),
        *("1 9 9 T . . . CLNSIG=x", f"1 9 10 T G . . CLNSIG={'x' * 1001}"),
    ]
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar(*rows)))

    [told] = bundle.manifest["known"]
    assert (told["rows"], told["checks"]["read"], told["checks"]["kept"]) == (3, 10, 3)
    assert told["checks"]["left_out"] == {
        "its contig is none of the bundle's": 1,
        "REF contradicts the sequence": 1,
        "it lies outside its contig": 1,
        "REF or ALT is no plain bases": 1,
        "REF and ALT are the same": 1,
        "no chosen field has a value": 1,
        "it has no ALT": 1,
        "a value of CLNSIG: longer than 1,000 bytes": 1,
        "the same allele stands before it: the first is used": 1,
    }
    assert told["checks"]["left_out_examples"]["REF contradicts the sequence"] == "line 13, 1:5"


def test_another_length_is_another_contig() -> None:
    """A source whose header gives a contig another length is not placed on it."""
    head = ("##source=ClinVar", "##contig=<ID=1,length=119>")
    path = vcf_source(folder() / "c.vcf", ["1 5 1 A C . . CLNSIG=x"], CLINVAR, head)

    with pytest.raises(SourceError, match="1: its contig has another length in the bundle"):
        shelf(CONTIGS, source("ClinVar", Form.KNOWN, path))


def test_another_assembly_is_refused() -> None:
    """Where most alleles contradict the sequence, chance alone makes the others fit."""
    rows = [f"1 {place} . {'A' if BASES[place - 1] != 'A' else 'G'} T . . AF=0.1" for place in range(1, 20)]
    path = vcf_source(folder() / "c.vcf", rows)

    with pytest.raises(SourceError, match="REF of 19 of 19 alleles contradicts the sequence of test"):
        shelf(CONTIGS, source("S", Form.FREQUENCIES, path))


def test_around_the_origin(tmp_path: Path) -> None:
    """On a circular contig a change is found wherever in a repeat across the origin it is written."""
    bases = "AAA" + "CGTTGCATCG" * 8 + "AAA"
    path = vcf_source(folder() / "c.vcf", [f"m {len(bases) - 3} . GA G . . AF=0.5"])
    bundle = shelf({"m": bases}, source("S", Form.FREQUENCIES, path), circular=frozenset({"m"}))

    outcome = run(vcf("m 2 . AA A . . .", "m 4 . C T . . ."), tmp_path, bundle=bundle)

    assert [values_of(record[7]).get("S_AF") for record in outcome.records] == ["0.5", None]


def test_scores_of_a_table(tmp_path: Path) -> None:
    """A table's columns become keys; a comment before the names is passed over; NA is no value."""
    text = "## a comment\n#Chrom\tPos\tRef\tAlt\tPHRED\tclass\n1\t5\tA\tC\t12.5\tlikely benign\n1\t6\tC\tG\tNA\tx\n"
    path = write(folder() / "s.tsv.gz", text)
    bundle = shelf(CONTIGS, source("CADD", Form.SCORES, path))

    outcome = run(vcf("1 5 . A C . . .", "1 6 . C G . . ."), tmp_path, bundle=bundle)

    first, second = (values_of(record[7]) for record in outcome.records)
    assert (first["CADD_PHRED"], first["CADD_class"]) == ("12.5", "likely_benign")
    assert ("CADD_PHRED" in second, second["CADD_class"]) == (False, "x")
    assert [field["role"] for field in bundle.manifest["known"][0]["fields"]] == ["score", "significance"]


def test_a_record_cannot_grow_without_end(tmp_path: Path) -> None:
    """What sources say is bounded as consequences are; what had no room is remarked."""
    rows = [f"1 5 1 A C . . CLNSIG={'x' * 900};CLNDN={'y' * 900}"]
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar(*rows)))

    outcome = run(vcf("1 5 . A C . . ."), tmp_path, bundle=bundle, limits=Limits(max_growth_bytes=1500))

    values = values_of(outcome.records[0][7])
    assert {"CSQ", "ClinVar_CLNSIG"} <= values.keys()
    assert "ClinVar_CLNDN" not in values
    assert outcome.statistics["remarks"] == {"known_cut": 1}


def test_threads_change_nothing(tmp_path: Path) -> None:
    """Several threads write the bytes that one does."""
    rows = [
        f"1 {place} {place} {BASES[place - 1]} {'A' if BASES[place - 1] != 'A' else 'C'} . . CLNSIG=x"
        for place in range(1, 100)
    ]
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar(*rows)))
    records = [re.sub(r"^1 (\d+) \d+ ", r"1 \1 . ", row) for row in rows] * 300

    one, two = (run(vcf(*records), tmp_path, bundle=bundle, threads=threads) for threads in (1, 2))

    assert one.text == two.text
    assert one.statistics["known"][0]["alleles"] == len(records)


def test_columns_are_the_table_s_last(tmp_path: Path) -> None:
    """The table names a column for each field behind its own."""
    bundle = shelf(CONTIGS, source("ClinVar", Form.KNOWN, _clinvar("1 5 1 A C . . CLNSIG=x")))

    outcome = run(vcf("1 5 . A C,<DEL> . . END=9", "1 2 . C G . . ."), tmp_path, bundle=bundle)

    table = gzip.decompress(outcome.annotation.files[Result.TABLE].read_bytes()).decode().split("\n")
    names = table[0].split("\t")
    assert names[-4:] == ["CLINVAR_ID", "CLINVAR_CLNSIG", "CLINVAR_CLNDN", "CLINVAR_RS"]
    assert {len(row.split("\t")) for row in table[:-1]} == {len(names)}
    assert [row.split("\t")[-4:-2] for row in table[1:-1]] == [["1", "x"], ["", ""], ["", ""]]
    assert COLUMNS.startswith(names[0])
