"""Bounded lanes: each item once at a time, asks folded, failures tried again."""

import threading
from collections.abc import Callable, Hashable, Iterator

import pytest
from structlog.testing import capture_logs

from gas.domain.decision import Lane
from gas.domain.errors import TransientError
from gas.services.make_pass import SETTLED, Again
from gas_controllers.lanes import lanes as lanes_module
from gas_controllers.lanes.lanes import Lanes
from tests.support.waiting import PATIENCE_SECONDS, until

SOON = PATIENCE_SECONDS

Work = Callable[[Hashable, Lane], Again]


class Workshop:
    """Lanes whose work is written down, and can be held up."""

    def __init__(self, answers: Callable[[int], Again] = lambda number: SETTLED, workers: int = 2) -> None:
        self._answers = answers
        self._changed = threading.Condition()
        self.passes: list[tuple[Hashable, Lane]] = []
        self.active: list[Hashable] = []
        self.overlaps = 0
        self.gate = threading.Event()
        self.gate.set()
        self.lanes = Lanes(self._work, {Lane.STATE: workers, Lane.COPY: 1})

    def _work(self, item: Hashable, lane: Lane) -> Again:
        with self._changed:
            self.overlaps += item in self.active
            self.active.append(item)
            self.passes.append((item, lane))
            number = len(self.passes)
            self._changed.notify_all()
        assert self.gate.wait(SOON)
        with self._changed:
            self.active.remove(item)
            self._changed.notify_all()
        return self._answers(number)

    def await_passes(self, count: int) -> None:
        """Wait until so many passes have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.passes) >= count, SOON), self.passes

    def await_rest(self) -> None:
        """Wait until nothing waits and nothing is worked on."""
        until(self.lanes.idle, pause=0.001)


@pytest.fixture
def workshops() -> Iterator[Callable[..., Workshop]]:
    """Makes workshops, which are closed at the end."""
    made: list[Workshop] = []

    def make(*args: object, **options: object) -> Workshop:
        made.append(Workshop(*args, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for workshop in made:
        workshop.gate.set()
        workshop.lanes.stop(SOON)
        assert not any(thread.is_alive() for thread in workshop.lanes._threads)


def test_asks_that_wait_are_folded(workshops: Callable[..., Workshop]) -> None:
    """An item that waits already is not queued twice, on whatever lane it is asked for."""
    shop = workshops()
    for _ in range(3):
        shop.lanes.put("a")
        shop.lanes.put("a", Lane.COPY)
    waiting = shop.lanes.idle()

    shop.lanes.start()
    shop.await_rest()

    assert not waiting
    assert shop.passes == [("a", Lane.STATE)]


def test_what_fails_is_known_until_it_succeeds(workshops: Callable[..., Workshop]) -> None:
    """The sweep asks for nothing that is tried again in any case."""

    def once(number: int) -> Again:
        if number == 1:
            raise TransientError("away")
        return SETTLED

    shop = workshops(once)
    shop.lanes.start()
    shop.lanes.put("a")
    shop.await_passes(1)

    until(lambda: shop.lanes.failing() == {"a"}, pause=0.001)
    shop.await_passes(2)
    until(lambda: not shop.lanes.failing(), pause=0.001)


def test_item_is_never_worked_on_twice_at_a_time(workshops: Callable[..., Workshop]) -> None:
    """Asks for an item under way, on any lane, lead to one more pass when it has ended."""
    shop = workshops()
    shop.gate.clear()
    shop.lanes.start()
    shop.lanes.put("a")
    shop.await_passes(1)

    shop.lanes.put("a")
    shop.lanes.put("a", Lane.COPY)
    shop.lanes.put("a")
    shop.lanes.put("b")
    shop.await_passes(2)
    shop.gate.set()
    shop.await_rest()

    assert shop.passes[:2] == [("a", Lane.STATE), ("b", Lane.STATE)]
    assert shop.passes[2:] == [("a", Lane.STATE)]
    assert shop.overlaps == 0


def test_slow_lane_stalls_no_other(workshops: Callable[..., Workshop]) -> None:
    """While copies fill their lane, state changes go on."""
    shop = workshops()
    shop.gate.clear()
    shop.lanes.start()
    shop.lanes.put("copy-1", Lane.COPY)
    shop.lanes.put("copy-2", Lane.COPY)
    shop.await_passes(1)

    shop.lanes.put("state")
    shop.await_passes(2)
    oldest, longest = shop.lanes.oldest_waiting_seconds(Lane.COPY), shop.lanes.longest_pass_seconds()
    idle_lane = shop.lanes.oldest_waiting_seconds(Lane.STATE)
    shop.gate.set()
    shop.await_rest()

    assert shop.passes[:2] == [("copy-1", Lane.COPY), ("state", Lane.STATE)]
    assert 0 < oldest < SOON
    assert idle_lane == 0.0
    assert 0 < longest < SOON
    assert (shop.lanes.oldest_waiting_seconds(Lane.COPY), shop.lanes.longest_pass_seconds()) == (0.0, 0.0)


def test_hand_over(workshops: Callable[..., Workshop]) -> None:
    """A pass may end by asking for the same item on another lane."""
    shop = workshops(lambda number: Again(Lane.COPY) if number == 1 else SETTLED)
    shop.lanes.start()

    shop.lanes.put("a")
    shop.await_passes(2)
    shop.await_rest()

    assert shop.passes == [("a", Lane.STATE), ("a", Lane.COPY)]


def test_later(workshops: Callable[..., Workshop]) -> None:
    """A pass may ask for the same item later, and so may anybody else."""
    shop = workshops(lambda number: Again(delay_seconds=0.003) if number == 1 else SETTLED)
    shop.lanes.start()

    shop.lanes.put("a", delay_seconds=0.003)
    shop.await_passes(2)
    shop.await_rest()

    assert shop.passes == [("a", Lane.STATE)] * 2


def test_only_the_earliest_later_counts(workshops: Callable[..., Workshop]) -> None:
    """Many wishes to look at an item later make one pass: hints about a job do not pile up its future passes."""
    shop = workshops()
    for delay in (0.03, 0.01, 0.02, 0.01, 0.03):
        shop.lanes.put("a", delay_seconds=delay)
    shop.lanes.start()

    shop.await_passes(1)
    shop.lanes.put("end", delay_seconds=0.04)
    shop.await_passes(2)
    shop.await_rest()

    assert shop.passes == [("a", Lane.STATE), ("end", Lane.STATE)]


def test_settled_item_is_left_alone(workshops: Callable[..., Workshop]) -> None:
    """A settled item is not kept in mind."""
    shop = workshops()
    shop.lanes.start()

    shop.lanes.put("a")
    shop.await_passes(1)
    shop.await_rest()

    assert shop.lanes._delayed == []
    assert shop.lanes._failures == {}


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), ValueError("a defect")], ids=["outside", "defect"]
)
def test_failures_are_tried_again_ever_later(
    workshops: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever a pass raises, its worker lives, and the item is tried again after a growing pause until it works."""
    monkeypatch.setattr(lanes_module, "FIRST_RETRY_SECONDS", 0.001)
    pauses: list[float] = []

    def answers(number: int) -> Again:
        if number <= 4:
            raise error
        return SETTLED

    shop = workshops(answers)
    later = shop.lanes._enqueue_later

    def noted(item: Hashable, lane: Lane, delay_seconds: float) -> None:
        pauses.append(delay_seconds)
        later(item, lane, delay_seconds)

    monkeypatch.setattr(shop.lanes, "_enqueue_later", noted)
    shop.lanes.start()
    shop.lanes.put("a", Lane.COPY)
    shop.await_passes(5)
    shop.await_rest()

    assert shop.passes == [("a", Lane.COPY)] * 5
    assert [0.0005 * 2**n <= pause <= 0.001 * 2**n for n, pause in enumerate(pauses)] == [True] * 4
    assert shop.lanes._failures == {}


@pytest.mark.parametrize(
    ("error", "level"),
    [(TransientError("no answer"), "warning"), (ValueError("a defect"), "error")],
    ids=["outside", "defect"],
)
def test_each_pass_is_one_line(
    workshops: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch, error: Exception, level: str
) -> None:
    """One that failed says why and when it is made again, a defect where it is; the next says how it ended."""
    monkeypatch.setattr(lanes_module, "FIRST_RETRY_SECONDS", 0.001)

    def answers(number: int) -> Again:
        if number == 1:
            raise error
        return Again(Lane.COPY) if number == 2 else SETTLED

    shop = workshops(answers)
    with capture_logs() as lines:
        shop.lanes.start()
        shop.lanes.put("a")
        shop.await_passes(3)
        shop.await_rest()

    failed, *others = lines
    assert {line["event"] for line in lines} == {"pass made"}
    assert [(line["item"], line["lane"], line["outcome"]) for line in others] == [
        ("a", "state", "handed-over"),
        ("a", "copy", "settled"),
    ]
    assert (failed["outcome"], failed["log_level"], failed["error"]) == ("failed", level, str(error))
    assert ("exc_info" in failed) is (level == "error")
    assert {"duration_ms", "retry_seconds"} <= set(failed)


def test_pause_is_bounded(workshops: Callable[..., Workshop]) -> None:
    """However often an item has failed, it is tried again within a minute."""
    shop = workshops()

    pauses = [shop.lanes._failed("a", Lane.STATE, TransientError("no")).delay_seconds for _ in range(40)]

    assert max(pauses) <= 60.0
    assert min(pauses[10:]) >= 30.0


def test_stop_lets_passes_end(workshops: Callable[..., Workshop]) -> None:
    """Stopping waits for the passes under way and begins no others."""
    shop = workshops(workers=1)
    shop.gate.clear()
    shop.lanes.start()
    shop.lanes.put("a")
    shop.await_passes(1)
    shop.lanes.put("b")

    def open_when_stopping() -> None:
        until(lambda: shop.lanes._stopping)
        shop.gate.set()

    opener = threading.Thread(target=open_when_stopping)
    opener.start()
    shop.lanes.stop(SOON)
    opener.join()

    assert shop.passes == [("a", Lane.STATE)]
    assert shop.active == []
