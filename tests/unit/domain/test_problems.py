"""What a sentence says of records that got no consequence."""

import pytest

from gas.domain.problems import (
    MOST_PROBLEMS,
    MOST_TOLD,
    Problem,
    bounded,
    of_another_reference,
    shortfall,
)

MISMATCH = Problem("reference_mismatch", 1, 7)
FOREIGN = Problem("unknown_contig", 89, 3)


@pytest.mark.parametrize(
    ("variants", "annotated", "problems", "said"),
    [
        (2, 2, (), None),
        (0, 0, (), None),
        (2, 1, (MISMATCH,), "1 of 2 annotated; 1 does not match the reference, see line 7."),
        (
            1200,
            1110,
            (MISMATCH, FOREIGN),
            (
                "1,110 of 1,200 annotated; 89 are on sequences that the reference does not have, the first in line 3; "
                "1 does not match the reference, see line 7."
            ),
        ),
        (
            89,
            0,
            (FOREIGN,),
            "None of 89 annotated; 89 are on sequences that the reference does not have, the first in line 3.",
        ),
        (10, 4, (), "4 of 10 annotated; 6 got no consequence."),
        (
            10,
            4,
            (MISMATCH,),
            "4 of 10 annotated; 1 does not match the reference, see line 7; 5 more got no consequence.",
        ),
        (
            3,
            1,
            (Problem("of_a_newer_annotator", 2, 9),),
            "1 of 3 annotated; 2 got no consequence, the first in line 9.",
        ),
    ],
    ids=["all", "nothing", "one", "two-kinds", "none", "unknown", "partly-known", "new-kind"],
)
def test_a_shortfall_is_told(
    variants: int, annotated: int, problems: tuple[Problem, ...], said: str | None
) -> None:
    """How many are annotated, why the others are not, the most frequent first, and where to look."""
    assert shortfall(variants, annotated, problems) == said


def test_a_sentence_and_a_record_stay_short() -> None:
    """Whatever an annotator counts: the most frequent kinds are kept, and the first few of them told."""
    many = tuple(Problem(f"kind_{number}", number, 1) for number in range(1, 50))

    kept = bounded(many)
    said = shortfall(5000, 0, kept)

    assert [problem.records for problem in kept] == list(range(49, 49 - MOST_PROBLEMS, -1))
    assert said is not None
    assert said.count(";") == MOST_TOLD + 1


@pytest.mark.parametrize(
    ("problems", "looks"),
    [((), True), ((FOREIGN,), True), ((Problem("no_alternative", 3, 1),), False)],
)
def test_another_reference_is_only_suspected_where_it_can_be(
    problems: tuple[Problem, ...],
    looks: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Records without alternative alleles say nothing about the reference."""
    assert of_another_reference(problems) is looks
