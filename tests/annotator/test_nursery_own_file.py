"""A file of the owner's own in a real child: looked up beside the input, and refused in a sentence that names it."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import pytest

from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.ports.runner import Annotated, FetchedOwnFile, Outcome, Refused
from gas_annotator.engine import load_reference
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner
from gas_engine.command import main as gas_annotate
from gas_engine.known.own import MOST_ROWS
from tests.annotator.test_nursery import ALLOWED
from tests.annotator.workbench import LIMITS
from tests.support.vcf_files import vcf
from tests.support.waiting import PATIENCE_SECONDS, until

INPUT = vcf("MT 3460 . G A . . .", "MT 8860 rs1 A G . . .")
HEADER = b"##fileformat=VCFv4.2\n##INFO=<ID=SEEN,Number=1,Type=Integer>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
OWN = HEADER + b"chrM\t3460\tlab7\tG\tA\t.\t.\tSEEN=3\n"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests, as the annotator starts it."""
    found = Nursery(["rCRS"])
    yield found
    found.close()


def outcome_of(nursery: Nursery, folder: Path, own: bytes, name: str) -> Outcome:
    """What comes of the input with that file beside it."""
    (folder / "output").mkdir()
    (folder / "input").write_bytes(INPUT)
    (folder / "own").write_bytes(own)
    brought = FetchedOwnFile(folder / "own", name, hashlib.sha256(own).hexdigest())
    run = ChildRunner(nursery, LIMITS, ALLOWED).start(
        folder / "input", "sample.vcf", "rCRS", folder / "output", own=brought
    )
    outcome = until(lambda: run.poll(1.0), seconds=PATIENCE_SECONDS)
    assert outcome is not None
    return outcome


def infos(result: Path) -> list[str]:
    """The INFO of each record, without the consequences."""
    lines = gzip.decompress(result.read_bytes()).decode().splitlines()
    told = [line.split("\t")[7] for line in lines if not line.startswith("#")]
    return [";".join(part for part in info.split(";") if not part.startswith("CSQ=")) for info in told]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_variants_are_looked_up(nursery: Nursery, tmp_path: Path, *, packed: bool) -> None:
    """Each field comes into the result, provenance and log name the file, and the outcome says which one it was."""
    own = gzip.compress(OWN) if packed else OWN

    outcome = outcome_of(nursery, tmp_path, own, "my panel.vcf")

    assert isinstance(outcome, Annotated)
    assert infos(outcome.files[Output.RESULT]) == ["Own_ID=lab7;Own_VARIANT=yes;Own_SEEN=3", ""]
    told = json.loads(outcome.files[Output.PROVENANCE].read_text())["own"]["files"]
    assert told == [{"file": "my panel.vcf", "sha256": hashlib.sha256(own).hexdigest()}]
    assert outcome.own_sha256 == hashlib.sha256(own).hexdigest()
    assert "Of your own file 1 of 1 rows could be used" in outcome.files[Output.LOG].read_text()
    columns = gzip.decompress(outcome.files[Output.TABLE].read_bytes()).decode().split("\n", 1)[0].split("\t")
    assert columns[-3:] == ["OWN_ID", "OWN_VARIANT", "OWN_SEEN"]


def test_regions_are_looked_up(nursery: Nursery, tmp_path: Path) -> None:
    """A BED file names what an allele lies in."""
    outcome = outcome_of(nursery, tmp_path, b"chrM\t3400\t3500\tlab region\n", "mine.bed")

    assert isinstance(outcome, Annotated)
    assert infos(outcome.files[Output.RESULT]) == ["Own_REGION=lab_region", ""]


@pytest.mark.parametrize(
    ("own", "reason", "said"),
    [
        (b"not a table\n", Reason.INPUT_REFUSED, "the file of your own variants, line 1: this is no region"),
        (
            HEADER + b"chrM\tx\n",
            Reason.INPUT_REFUSED,
            "the file of your own variants, line 4: this is no VCF record",
        ),
        (
            HEADER + b"chrM\t3460\t.\tC\tT\t.\t.\tSEEN=3\n" * 4,
            Reason.INPUT_REFUSED,
            "the file of your own variants: REF of 4 of 4 alleles contradicts the sequence of rCRS, first in line 4",
        ),
        (
            gzip.compress(OWN)[:-9],
            Reason.INPUT_REFUSED,
            "the file of your own variants, behind line 0: the file is cut off",
        ),
        (
            b"chrM\t1\t9\n" * 250_001,
            Reason.LIMIT_EXCEEDED,
            "the file of your own variants holds more than 250,000 rows",
        ),
        (
            HEADER + b"chrM\t" + b"9" * 5000 + b"\t.\tG\tA\t.\t.\tSEEN=3\n",
            Reason.INPUT_REFUSED,
            "the file of your own variants, line 4: this is no VCF record",
        ),
    ],
    ids=["neither", "broken", "another-assembly", "cut-off", "too-many", "absurd"],
)
def test_a_bad_file_is_refused(
    nursery: Nursery, tmp_path: Path, own: bytes, reason: Reason, said: str
) -> None:
    """The job is refused with a sentence that names this file, the line and why; it is no failure of ours."""
    outcome = outcome_of(nursery, tmp_path, own, "mine.bed")

    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert outcome.detail.startswith(said)


def different_alleles() -> Iterator[tuple[int, str, str]]:
    """Position, REF and ALT: no two of them are the same allele, for they differ from the reference at both ends."""
    sequence = load_reference("rCRS").sequence.decode()
    for length in (1, 2, 3):
        for start in range(len(sequence) - length):
            replaced = sequence[start : start + length]
            if "N" not in replaced:
                for alt in product(*("ACGT".replace(base, "") for base in replaced)):
                    yield start + 1, replaced, "".join(alt)


def test_the_largest_file_fits_into_a_child(nursery: Nursery, tmp_path: Path) -> None:
    """As many rows as are taken, each of an allele of its own, are mapped within a child's memory and time, and found."""
    alleles = dict(enumerate(islice(different_alleles(), MOST_ROWS)))
    rows = "".join(
        f"chrM\t{position}\tlab{row}\t{ref}\t{alt}\t.\t.\tSEEN={row}\n"
        for row, (position, ref, alt) in alleles.items()
    )
    numbers = {allele: row for row, allele in alleles.items()}

    outcome = outcome_of(nursery, tmp_path, HEADER + rows.encode(), "large.vcf")

    assert isinstance(outcome, Annotated)
    assert infos(outcome.files[Output.RESULT]) == [
        f"Own_ID=lab{number};Own_VARIANT=yes;Own_SEEN={number}"
        for number in (numbers[3460, "G", "A"], numbers[8860, "A", "G"])
    ]
    assert "Of your own file 250000 of 250000 rows could be used" in outcome.files[Output.LOG].read_text()


def test_a_rerun_makes_the_same_bytes(nursery: Nursery, tmp_path: Path) -> None:
    """Whoever has both files under their names makes the result again with the command, by its provenance."""
    outcome = outcome_of(nursery, tmp_path, OWN, "panel_v1.2.vcf")
    assert isinstance(outcome, Annotated)
    (tmp_path / "sample.vcf").write_bytes(INPUT)
    (tmp_path / "panel_v1.2.vcf").write_bytes(OWN)
    rerun = ["--rerun", str(outcome.files[Output.PROVENANCE]), "-o", str(tmp_path / "again")]

    code = gas_annotate([*rerun, "--reference", str(load_reference("rCRS").folder)])

    assert code == 0
    again = tmp_path / "again/sample.annot.vcf.gz"
    assert again.read_bytes() == outcome.files[Output.RESULT].read_bytes()
    assert b"Own 1.2" in gzip.decompress(again.read_bytes())
