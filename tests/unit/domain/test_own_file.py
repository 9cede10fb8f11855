"""A file of the owner's own: what is said of it, and that the engine says the same."""

import pytest

from gas.domain.explanation import Reader, explain, remark
from gas.domain.job import JobStatus
from gas.domain.own_file import (
    MAX_OWN_BYTES,
    OWN_FILE_WORDS,
    about_own_file,
    is_about_own_file,
    without_own_file_words,
)
from gas.domain.reasons import OF_OWN_FILE, OF_OWN_FILE_FOR_OPERATORS, Reason
from gas_engine.known.own import MOST_BYTES, SHOWN
from tests.support.jobs import OWN_FILE, job_in
from tests.support.plans import PLANS


def test_the_engine_says_and_takes_the_same() -> None:
    """By its first words a sentence of the engine is known to be about this file; no larger one is sent than it takes."""
    assert (SHOWN, MOST_BYTES) == (OWN_FILE_WORDS, MAX_OWN_BYTES)


@pytest.mark.parametrize(
    ("detail", "own", "rest"),
    [
        (about_own_file(), True, ""),
        (about_own_file("it is too large."), True, "it is too large."),
        (f"{SHOWN}, line 3: this is no region", True, "line 3: this is no region"),
        ("line 3: POS is no number", False, "line 3: POS is no number"),
    ],
    ids=["alone", "ours", "the-engines", "the-inputs"],
)
def test_which_file_is_meant(detail: str, *, own: bool, rest: str) -> None:
    """What is told of the own file is told apart from what is told of the input."""
    assert is_about_own_file(detail) is own
    assert without_own_file_words(detail) == rest
    assert not is_about_own_file(None)


@pytest.mark.parametrize("reason", list(OF_OWN_FILE), ids=[each.value for each in OF_OWN_FILE])
def test_sentences_name_the_file(reason: Reason) -> None:
    """Owner and operators read which of the two files it is; of the input they read what they always did."""
    detail = about_own_file("line 3: no.") if "{of_own_file}" in OF_OWN_FILE[reason] else about_own_file()
    failed = job_in(JobStatus.FAILED, own_file=OWN_FILE, reason=reason, detail=detail)
    of_the_input = job_in(JobStatus.FAILED, own_file=OWN_FILE, reason=reason, detail="line 3: no.")

    told, operators = explain(failed, PLANS), explain(failed, PLANS, reader=Reader.OPERATOR)

    assert "own variants" in told
    assert "spec.ownFile" in operators
    assert set(OF_OWN_FILE) == set(OF_OWN_FILE_FOR_OPERATORS)
    assert " own " not in explain(of_the_input, PLANS)
    if detail != about_own_file():
        assert told.endswith("line 3: no.")
        assert operators.endswith("line 3: no.")


def test_a_result_that_did_without_it_says_so() -> None:
    """An annotator of an older release knows nothing of it: nobody is to take its result for a whole one."""
    without = job_in(JobStatus.COMPLETED, own_file=OWN_FILE)
    used = job_in(JobStatus.COMPLETED, own_file=OWN_FILE, own_sha256="0" * 64)

    assert "The file of your own variants was not looked up" in (remark(without) or "")
    assert " own " not in (remark(used) or "")
