"""How pages are read: dates in the reader's language and zone, short and in their place, and figures in their size."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gas.domain.job import HistoryEntry, JobStatus
from gas.domain.overview import Overview, Wait
from tests.support.chromium import Served, served
from tests.support.pages import OPERATOR

WIDTHS = [320, 900, 1280]


@pytest.fixture
def pages() -> Iterator[Served]:
    """A site that a browser can reach."""
    with served() as reachable:
        yield reachable


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("en-GB", "Asia/Kolkata", " ago"),
        ("de-DE", "America/Argentina/ComodRivadavia", "vor 3 Std."),
        ("ja-JP", "Australia/Lord_Howe", "時間前"),
    ],
)
@pytest.mark.parametrize("path", ["/annotations/job-1", "/annotations"])
def test_dates_are_short_and_stay_in_their_place(
    pages: Served, language: str, zone: str, words: str, path: str
) -> None:
    """Near ones say how long ago, in the reader's language; the whole date and zone is in the title; none sticks out."""
    user, now = pages.site.user(), datetime.now(UTC)
    times = [now - timedelta(hours=3), now - timedelta(days=5), now - timedelta(days=500)]
    history = tuple(HistoryEntry(JobStatus.PENDING, time) for time in times)
    pages.site.job(user, JobStatus.COMPLETED, submit_time=times[0], history=history, retain_until=now)

    seen = pages.play("dates", user, path=path, widths=WIDTHS, language=language, zone=zone)

    assert seen["out"] == []
    assert seen["times"]
    assert any(words in time["text"] for time in seen["times"])
    for time in seen["times"]:
        assert len(time["text"]) <= 22
        assert " UTC" not in time["text"]
        assert " GMT" not in time["text"]
        assert time["lang"] == language
        assert len(time["title"]) > 20


def test_what_is_said_of_a_time_grows_old_with_it(pages: Served) -> None:
    """A page that is left open does not say “2 min. ago” for an hour."""
    user, now = pages.site.user(), datetime.now(UTC)
    pages.site.job(user, JobStatus.CANCELLED, submit_time=now - timedelta(minutes=2, seconds=5))

    seen = pages.play(
        "older", user, path="/annotations/job-1", now=now.isoformat(), passing=600, language="en-GB"
    )

    assert (seen["before"], seen["after"]) == ("2 min ago", "12 min ago")


def test_the_longest_wait_is_the_largest_figure(pages: Served) -> None:
    """It tells first whether anybody is hurt; the others are all as large as each other, and no small print."""
    now = pages.site.ports.clock.now()
    wait = Wait("job-77", now - timedelta(minutes=3))
    pages.site.ports.overviews.write(Overview(now, timedelta(seconds=10), longest_wait=wait))

    seen = pages.play("figures", pages.site.user("o", subject=OPERATOR))

    wait_size = seen["sizes"].pop("Longest wait")
    [others] = set(seen["sizes"].values())
    assert wait_size > others > 16
