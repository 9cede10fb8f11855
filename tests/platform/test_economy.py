"""What one life costs the API server, by the API server's own count."""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import pytest

from dev.measure.metrics import series
from tests.support.desk import Desk
from tests.support.resource_watch import Glimpse, glimpse, statuses_between

pytestmark = pytest.mark.kube

LIFE = ["Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored"]
STATUS_WRITE = ("PATCH", "annotationjobs", "status")
EVENT = ("POST", "events", "")

MISSED = 2
"""States that may be over before anybody could show them: an annotator is quick to claim, and to finish."""


def _calls(desk: Desk) -> Counter[tuple[str, str, str]]:
    """Requests for AnnotationJobs and Events so far, by verb, resource and subresource; lists are the test's own."""
    calls: Counter[tuple[str, str, str]] = Counter()
    for of, value in series(desk.kubectl("get", "--raw", "/metrics"), "apiserver_request_total"):
        if of["resource"] in {"annotationjobs", "events"} and of["verb"] not in {"LIST", "WATCH"}:
            calls[of["verb"], of["resource"], of["subresource"]] += int(value)
    return calls


@dataclass(frozen=True)
class _Moment:
    """What there was, and the requests up to then."""

    seen: Glimpse
    calls: Counter[tuple[str, str, str]]


def _quiet(desk: Desk) -> _Moment:
    """A moment in which nothing was written, nor told afterwards: two looks in a row are the same."""
    moments: list[_Moment] = []

    def look() -> bool:
        moments.append(_Moment(glimpse(desk.api, desk.instance), _calls(desk)))
        return moments[-2:-1] == moments[-1:]

    desk.until(look, "nothing to be written")
    return moments[-1]


def _tells(status: dict[str, Any]) -> tuple[Any, ...]:
    """What of a status is worth a write by itself."""
    return status["phase"], Desk.reason_in(status), status["progressPercent"]


def test_one_status_write_per_transition(desk: Desk) -> None:
    """From Pending to Restored the status is written once for each state that was shown, and not once more.

    The API server counts for all jobs together, and what earlier tests left may still move: each write is told apart by
    what it changed. Here another job lives beside this one.
    """
    user, name, other = desk.user(), desk.name("thrifty"), desk.name("beside")
    before = _quiet(desk)

    desk.submit(user, name)
    desk.submit(desk.user(), other)
    desk.wait([name, other], "Archived")
    desk.until(lambda: "f1~sample.annot.vcf.gz" not in desk.objects(name), "the hot bytes to go")
    desk.upgrade(user)
    desk.wait([name], "Restored")
    desk.until(lambda: "archive/f1~sample.annot.vcf.gz" not in desk.objects(name), "the archived copy to go")
    desk.until(lambda: desk.record(name)["due_at"] > time.time() + 3600, "the record to settle")
    after = _quiet(desk)

    spent = after.calls - before.calls
    given = statuses_between(desk.api, desk.instance, before.seen, after.seen)
    shown = [_tells(status) for status in given[name]]
    sys.stdout.write(
        f"one life: {len(shown)} writes: {shown}\nAPI calls of all jobs meanwhile: {dict(spent)}\n"
    )
    assert desk.history(name) == LIFE
    phases = [phase for phase, _ in groupby(phase for phase, _, _ in shown)]
    assert phases == [phase for phase in LIFE if phase in phases]
    assert len(phases) >= len(LIFE) - MISSED
    assert sorted(set(shown)) == sorted(shown)
    assert spent[STATUS_WRITE] == sum(map(len, given.values()))
    assert spent[EVENT] == sum(_moves(before.seen, job, statuses) for job, statuses in given.items())


def _moves(before: Glimpse, name: str, given: list[dict[str, Any]]) -> int:
    """How often a job showed another phase."""
    phases = [status.get("phase") for status in (before.statuses.get(name, {}), *given)]
    return sum(one != next_one for one, next_one in pairwise(phases))
