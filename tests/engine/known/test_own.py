"""Variants and regions of one's own: looked up for one job, named in its reports, bounded, and made again by a rerun."""

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas_engine import InputRefusedError, LimitExceededError, Limits, Result, Task, annotate
from gas_engine.command import main
from gas_engine.known import own as own_module
from gas_engine.known.own import SHOWN, own_source
from tests.engine.known.shelf import shelf, values_of, vcf_source, write
from tests.engine.workbench import LIMITS, Outcome
from tests.support.stopwatch import thread_seconds
from tests.support.vcf_files import vcf

CONTIGS = {"1": "ACGTACGTTT" * 12}
RECORDS = vcf("1 5 . A C . . .", "1 6 mine C G . . .")


def _run(own: Path, folder: Path, name: str = "my list.vcf") -> Outcome:
    (folder / "in.vcf").write_bytes(RECORDS)
    task = Task(folder / "in.vcf", "in.vcf", folder / "out", LIMITS, own_path=own, own_name=name)
    made = annotate(task, shelf(CONTIGS), lambda _: None)
    return Outcome(made, gzip.decompress(made.files[Result.VCF].read_bytes()), [])


def test_a_vcf_file(tmp_path: Path) -> None:
    """All of its declared fields become keys, and its identifiers fill what is empty."""
    infos = ["AF,Number=A,Type=Float", "NOTE,Number=1,Type=String", "SEEN,Number=0,Type=Flag"]
    rows = ["chr1 5 lab7 A C . . AF=0.5;NOTE=look;SEEN", "chr1 6 lab8 C G . . NOTE=here"]
    own = vcf_source(tmp_path / "own.vcf.gz", rows, infos)

    outcome = _run(own, tmp_path)

    first, second = (values_of(record[7]) for record in outcome.records)
    assert [record[2] for record in outcome.records] == ["lab7", "mine"]
    assert (first["Own_VARIANT"], second["Own_VARIANT"]) == ("yes", "yes")
    assert (first["Own_AF"], first["Own_NOTE"], first["Own_SEEN"]) == ("0.5", "look", "1")
    assert (second["Own_ID"], second["Own_NOTE"], "Own_AF" in second) == ("lab8", "here", False)
    told = json.loads(outcome.annotation.files[Result.PROVENANCE].read_text(encoding="ascii"))
    assert told["known"] == []
    assert told["own"]["files"][0]["file"] == "my list.vcf"
    assert told["own"]["release"] == f"file {told['own']['files'][0]['sha256'][:12]}"


def test_sites_alone(tmp_path: Path) -> None:
    """A file that says nothing of its alleles but that it has them says that, of those it has, in a row of several too."""
    own = vcf_source(tmp_path / "own.vcf", ["1 5 . A G,C . . ."], [])

    outcome = _run(own, tmp_path)

    first, second = (values_of(record[7]) for record in outcome.records)
    assert (first["Own_VARIANT"], "Own_VARIANT" in second) == ("yes", False)
    assert "Of your own file 2 of 2 rows could be used" in outcome.log


def test_names_of_fields_that_collide(tmp_path: Path) -> None:
    """A field that is called ID, or as another but for case and signs, has a key and a column of its own, and no blame of the input."""
    names = ["ID", "AF", "af", "A-B", "A_B", "VARIANT"]
    own = vcf_source(
        tmp_path / "own.vcf",
        ["1 5 lab7 A C . . ID=x;AF=1;af=2;A-B=3;A_B=4;VARIANT=5"],
        [f"{name},Number=1,Type=String" for name in names],
    )

    outcome = _run(own, tmp_path)

    table = gzip.decompress(outcome.annotation.files[Result.TABLE].read_bytes()).decode().split("\n")
    columns = [column for column in table[0].split("\t") if column.startswith("OWN_")]
    told = {key: text for key, text in values_of(outcome.records[0][7]).items() if key.startswith("Own_")}
    assert told == {
        "Own_ID": "lab7",
        "Own_VARIANT": "yes",
        "Own_INFO_ID": "x",
        "Own_AF": "1",
        "Own_af_2": "2",
        "Own_A_B": "3",
        "Own_A_B_2": "4",
        "Own_VARIANT_2": "5",
    }
    assert columns == [key.upper() for key in told]
    assert len(set(columns)) == len(columns)
    assert [line for line in outcome.log if line.startswith("The file brought")] == []
    assert outcome.records[0][2] == "lab7"


def test_fields_that_are_left_out_are_named(tmp_path: Path) -> None:
    """The first twenty of INFO are taken; the log names the others, whatever stands in their names."""
    names = [*(f"F{number}" for number in range(20)), "late\x1b", *(f"G{number}" for number in range(60))]
    row = "1 5 . A C . . " + ";".join(f"{name}=1" for name in ("F0", "F19", "G0"))
    own = vcf_source(tmp_path / "own.vcf", [row], [f"{name},Number=1,Type=String" for name in names])

    outcome = _run(own, tmp_path)

    told = values_of(outcome.records[0][7])
    assert ("Own_F0" in told, "Own_F19" in told, "Own_G0" in told) == (True, True, False)
    line = next(line for line in outcome.log if "left out, for" in line)
    assert line.startswith("  Fields of INFO left out, for 20 are the most: late , G0, G1, ")
    assert line.endswith(", G48 and 11 more")


def test_more_regions_than_are_named_are_remarked(tmp_path: Path) -> None:
    """Sixteen are named; a record of which one allele lies in more is counted, and one with sixteen is not."""
    own = write(tmp_path / "own.bed", "1\t0\t6\tboth\n" * 16 + "1\t4\t5\tfifth\n")

    outcome = _run(own, tmp_path, "own.bed")

    assert [values_of(record[7])["Own_REGION"].count("both") for record in outcome.records] == [16, 16]
    assert outcome.statistics["remarks"] == {"known_cut": 1}


def test_a_bed_file(tmp_path: Path) -> None:
    """Regions name themselves; one without a name says yes."""
    outcome = _run(write(tmp_path / "own.bed", "1\t0\t5\tpanel A\n1\t4\t9\n"), tmp_path, "own.bed")

    assert [values_of(record[7])["Own_REGION"] for record in outcome.records] == ["panel_A&yes", "yes"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no columns here\n", "the file of your own variants, line 1: this is no region"),
        ("##fileformat=VCFv4.2\n1\t5\n", "line 2: a record stands before the line of column names"),
        (
            "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\tx\n",
            "line 3: this is no VCF record: it has 2 of the 8 columns that VCF has",
        ),
        (
            f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t{'9' * 5000}\t.\tA\tC\t.\t.\t.\n",
            "line 3: this is no VCF record: its POS is no number",
        ),
        (f"1\t0\t5\n1\t{'9' * 5000}\t5\n", "line 2: this is no region"),
        ("", "the file of your own variants"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """A sentence says which file, which line and why."""
    own = write(tmp_path / "own.txt", text)

    if not text:
        assert [values_of(record[7]).keys() for record in _run(own, tmp_path, "own").records] == [{"CSQ"}] * 2
        return
    with pytest.raises(InputRefusedError, match=why):
        _run(own, tmp_path, "own")


CANARY = "SECRETCANARY"
CANARY_HEAD = (
    f"##fileformat=VCFv4.2\n##{CANARY}=1\n##source={CANARY}\n##contig=<ID={CANARY},length=9>\n"
    f"##INFO=<ID={CANARY},Number=A,Type=Float>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)


@pytest.mark.parametrize(
    "text",
    [
        CANARY,
        f"\n{CANARY}\t1\t2\t{CANARY}\n1\t{CANARY}\t5\n",
        f"{CANARY}\t9\t{CANARY}\n",
        f"{CANARY}\n{CANARY_HEAD}",
        f"##fileformat=VCFv{CANARY}\n",
        f"##fileformat=VCFv4.2\n#CHROM\t{CANARY}\n",
        f"##fileformat=VCFv4.2\n#{CANARY}\n",
        f"##fileformat=VCFv4.2\n##{CANARY}\n",
        f"##fileformat=VCFv4.2\n{CANARY}\n",
        f"{CANARY_HEAD}{CANARY}\n",
        f"{CANARY_HEAD}1\t{CANARY}\t.\tA\tC\t.\t.\t{CANARY}\n",
        f"{CANARY_HEAD}{CANARY}\t5\t{CANARY}\tA\tC,{CANARY},{CANARY}\t.\t.\t{CANARY}\n",
        f"{CANARY_HEAD}1\t5\t{CANARY * 500}\tA\tC\t.\t.\t{CANARY}\n",
        f"{CANARY_HEAD}" + f"1\t1\t{CANARY}\tC\tG\t.\t.\t{CANARY}={CANARY}\n" * 8,
        f"{CANARY_HEAD}" + f"1\t5\t{CANARY}\tA\tC\t.\t.\t{CANARY}={CANARY}\n" * 11,
        f"1\t0\t5\t{CANARY}\n" * 11,
        f"#{CANARY}\0\n",
        f"\x1f\x8b{CANARY}",
    ],
    ids=range(18),
)
@pytest.mark.parametrize("ending", ["vcf", "bed"])
def test_no_refusal_quotes_the_file(tmp_path: Path, text: str, ending: str) -> None:
    """Whatever is wrong, wherever the file says it, whatever its name: the sentence goes into records, statuses and e-mails."""
    own, limits = tmp_path / "own", Limits(max_line_bytes=5500, max_alternatives=2)
    own.write_bytes(text.encode("latin-1"))

    with pytest.raises((InputRefusedError, LimitExceededError)) as refused:
        own_source(own, f"{CANARY}.{ending}", shelf(CONTIGS), tmp_path, limits, most_rows=10)

    assert str(refused.value).startswith(SHOWN)
    assert CANARY.lower() not in str(refused.value).lower()


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    """It is refused, and nothing is written."""
    whole = vcf_source(
        tmp_path / "own.vcf.gz", [f"1 {place} . A C . . AF=0.{place}" for place in range(1, 100)]
    )
    whole.write_bytes(whole.read_bytes()[:-40])

    with pytest.raises(InputRefusedError, match=r"cut off or damaged \(.*\); upload it again"):
        _run(whole, tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


def test_too_many_rows(tmp_path: Path) -> None:
    """A file of one's own has a bound, in whatever order its rows are: more is what bundles are for."""
    bundle = shelf(CONTIGS)
    own = write(tmp_path / "own.bed", "1\t0\t5\n" * 101)

    assert own_source(own, "x", bundle, tmp_path, most_rows=101).source.rows == 101
    with pytest.raises(LimitExceededError, match="holds more than 100 rows"):
        own_source(own, "x", bundle, tmp_path, most_rows=100)


@pytest.mark.parametrize("contig", ["1", "none"])
def test_too_many_alternatives(tmp_path: Path, contig: str) -> None:
    """As many as a record of the input may have are taken, and more refused before they are looked at, wherever they lie."""
    bundle, limits = shelf(CONTIGS), Limits(max_alternatives=3)
    few, many = (
        vcf_source(tmp_path / f"{alts}.vcf", [f"{contig} 5 . A {alts} . . ."])
        for alts in ("C,G,T", "C,G,T,C")
    )

    assert own_source(few, "few.vcf", bundle, tmp_path, limits).source.checks["read"] == 3
    why = f"^{SHOWN}, line 4: this record has more than 3 alternative alleles, the most that are taken; give those that matter"
    with pytest.raises(LimitExceededError, match=why):
        own_source(many, "many.vcf", bundle, tmp_path, limits)


@pytest.mark.parametrize("name", ["own.vcf", "own.bed"])
def test_a_line_that_is_too_long(tmp_path: Path, name: str) -> None:
    """It has the bound that a line of the input has."""
    bundle, limits = shelf(CONTIGS), Limits(max_line_bytes=200)
    before, start = (HEAD, "1\t5\t") if name == "own.vcf" else ("", "1\t0\t5\t")
    end = "\tA\tC\t.\t.\t.\n" if name == "own.vcf" else "\n"
    fits, long = (
        write(tmp_path / f"{size}", before + start + "x" * (size - len(start + end)) + end)
        for size in (200, 201)
    )

    assert own_source(fits, name, bundle, tmp_path, limits).source.rows == 1
    why = f"^{SHOWN}, line {1 + before.count(chr(10))}: longer than 200 bytes, the longest line that is accepted; give those"
    with pytest.raises(LimitExceededError, match=why):
        own_source(long, name, bundle, tmp_path, limits)


def test_a_reference_allele_counts_for_each_alternative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared for each of them, so that a long one of many would be work that no bytes stand for."""
    bundle = shelf(CONTIGS)
    monkeypatch.setattr(own_module, "MOST_BYTES", 1000)
    few, many = (
        vcf_source(tmp_path / f"{count}.vcf", [f"1 1 . {CONTIGS['1'][:100]} {','.join(['A'] * count)} . . ."])
        for count in (5, 10)
    )

    assert own_source(few, "few.vcf", bundle, tmp_path).source.checks["read"] == 5
    with pytest.raises(LimitExceededError, match="holds more text than is taken of one such file"):
        own_source(many, "many.vcf", bundle, tmp_path)


@pytest.mark.parametrize("contig", ["1", "none"])
def test_alleles_take_no_longer_than_their_text(tmp_path: Path, contig: str) -> None:
    """Neither do values of each allele, nor long ones of all of them, cost more by the allele where there are more."""
    bundle = shelf(CONTIGS)
    infos = [
        "EACH,Number=A,Type=Float",
        *(f"ALL{kind},Number=1,Type={kind}" for kind in ("String", "Float", "Integer")),
    ]
    limits = Limits(max_alternatives=10**6)

    def seconds(count: int) -> float:
        long = "x" * 100 * count
        values = ";".join(
            [
                "EACH=" + ",".join(["0.5"] * count),
                *(f"ALL{kind}={long}" for kind in ("String", "Float", "Integer")),
            ]
        )
        alts = ",".join(["C"] * count)
        own = vcf_source(tmp_path / "own.vcf", [f"{contig} 5 {long} A {alts} . . {values}"], infos)

        def work() -> None:
            own_source(own, "own.vcf", bundle, tmp_path, limits).file.close()

        return thread_seconds(work)

    # Eight times, were they linear, and 64 times if each allele cost more.
    assert seconds(2000) < 24 * seconds(250)


@pytest.mark.parametrize("rows", [4, 1500])
def test_an_own_file_of_another_assembly_is_refused(tmp_path: Path, rows: int) -> None:
    """What fits there does so by chance: it is judged as a bundle's source is, and the first line that does not fit is named."""
    places = range(2, 2 + rows)
    own = vcf_source(
        tmp_path / "own.vcf",
        ["1 1 . A C . . AF=0.5", *(f"1 {place % 2 + 5} . G C . . ." for place in places)],
    )

    checked = min(rows + 1, 1000)
    why = (
        f"^the file of your own variants: REF of {checked - 1:,} of {checked:,} alleles contradicts the sequence of test, first"
        " in line 5, so the file is of another assembly; bring one for this assembly, or choose the reference that it was made on$"
    )
    with pytest.raises(InputRefusedError, match=why):
        _run(own, tmp_path)


def test_a_few_rows_that_contradict_are_told(tmp_path: Path) -> None:
    """As few as cannot tell of an assembly are left out and counted; the log says that nothing of the file was used."""
    own = vcf_source(tmp_path / "own.vcf", ["1 5 . G C . . AF=0.5"] * 3)

    log = _run(own, tmp_path).log

    assert "Of your own file none of the 3 rows could be used: nothing of it is in this result" in log
    assert "  REF contradicts the sequence: 3" in log


HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
ROW = "1\t5\tlab7\tA\tC\t.\t.\t.\n"
BED = "1\t0\t5\tpanel\n"


@pytest.mark.parametrize(
    ("name", "content", "gives"),
    [
        ("own", b"\xef\xbb\xbf" + (HEAD + ROW).encode(), "Own_ID"),
        ("own.bed", ("\r\n \n\n" + HEAD + ROW).encode(), "Own_ID"),
        ("own.bed", ("\n#CHROM\tSTART\tEND\tNAME\n" + BED).encode(), "Own_REGION"),
        ("own.bed", b"\xef\xbb\xbf" + BED.encode(), "Own_REGION"),
    ],
    ids=["mark", "blank lines", "a table's names", "mark of a BED"],
)
def test_what_a_file_is(tmp_path: Path, name: str, content: bytes, gives: str) -> None:
    """A VCF is known by its first line that is not blank, whatever stands before that; BED may have names of columns."""
    own = tmp_path / name
    own.write_bytes(content)

    made = own_source(own, name, shelf(CONTIGS), tmp_path)

    assert made.source.rows == 1
    assert gives in {field.key for field in made.source.fields}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (
            "own.bed",
            b"##source=x\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + ROW.encode(),
            "line 1: this is not a VCF file: it must start with ##fileformat=VCF",
        ),
        ("own.bed", b"\n#CHROM POS ID\n", "line 2: this is not a VCF file: .* that line is missing"),
        ("own.vcf", BED.encode(), "line 1: this is not a VCF file"),
        ("own.VCF.GZ", gzip.compress(BED.encode()), "line 1: this is not a VCF file"),
        ("own.vcf.bgz", b"", "it has no line of column names; upload it again"),
        ("own.bed", BED.encode("utf-16"), "line 1: this is in UTF-16; save it as UTF-8 or plain text"),
        ("own.vcf", (HEAD + ROW).encode("utf-16"), "line 1: this is in UTF-16"),
        ("own.bed", BED.encode("utf-16-le"), "line 1: holds a zero byte"),
        ("own.vcf", (HEAD + ROW).encode("utf-16-be"), "line 1: holds a zero byte"),
    ],
)
def test_what_seems_a_vcf_is_refused_as_one(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """By its name or its column names it is one, and never read as regions; what is in two bytes a sign is said to be."""
    own = tmp_path / "own"
    own.write_bytes(content)

    with pytest.raises(InputRefusedError, match=f"^{SHOWN}.*{why}"):
        own_source(own, name, shelf(CONTIGS), tmp_path)


def test_the_command_and_its_rerun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--own` looks up, `--rerun` finds the file by its name and makes the same bytes; another file is refused."""
    (tmp_path / "in.vcf").write_bytes(RECORDS)
    own = vcf_source(tmp_path / "own.vcf", ["1 5 . A C . . AF=0.5"])
    reference = ["--reference", str(shelf(CONTIGS).folder)]
    assert main([str(tmp_path / "in.vcf"), "-o", str(tmp_path / "one"), "--own", str(own), *reference]) == 0
    again = ["--rerun", str(tmp_path / "one/in.provenance.json"), *reference, "-o", str(tmp_path / "two")]

    assert main(again) == 0
    one, two = (tmp_path / name / "in.annot.vcf.gz" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    vcf_source(own, ["1 5 . A C . . AF=0.6"])
    assert main(again) == 2
    own.unlink()
    assert main(again) == 2
    told = capsys.readouterr().err
    assert "is not the file that the provenance tells of" in told
    assert "does not exist" in told


def test_the_release_is_that_of_its_name(tmp_path: Path) -> None:
    """A file is told of as its owner calls it, wherever it lies: a rerun where it lies elsewhere makes the same bytes."""
    text = "##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path = write(tmp_path / "own-20200101.vcf", text)

    told = [
        own_source(path, name, shelf(CONTIGS), tmp_path).source for name in ("panel_v1.2.vcf", "panel.vcf")
    ]

    assert told[0].words == "Own 1.2"
    assert told[1].words == f"Own file {told[1].files[0]['sha256'][:12]}"


_LINES = st.lists(
    st.lists(
        st.sampled_from(
            ["1", "chr1", "5", "0", "A", "C,<DEL>", "*", ".", "AF=0.5;N=x", "AF", "9" * 30, "", "²"]
        ),
        max_size=9,
    ).map("\t".join),
    max_size=4,
).map("\n".join)
_HEADS = st.sampled_from(
    [
        "",
        "##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
    ]
)


@given(
    st.sampled_from(["own", "own.vcf"]),
    _HEADS,
    _LINES | st.binary(max_size=80).map(lambda some: some.decode("latin-1")),
    st.booleans(),
)
def test_whatever_it_is(name: str, head: str, lines: str, packed: bool) -> None:  # noqa: FBT001 - drawn
    """Any file is mapped, or refused in a sentence that says which file it is about."""
    content = f"{head}{lines}\n".encode()
    with TemporaryDirectory() as folder:
        path = Path(folder, "own")
        path.write_bytes(gzip.compress(content) if packed else content)
        try:
            own_source(path, name, shelf(CONTIGS), Path(folder)).file.close()
        except InputRefusedError as refused:
            assert str(refused).startswith(SHOWN)  # noqa: PT017 - most are refused, and some are not
