"""What REF says of whether a file lies on the reference: structural callers write N, which says nothing."""

from pathlib import Path

import pytest

from gas_engine import ReferenceMismatchError
from tests.engine.workbench import rcrs_bases, run
from tests.support.vcf_files import vcf

STRUCTURAL = (
    "MT 8600 . N <DEL> . . END=8700",
    "MT 8600 . n <DUP:TANDEM> . . SVLEN=100",
    "MT 8600 . N N[chrI:30000[ . . .",
    "MT 8600 . N ]chrI:30000]N . . .",
    "MT 8600 . N N. . . .",
    "MT 8600 . N <INV>,[MT:9000[N . . END=8700",
    "MT 8600 . NN <DEL> . . END=8700",
)


@pytest.mark.parametrize("row", STRUCTURAL)
def test_a_structural_record_whose_ref_is_n(tmp_path: Path, row: str) -> None:
    """It is annotated, and a file of it alone lies on the reference; the line stays what it was but for its tag."""
    outcome = run(vcf(row), tmp_path)

    assert outcome.problems == []
    assert outcome.annotation.annotated_records == 1
    assert outcome.of_gene("MT-ATP6")
    assert outcome.records[0][:7] == row.split(" ")[:7]


@pytest.mark.parametrize(
    "row",
    [
        "MT 8600 . N G . . .",
        "MT 8600 . N <DEL>,G . . END=8700",
        "MT 8600 . N N[chrI:30000[,NT . . .",
        "MT 8600 . N * . . .",
        "MT 8600 . N . . . .",
    ],
)
def test_sequence_needs_a_ref(tmp_path: Path, row: str) -> None:
    """With an allele that is written as bases, or with none, N contradicts the reference as ever."""
    with pytest.raises(ReferenceMismatchError, match="1 of 1 REFs contradict it"):
        run(vcf(row), tmp_path)


def test_a_base_beside_n_speaks(tmp_path: Path) -> None:
    """Of a REF of several bases those that are not N are looked at."""
    base = rcrs_bases(8601, 1)
    other = "G" if base == "A" else "A"
    fitting, wrong = (f"MT 8600 . {ref} <DEL> . . END=8700" for ref in (f"N{base}", f"N{other}"))

    assert run(vcf(fitting), tmp_path).problems == []
    with pytest.raises(ReferenceMismatchError):
        run(vcf(wrong), tmp_path)


def test_what_says_nothing_excuses_nothing(tmp_path: Path) -> None:
    """Records that can be judged judge the file, whatever stands beside them; alone they do not make a contig another sequence."""
    wrong = "MT 8993 . A C . . ."
    with pytest.raises(ReferenceMismatchError):
        run(vcf(*STRUCTURAL, wrong), tmp_path)

    outcome = run(vcf(*STRUCTURAL, "MT 8993 . T G . . .", wrong), tmp_path)

    assert [row[2] for row in outcome.problems] == ["reference_mismatch"]
    assert outcome.annotation.annotated_records == len(STRUCTURAL) + 1


@pytest.mark.parametrize(
    "row", ["2 8600 . N <DEL> . . END=8700", "MT 99999 . N <DEL> . . END=100000", "MT 0 . N <DEL> . . END=9"]
)
def test_a_place_is_needed_all_the_same(tmp_path: Path, row: str) -> None:
    """A contig that is not there, and a position outside, are no place."""
    with pytest.raises(ReferenceMismatchError):
        run(vcf(row), tmp_path)
