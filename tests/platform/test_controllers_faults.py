"""Controllers that die in the middle of moving bytes, lose their cluster, or lose AWS: the end state is the same."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gas.domain.outputs import Output
from tests.support.desk import Desk
from tests.support.gateway import Hold

pytestmark = pytest.mark.kube

RESULT = "f1~sample.annot.vcf.gz"
Call = tuple[str, str]
ARCHIVING: dict[str, Call] = {
    "note of the copying": ("UpdateItem", '"archiving"'),
    "copy": ("CopyObject", "-results/archive/"),
    "commit": ("UpdateItem", '"Archived"'),
    "note of the deletion": ("UpdateItem", '"hot_deletion"'),
    "deletion": ("DeleteObjects", ""),
}
RESTORING: dict[str, Call] = {
    "move": ("UpdateItem", '"Restoring"'),
    "retrieval": ("RestoreObject", ""),
    "copy": ("CopyObject", ""),
    "commit": ("UpdateItem", '"Restored"'),
    "deletion": ("DeleteObject", "-results/archive/"),
}
"""The calls that move a result one way and the other, each with a text that tells it from others."""


@dataclass
class Moved:
    """Jobs whose results went into the archive and back, with the controllers killed in the middle of each move."""

    user: str
    jobs: list[str]
    hashes: dict[str, str]
    places: list[set[str]]
    """Where the bytes of each job's result were at the moments of the kills."""
    unwatched: str
    """A job whose resource was deleted, with the wish to delete its data, while no controllers ran."""


def _hold_all(desk: Desk, calls: dict[str, Call], names: list[str]) -> list[Hold]:
    """One hold for each call, before and after it took effect, each on a job of its own."""
    gate = desk.gates["controllers"]
    points = [(call, after) for call in calls.values() for after in (False, True)]
    return [
        gate.hold(operation, f"{name}", text, after=after)
        for ((operation, text), after), name in zip(points, names, strict=False)
    ]


def _kill_when_held(desk: Desk, holds: list[Hold]) -> None:
    for hold in holds:
        hold.wait()
    desk.kill("controllers")
    for hold in holds:
        hold.drop()


def _places(desk: Desk, names: list[str]) -> list[set[str]]:
    return [{RESULT, f"archive/{RESULT}"} & set(desk.objects(name)) for name in names]


@pytest.fixture(scope="module")
def moved(session_desk: Desk) -> Iterator[Moved]:
    """Ten results: the controllers die once with ten archivings under way, and once with ten restorings."""
    desk = session_desk
    user, names, unwatched = desk.user(), desk.names("moved", 2 * len(ARCHIVING)), desk.name("unwatched")
    desk.send(user, *names, archivePolicy="Never")
    desk.send(user, unwatched, archivePolicy="Never", deletionPolicy="Delete")
    desk.wait([*names, unwatched], "Completed")
    desk.until(lambda: len(desk.mails_to(user)) == len(names) + 1, "the e-mails about completion")
    story = Moved(user, names, {name: desk.result_sha256(name) for name in names}, [], unwatched)
    archiving = _hold_all(desk, ARCHIVING, names)
    desk.apply(*(desk.manifest(user, name, archivePolicy="FollowPlan", retentionSeconds=0) for name in names))
    _kill_when_held(desk, archiving)
    story.places += _places(desk, names)
    desk.kubectl("delete", "aj", unwatched)
    desk.start("controllers")
    desk.wait(names, "Archived")
    desk.until(lambda: not any(RESULT in desk.objects(name) for name in names), "the hot bytes to go")
    restoring = _hold_all(desk, RESTORING, names)
    desk.upgrade(user)
    _kill_when_held(desk, restoring)
    story.places += _places(desk, names)
    desk.start("controllers")
    desk.wait(names, "Restored")
    desk.until(lambda: not any(desk.archive_id(name) for name in names), "the archived copies to go")
    yield story
    desk.heal()


def test_killed_while_bytes_move(moved: Moved, desk: Desk) -> None:
    """Whichever call of a move the controllers die at, the result ends Restored, the same bytes, without a copy left."""
    for name in moved.jobs:
        assert desk.result_sha256(name) == moved.hashes[name]
        assert len(desk.objects(name)) == len(Output)
        assert desk.history(name)[3:] == ["Completed", "Archived", "Restoring", "Restored"]


def test_bytes_are_never_nowhere(moved: Moved) -> None:
    """At the moment of each kill the result was in at least one of its two places."""
    assert len(moved.places) == 2 * len(moved.jobs) == 20
    assert all(moved.places)


def test_unwatched_deletion(moved: Moved, desk: Desk) -> None:
    """A resource that was deleted while nobody watched is missed when its job is next looked at, and obeyed then."""
    desk.until(lambda: desk.record(moved.unwatched)["job_status"] == "Deleted", "the deletion to be obeyed")
    desk.until(lambda: desk.objects(moved.unwatched) == {}, "the data to go")


def test_mails_after_kills(moved: Moved, desk: Desk) -> None:
    """A killed sender may lose a mail; it never doubles one."""
    desk.until(lambda: all(_restoration_told(desk, name) for name in moved.jobs), "the e-mails to be claimed")
    subjects = desk.mails_to(moved.user)

    assert subjects.count("Your file is annotated") == len(moved.jobs) + 1
    assert subjects.count("Your archived results are being restored") <= 1
    assert len(subjects) <= len(moved.jobs) + 2


def _restoration_told(desk: Desk, name: str) -> bool:
    return any(claim.startswith("restored:") for claim in desk.record(name)["claimed_mails"])


def test_events_after_kills(moved: Moved, desk: Desk) -> None:
    """No move is told twice in Events, though the pass that told it was made again."""
    for name in moved.jobs:
        events = desk.kubectl(
            "get", "events", f"--field-selector=involvedObject.name={name}", "--output=name"
        ).split()
        assert len(events) <= len(desk.history(name))


def test_api_server_restarts(desk: Desk) -> None:
    """The API server may die and come back at any time: jobs go on by their records, and resources catch up."""
    user, names = desk.user(), desk.names("bereft", 3)
    hold = desk.gates["annotator"].hold("GetObject", names[0])
    desk.send(user, *names)
    hold.wait()

    desk.platform.control_plane.stop_apiserver(kill=True)
    hold.release()
    desk.until(
        lambda: desk.record(names[0])["job_status"] != "Running", "the job to go on without the cluster"
    )
    desk.platform.control_plane.start_apiserver()
    desk.wait(names, "Archived")
    desk.upgrade(user)
    desk.platform.control_plane.restart_apiserver(kill=True)
    desk.wait(names, "Restored")

    for name in names:
        assert desk.history(name)[:5] == ["Pending", "Queued", "Running", "Completed", "Archived"]
        assert desk.result_sha256(name) == desk.record(name)["result_sha256"]
    desk.until(lambda: len(desk.mails_to(user)) > len(names), "the e-mails")
    assert desk.mails_to(user).count("Your file is annotated") == len(names)
    assert desk.mails_to(user).count("Your archived results are being restored") == 1


def test_aws_fails_for_a_while(desk: Desk) -> None:
    """While AWS answers with errors nothing moves and nothing is lost; afterwards everything goes on by itself."""
    user, held, new = desk.user(), desk.name("held"), desk.name("new")
    gates = desk.gates
    hold = gates["annotator"].hold("PutObject", held)
    desk.send(user, held)
    hold.wait()

    for gate in gates.values():
        gate.fail("UpdateItem", code="ProvisionedThroughputExceededException", count=None)
        gate.fail("ReceiveMessage", code="ThrottlingException", count=None)
        gate.fail("*", code="InternalError", count=None)
    hold.release()
    desk.send(user, new)
    seen = {name: len(gate.seen) for name, gate in gates.items()}
    desk.until(lambda: all(len(gate.seen) > seen[name] + 5 for name, gate in gates.items()), "many errors")
    meanwhile = (desk.record(held)["job_status"], desk.record(new))
    for gate in gates.values():
        gate.clear()
    desk.wait([held, new], "Archived")

    assert meanwhile == ("Running", {})
    for name in (held, new):
        assert desk.history(name).count("Completed") == 1
        desk.wait_mails_about(name, "Your file is annotated")
