"""Which Debian is made for what."""

from dev.run.cluster.base import BASES, BUILDER, PYTHON, SNPEFF, command_of, reference_of


def test_each_way_to_make_one_has_its_name() -> None:
    """What was made otherwise is never taken for it: the name of an image follows from its packages and paths."""
    assert len({reference_of(base) for base in BASES}) == len(BASES)


def test_only_one_with_a_python_calls_it_so() -> None:
    """Where there is none, no link says that there is."""
    linked = [base for base in BASES if "python" in command_of(base)[-1]]

    assert linked == [PYTHON, BUILDER]
    assert [base.has_python for base in (PYTHON, BUILDER, SNPEFF)] == [True, True, False]


def test_a_first_stage_can_bring_its_python_along() -> None:
    """For that it has what links and the shared library that is linked."""
    assert {"gcc", "libpython3.11"} <= {*BUILDER.packages}
