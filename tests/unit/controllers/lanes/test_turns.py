"""Of one user's jobs a few at a time stand in line, so that nobody's burst is in everybody's way."""

from contextlib import suppress
from datetime import timedelta

import pytest

from gas.domain.decision import Lane
from gas.domain.job import Job, JobStatus
from gas.domain.reasons import Reason
from gas.domain.record import Intents
from gas_controllers.lanes.items import LookAtJob
from tests.support.crashes import CrashError, Crashes
from tests.support.crowd import SECOND, Crowd

IN_LINE = 3
BURST = 60
MINUTE = timedelta(minutes=1)


@pytest.fixture
def crowd() -> Crowd:
    """Nobody has sent anything yet."""
    return Crowd(IN_LINE)


def test_a_burst_of_one_user_does_not_starve_another(crowd: Crowd) -> None:
    """Sixty dear jobs of one user are taken up by one annotator; another's comes after no more than three of them."""
    ada, ben = crowd.join(), crowd.join()
    first = crowd.send(ada)
    burst = [crowd.send(ada) for _ in range(BURST - 1)]
    running = crowd.take_up()
    theirs = crowd.send(ben)
    taken_up = list[Job]()

    while running is not None:
        taken_up.append(running)
        crowd.end(running)
        running = crowd.take_up()

    order = [job.job_id for job in taken_up]
    assert order.index(theirs) == 1 + IN_LINE
    assert [job_id for job_id in order if job_id != theirs] == [first, *burst]


def test_the_line_is_kept_full(crowd: Crowd) -> None:
    """Whoever is alone loses nothing by it: as soon as one is taken up the next comes into line, however many run."""
    ada = crowd.join()
    for _ in range(BURST):
        crowd.send(ada)

    running = []
    for taken in range(1, BURST - IN_LINE + 1):
        running.append(crowd.take_up())
        assert len(crowd.in_line(ada)) == IN_LINE
        assert len(crowd.held(ada)) == BURST - IN_LINE - taken

    assert None not in running


def test_the_order_is_that_of_the_places(crowd: Crowd) -> None:
    """In whatever order they are accepted, each that is taken up makes room for the one whose turn it is."""
    ada = crowd.join()
    sent = [crowd.send(ada, told=False) for _ in range(9)]
    for name in reversed(sent):
        crowd.clock.advance(SECOND)
        crowd.look_at(name)

    in_line = [{job.job_id for job in crowd.in_line(ada)}]
    for _ in range(3):
        crowd.take_up()
        in_line.append({job.job_id for job in crowd.in_line(ada)})

    taken = [name for name in sent if crowd.of(name).status is JobStatus.RUNNING]
    assert [len(each) for each in in_line] == [IN_LINE] * 4
    assert in_line[-1] | set(taken) == set(sent[: IN_LINE + 3])


def test_what_is_said_of_a_job_that_waits_for_its_turn(crowd: Crowd) -> None:
    """The record, which the web shows, and the resource say WaitingForTurn, and afterwards what is said of any other."""
    ada = crowd.join()
    sent = [crowd.send(ada) for _ in range(IN_LINE + 1)]
    name = sent[-1]

    waits = crowd.of(name).reason, shown(crowd, name)
    crowd.take_up()

    assert waits == (Reason.WAITING_FOR_TURN, ("Queued", "WaitingForTurn"))
    assert shown(crowd, name) == ("Queued", "WaitingForAnnotator")


def shown(crowd: Crowd, name: str) -> tuple[str, str]:
    """Phase and reason as kubectl shows them."""
    status = crowd.cluster.resources[name]["status"]
    (ready,) = (each for each in status["conditions"] if each["type"] == "Ready")
    return status["phase"], ready["reason"]


def test_whoever_leaves_makes_room(crowd: Crowd) -> None:
    """A job in line that is cancelled, and one that is suspended, make room for the next one each."""
    ada = crowd.join()
    sent = [crowd.send(ada) for _ in range(IN_LINE + 2)]

    crowd.jobs.add_intents(sent[0], Intents(cancel_requested=crowd.clock.now()), crowd.clock.now())
    crowd.look_at(sent[0])
    crowd.cluster.edit(sent[1], suspend=True)
    crowd.resources.observe(crowd.cluster.resources[sent[1]])
    crowd.look_at(sent[1])

    assert [job.job_id for job in crowd.in_line(ada)] == sent[2:]


def test_a_suspended_job_is_in_nobodys_way(crowd: Crowd) -> None:
    """Older ones that operations hold do not count."""
    ada = crowd.join()
    for _ in range(IN_LINE):
        crowd.send(ada, suspend=True)

    name = crowd.send(ada)

    assert crowd.of(name).reason is Reason.WAITING_FOR_ANNOTATOR


def test_operators_decide_whose_turn_it_is(crowd: Crowd) -> None:
    """What they apply by its resource has no place, and waits for no turn."""
    ada = crowd.join()
    sent = [crowd.send(ada, place=False) for _ in range(IN_LINE + 2)]

    assert [job.job_id for job in crowd.in_line(ada)] == sent


def test_without_a_single_message(crowd: Crowd) -> None:
    """Sweeps alone bring every job into line, in its turn, after controllers that remembered it have died."""
    ada = crowd.join()
    sent = [crowd.send(ada, told=False) for _ in range(10)]
    taken_up = []

    for _ in range(20):
        crowd.sweep()
        crowd.restart()
        assert len(crowd.in_line(ada)) <= IN_LINE
        running = crowd.take_up(told=False)
        if running is not None:
            taken_up.append(running.job_id)
            crowd.end(running, told=False)
        crowd.sweep(later=MINUTE)

    assert taken_up == sent


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_of_a_turn(*, after: bool) -> None:
    """Wherever the controllers die while a turn comes, the job is in line in the end, and no other before its turn."""
    counter = Crashes(after=after)
    _turn_comes(counter)

    for number in range(1, counter.calls + 1):
        _turn_comes(Crashes(number, after=after))

    assert counter.calls > 3


def _turn_comes(crashes: Crashes) -> None:
    """One of a line that is full is taken up, the controllers look at the next one, twice, and at nothing else; others sweep."""
    crowd = Crowd(IN_LINE)
    ada = crowd.join()
    sent = [crowd.send(ada) for _ in range(IN_LINE + 2)]
    crowd.take_up(told=False)
    crowd.restart(crashes)
    with suppress(CrashError):
        for _ in range(2):
            crowd.reconciler.look_at(LookAtJob(sent[IN_LINE]), Lane.STATE)
    crowd.restart()

    crowd.sweep(later=2 * MINUTE)

    assert [job.job_id for job in crowd.in_line(ada)] == sent[1 : IN_LINE + 1]
    assert crowd.of(sent[-1]).reason is Reason.WAITING_FOR_TURN
    assert crowd.of(sent[0]).status is JobStatus.RUNNING
