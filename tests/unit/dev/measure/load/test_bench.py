"""The last look at a run: what may still come is waited for, and what broke off is looked at again."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ReadTimeoutError

from dev.measure.load.bench import LEFTOVER_SECONDS, SETTLED_SECONDS, settled
from dev.measure.load.checker import Judgement, judge
from tests.support.load_runs import evidence, sent


def last_look(judgement_at: Callable[[float], Judgement]) -> tuple[Judgement, float]:
    """What is said in the end of a run that looks like this at each time, and when that is."""
    clock = [0.0]

    def rest(seconds: float) -> None:
        clock[0] += seconds

    return settled(lambda: judgement_at(clock[0]), lambda: clock[0], rest), clock[0]


def test_double_that_comes_late_is_found() -> None:
    """A run that looks in order is looked at for a while longer: what is too much comes after what there should be."""
    good, doubled = judge(sent("a"), evidence("a")), Judgement(1, 1, duplicated={"a": "2 mails"})

    late, when = last_look(lambda time: good if time < 10 else doubled)
    calm, calm_when = last_look(lambda _: good)

    assert (late, when > LEFTOVER_SECONDS) == (doubled, True)
    assert (calm, calm_when) == (good, SETTLED_SECONDS)


def test_leftovers_and_mails_have_their_time() -> None:
    """What goes, or comes, within it is no fault; what does not is told when it is over."""
    good, unmailed = judge(sent("a"), evidence("a")), Judgement(1, 1, ok=("a",), without_mail=1)

    mailed, _ = last_look(lambda time: unmailed if time < 100 else good)
    never, when = last_look(lambda _: unmailed)

    assert mailed == good
    assert never == unmailed
    assert LEFTOVER_SECONDS < when < LEFTOVER_SECONDS + SETTLED_SECONDS


def test_a_look_that_broke_off_is_made_again() -> None:
    """A busy local AWS that does not answer in time costs no figures; one that never answers is told in the end."""
    good = judge(sent("a"), evidence("a"))

    def busy_until(end: float) -> Callable[[float], Judgement]:
        def look(time: float) -> Judgement:
            if time < end:
                raise ReadTimeoutError(endpoint_url="http://aws")
            return good

        return look

    judgement, when = last_look(busy_until(60))

    assert (judgement, when) == (good, 60 + SETTLED_SECONDS)
    with pytest.raises(ReadTimeoutError):
        last_look(busy_until(10_000))
