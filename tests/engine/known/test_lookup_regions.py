"""Regions that an allele touches, however it is told: by bases, in whatever way they are written, by a symbol, or as a breakend."""

from pathlib import Path

import pytest

from gas_engine import Bundle
from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source, write
from tests.engine.workbench import Outcome, run
from tests.support.vcf_files import vcf

BASES = "ACGTTGCA" * 15
"""120 bases; no change can be moved along them."""

NAMED = "1\t0\t10\tfirst\n1\t10\t20\tsecond\n1\t20\t21\tone\n1\t30\t60\tlong\n1\t110\t120\tlast\n"


def _bundle(bases: str = BASES, bed: str = NAMED, *, circular: bool = False) -> Bundle:
    regions = source("R", Form.REGIONS, write(folder() / "r.bed", bed))
    return shelf({"1": bases}, regions, circular=frozenset("1") if circular else frozenset())


def _told(outcome: Outcome) -> list[str | None]:
    return [values_of(record[7]).get("R_REGION") for record in outcome.records]


@pytest.mark.parametrize(
    ("row", "regions"),
    [
        ("1 9 . A <DEL> . . END=31", "first&second&one&long"),
        ("1 10 . C <DEL> . . END=20", "second"),
        ("1 10 . C <DUP> . . SVLEN=10", "second"),
        ("1 20 . T <INV> . . END=21", "one"),
        ("1 21 . T <CNV> . . END=30", None),
        ("1 60 . T <DEL> . . END=110", None),
        ("1 60 . T <DEL> . . END=111", "last"),
        ("1 15 . C <INS> . . .", "second"),
        ("1 20 . T <INS> . . .", None),
        ("1 10 . C C[1:100[ . . .", "first"),
        ("1 10 . C ]1:100]C . . .", "first"),
        ("1 11 . G G]1:100] . . .", "second"),
        ("1 11 . G .G . . .", "second"),
        ("1 21 . T T. . . .", "one"),
        ("1 22 . G G. . . .", None),
        ("1 9 . A <DEL>,C,<DUP> . . SVLEN=1,.,12", "first,first,first&second&one"),
        ("1 9 . A <NON_REF> . . END=31", None),
        ("1 9 . A <DEL> . . .", None),
    ],
)
def test_alleles_that_no_bases_spell(tmp_path: Path, row: str, regions: str | None) -> None:
    """A symbolic allele touches the regions of its extent, an insertion those around it, a breakend those of its own base."""
    assert _told(run(vcf(row), tmp_path, bundle=_bundle())) == [regions]


def test_what_is_told_beside_regions(tmp_path: Path) -> None:
    """Table, counts and log have the regions of symbolic alleles; identifiers of the allele before it stay its own."""
    ids = vcf_source(folder() / "d.vcf", ["1 9 rs7 A C . . ."])
    bed = write(folder() / "r.bed", NAMED)
    bundle = shelf({"1": BASES}, source("R", Form.REGIONS, bed), source("D", Form.KNOWN, ids, fields="ID"))

    outcome = run(vcf("1 9 . A C,<DEL> . . END=31", "1 25 . A G . . ."), tmp_path, bundle=bundle)

    [[one, other], _] = outcome.entries()
    assert (one["Existing_variation"], other["Existing_variation"]) == ("rs7", "")
    assert [row[-2:] for row in outcome.table] == [
        ["first", "rs7"],
        ["first&second&one&long", ""],
        ["", ""],
    ]
    assert outcome.statistics["known"][0] == {
        "name": "R",
        "release": outcome.statistics["known"][0]["release"],
        "alleles": 2,
        "records": 1,
    }


def test_a_large_deletion_names_the_first_regions(tmp_path: Path) -> None:
    """Sixteen of ten thousand are named, with a remark, and the blocks of the others are not read."""
    length, count = 200_000, 10_000
    bed = "".join(f"1\t{20 * number}\t{20 * number + 10}\tr{number}\n" for number in range(count))
    bundle = _bundle("ACGT" * (length // 4), bed)
    rows = [f"1 {1 + index} . {'ACGT'[index % 4]} <DEL> . . END={length}" for index in range(2_000)]
    before = _bytes_read()

    outcome = run(vcf(*rows), tmp_path, bundle=bundle)

    # Five blocks of regions have 100 KB, and a worker keeps four of them: all of them for each record would be 200 MB.
    assert _bytes_read() - before < 20e6
    assert _told(outcome)[0] == "&".join(f"r{number}" for number in range(16))
    assert outcome.statistics["remarks"] == {"known_cut": 2_000}


def _bytes_read() -> int:
    """What this process has read by calls of the system."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
    return int(fields["rchar"])


RUN = "AAAC" + "GTTGCA" * 18 + "GGCTGAAA"
"""120 bases: a run of six A lies across the origin, three on each side."""


@pytest.mark.parametrize(
    ("row", "regions"),
    [
        ("1 1 . AA A . . .", "begin&end"),
        ("1 3 . AC C . . .", "begin&end"),
        ("1 117 . GA G . . .", "begin&end"),
        ("1 119 . AA A . . .", "begin&end"),
        ("1 120 . AA A . . .", "begin&end"),
        ("1 120 . A AA . . .", "begin&end"),
        ("1 3 . A AA . . .", "begin&end"),
        ("1 119 . AAAA A . . .", "begin&end"),
        ("1 120 . AA TT . . .", "begin&end"),
        ("1 120 . A T . . .", "end"),
        ("1 1 . A T . . .", "begin"),
        ("1 119 . A <DEL> . . SVLEN=3", "begin&end"),
        ("1 120 . A <DEL> . . SVLEN=2", "begin"),
        ("1 119 . A <DEL> . . SVLEN=119", "begin&middle&end"),
    ],
)
def test_a_change_across_the_origin(tmp_path: Path, row: str, regions: str) -> None:
    """On a circle the last base has the first one behind it: regions on both sides of the origin are touched."""
    bed = "1\t0\t2\tbegin\n1\t50\t60\tmiddle\n1\t118\t120\tend\n"

    assert _told(run(vcf(row), tmp_path, bundle=_bundle(RUN, bed, circular=True))) == [regions]


@pytest.mark.parametrize(
    "row",
    [
        "1 120 . A <INS> . . .",
        "1 120 . A AC . . .",
        "1 1 . A CA . . .",
        "1 120 . A ACGC . . .",
    ],
)
@pytest.mark.parametrize("circular", [True, False])
def test_an_insertion_at_the_origin(tmp_path: Path, row: str, *, circular: bool) -> None:
    """It lies between the last base and the first one: on a circle a region has both that is all of it."""
    bed = "1\t0\t1\tone\n1\t0\t2\tbegin\n1\t0\t119\tmost\n1\t0\t120\tall\n1\t1\t120\trest\n1\t118\t120\tend\n"

    outcome = run(vcf(row), tmp_path, bundle=_bundle(BASES, bed, circular=circular))

    assert _told(outcome) == ["all" if circular else None]


def test_a_region_is_named_once(tmp_path: Path) -> None:
    """One that lies on both sides of the origin, as the whole contig does, is one."""
    bed = "1\t0\t120\tall\n1\t117\t120\tend\n"

    outcome = run(vcf("1 120 . AA A . . ."), tmp_path, bundle=_bundle(RUN, bed, circular=True))

    assert _told(outcome) == ["all&end"]


def test_a_change_in_a_repeat_touches_all_of_it(tmp_path: Path) -> None:
    """However it is written, and wherever in the repeat the region lies; one base alone has no room for an insertion."""
    bases = "GC" + "A" * 10 + "GC" * 20
    bed = "1\t2\t4\tleft\n1\t6\t7\tone\n1\t10\t12\tright\n1\t12\t14\tbehind\n"
    rows = ("1 2 . CA C . . .", "1 12 . AG G . . .", "1 2 . C CA . . .", "1 12 . A AA . . .")

    outcome = run(vcf(*rows), tmp_path, bundle=_bundle(bases, bed))

    assert _told(outcome) == ["left&one&right", "left&one&right", "left&right", "left&right"]


@pytest.mark.parametrize("known", ["1 120 . AA A", "1 3 . AC C", "1 117 . GA G", "1 119 . AAA AA"])
@pytest.mark.parametrize("asked", ["1 120 . AA A", "1 1 . AA A", "1 117 . GA G", "1 119 . AAAA AAA"])
def test_a_known_change_across_the_origin(tmp_path: Path, known: str, asked: str) -> None:
    """It is found however source and record write it, though REF of either goes on at the first base."""
    path = vcf_source(folder() / "s.vcf", [f"{known} . . AF=0.5"])
    bundle = shelf({"1": RUN}, source("S", Form.FREQUENCIES, path), circular=frozenset("1"))

    outcome = run(vcf(f"{asked} . . ."), tmp_path, bundle=bundle)

    assert bundle.manifest["known"][0]["checks"]["left_out"] == {}
    assert values_of(outcome.records[0][7]).get("S_AF") == "0.5"


def test_a_linear_contig_has_no_origin(tmp_path: Path) -> None:
    """A row whose REF goes on behind the last base lies outside its contig."""
    path = vcf_source(folder() / "s.vcf", ["1 120 . AA A . . AF=0.5", "1 5 . G A . . AF=0.5"])

    bundle = shelf({"1": RUN}, source("S", Form.FREQUENCIES, path))

    assert bundle.manifest["known"][0]["checks"]["left_out"] == {"it lies outside its contig": 1}
    assert run(vcf("1 5 . G A . . ."), tmp_path, bundle=bundle).records[0][7].endswith("S_AF=0.5")
