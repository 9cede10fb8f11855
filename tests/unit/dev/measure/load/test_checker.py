"""The checker finds every planted loss and double, and accuses nobody of what is in order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.measure.load.checker import Evidence, Submission, judge
from tests.support.load_runs import GOOD, SIZE, evidence, key, sent

AGAIN = ("Pending", "Queued", "Running", "Queued", "Running", "Completed")


def without(found: Evidence, place: str, job_id: str) -> Evidence:
    """The evidence with nothing of a job in one place."""
    return replace(
        found, **{place: {name: each for name, each in getattr(found, place).items() if name != job_id}}
    )


def with_record(found: Evidence, job_id: str, **fields: Any) -> Evidence:
    """The evidence with another record of a job."""
    return replace(found, records={**found.records, job_id: replace(found.records[job_id], **fields)})


def test_good_run() -> None:
    """What was acknowledged and is there is ok, and nothing else is counted."""
    judgement = judge(sent("a", "b"), evidence("a", "b"))

    assert judgement.clean
    assert judgement.to_json() == {
        "attempted": 2,
        "acknowledged": 2,
        "ok": 2,
        "recovered": 0,
        "lost": 0,
        "unexpected": 0,
        "duplicated": 0,
        "takenAgain": 0,
        "withoutMail": 0,
    }


LOSSES: dict[str, Callable[[Evidence], Evidence]] = {
    "there is no record": lambda found: without(found, "records", "b"),
    "the record says Running": lambda found: with_record(found, "b", status="Running"),
    "the record says Failed": lambda found: with_record(found, "b", status="Failed"),
    "the result is not at": lambda found: without(found, "results", "b"),
    "the result is not at gas/user/b~f1~": lambda found: replace(
        found, results={**found.results, "b": {key("b", 2): SIZE}}
    ),
    "the result has 20 of 700 bytes": lambda found: replace(
        found, results={**found.results, "b": {key("b"): 20}}
    ),
    "there is no resource": lambda found: without(found, "resources", "b"),
    "the resource says Queued": lambda found: replace(found, resources={**found.resources, "b": "Queued"}),
}


@pytest.mark.parametrize("why", LOSSES)
def test_planted_loss(why: str) -> None:
    """A job that is missing in any place is lost, with the reason, and the other one is not."""
    judgement = judge(sent("a", "b"), LOSSES[why](evidence("a", "b")))

    assert not judgement.clean
    assert list(judgement.lost) == ["b"]
    assert judgement.lost["b"].startswith(why)
    assert judgement.ok == ("a",)


DOUBLES: dict[str, Callable[[Evidence], Evidence]] = {
    "2 finishes": lambda found: with_record(found, "b", history=(*GOOD, "Queued", "Running", "Completed")),
    "2 results": lambda found: replace(
        found, results={**found.results, "b": {key("b"): SIZE, key("b", 2): SIZE}}
    ),
    "2 mails": lambda found: replace(found, mails={**found.mails, "b": 2}),
}


@pytest.mark.parametrize("what", DOUBLES)
def test_planted_double(what: str) -> None:
    """A job that ended, was kept or was told of twice is duplicated, and the other one is not."""
    judgement = judge(sent("a", "b"), DOUBLES[what](evidence("a", "b")))

    assert not judgement.clean
    assert judgement.duplicated == {"b": what}
    assert judgement.lost == {}


@pytest.mark.parametrize("place", ["records", "resources", "results", "mails"])
def test_planted_stranger(place: str) -> None:
    """Something of a job that nobody submitted is unexpected, wherever it lies."""
    found = evidence("a", "stranger")
    for other in {"records", "resources", "results", "mails"} - {place}:
        found = without(found, other, "stranger")

    judgement = judge(sent("a"), found)

    assert judgement.unexpected == {"stranger": place.removesuffix("s")}
    assert judgement.ok == ("a",)


def test_jobs_of_earlier_runs_are_no_strangers() -> None:
    """They are known, and not judged again."""
    judgement = judge(sent("a"), evidence("a", "before"), earlier={"before"})

    assert judgement.clean
    assert judgement.attempted == 1


def test_unanswered_submission_is_recovered_or_nothing() -> None:
    """A job that nobody acknowledged may be there or not: it is no loss, and it is no stranger."""
    tried = [*sent("a"), Submission("b", acknowledged=False), Submission("c", acknowledged=False)]

    judgement = judge(tried, evidence("a", "b"))

    assert judgement.clean
    assert (judgement.attempted, judgement.acknowledged) == (3, 1)
    assert (judgement.ok, judgement.recovered) == (("a",), ("b",))


def test_submission_that_was_tried_again_counts_once() -> None:
    """The same id tried twice is one job, acknowledged when either answer was good."""
    judgement = judge([Submission("a", acknowledged=False), *sent("a")], evidence("a"))

    assert (judgement.attempted, judgement.acknowledged, judgement.ok) == (1, 1, ("a",))


def test_what_a_lost_annotator_cost_is_told() -> None:
    """A job that was claimed twice and done once is in order, and counted."""
    judgement = judge(sent("a"), with_record(evidence("a"), "a", history=AGAIN))

    assert judgement.clean
    assert judgement.taken_again == 1


def test_missing_mail_is_told_and_is_no_loss() -> None:
    """Mails are sent once at most, so that one may be lost with who sends it."""
    judgement = judge(sent("a"), without(evidence("a"), "mails", "a"))

    assert judgement.clean
    assert judgement.without_mail == 1


def test_archived_result_is_there_and_is_one() -> None:
    """While both copies are kept, the result lies at the archive's key and still at its own."""
    found = with_record(evidence("a"), "a", status="Archived", result_key=f"archive/{key('a')}")
    found = replace(
        found,
        resources={"a": "Archived"},
        results={"a": dict.fromkeys([key("a"), f"archive/{key('a')}"], SIZE)},
    )

    assert judge(sent("a"), found).clean


def test_jobs_that_should_wait_are_there_while_they_do() -> None:
    """Of a run whose jobs should stay as they are, one that moved on or vanished is lost; no result is asked for."""
    found = replace(evidence("a", "b", "c"), results={}, mails={})
    for name in ("a", "b"):
        found = with_record(found, name, status="Pending", result_key="", history=("Pending",))
    found = replace(found, resources={"a": "Pending", "b": "Pending", "c": "Completed"})

    judgement = judge(sent("a", "b", "c", "d"), found, ends={"Pending"})

    assert judgement.ok == ("a", "b")
    assert judgement.lost == {"c": "the record says Completed", "d": "there is no record"}
    assert judgement.without_mail == 0


@given(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.sets(st.sampled_from("abcdefgh")), st.data())
def test_every_acknowledged_job_is_ok_or_lost(tried: set[str], there: set[str], data: st.DataObject) -> None:
    """Nothing that was promised drops out of the account, and nothing is in it twice."""
    answered = data.draw(st.sets(st.sampled_from(sorted(tried))))

    judgement = judge([Submission(each, acknowledged=each in answered) for each in tried], evidence(*there))

    assert set(judgement.ok) | set(judgement.lost) == answered
    assert set(judgement.ok) & set(judgement.lost) == set()
    assert set(judgement.recovered) == (tried - answered) & there
    assert set(judgement.unexpected) == there - tried


def test_report_names_the_first_findings_and_counts_all() -> None:
    """A report of a disaster stays readable."""
    names = [f"job-{number:03}" for number in range(50)]

    report = judge(sent(*names), evidence()).to_json()

    assert report["lost"] == 50
    assert len(report["wrong"]["lost"]) == 20
