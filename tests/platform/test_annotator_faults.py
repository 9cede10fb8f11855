"""Annotators that die, stop, freeze and come back: no job is lost, none is done twice, no byte is wrong."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from gas.domain.outputs import Output
from gas.domain.plan import Plan
from tests.support.desk import KEPT, Desk
from tests.support.gateway import Gateway, Hold
from tests.support.long_inputs import long_vcf
from tests.support.process_families import children_of, lives
from tests.support.slow_line import PAUSE_SECONDS, PIECE, SlowLine

pytestmark = pytest.mark.kube

STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "claim": ("UpdateItem", ("lease_holder", '"Running"')),
    "download": ("GetObject", ()),
    "first upload": ("PutObject", (".annot.vcf.gz",)),
    "last upload": ("PutObject", (".provenance.json",)),
    "finish": ("UpdateItem", ('"Completed"',)),
    "hint": ("Publish", ("finished",)),
    "deletion of the message": ("DeleteMessage", ()),
}
"""Calls of an annotator on its way through a job, in order."""

DEATHS = (
    ("claim", False),
    ("claim", True),
    ("download", False),
    ("first upload", False),
    ("first upload", True),
    ("last upload", True),
    ("finish", False),
    ("finish", True),
    ("hint", True),
    ("deletion of the message", True),
)
"""At which call an annotator dies, and whether after it took effect: dying before the next call is the same."""

FREEZES = (("download", False), ("first upload", False), ("finish", False))
"""At which call an annotator is stopped for longer than its lease, and then goes on."""

UPLOADS_OF_FROZEN = (0, 1, len(Output))
"""How many files each of them uploads in all: the call that it was stopped in, and none after it woke up."""

PRECIOUS = ("history", "fence", "attempts", "s3_key_result_file", "result_sha256", "complete_time")
"""What no late annotator may touch."""

LONG = 1500
"""Records of the long file, for each of the short one's: it runs for some seconds."""


@dataclass
class Victim:
    """An annotator that is killed or stopped at one of its calls."""

    label: str
    gateway: Gateway
    hold: Hold
    struck: bool = False


@dataclass
class Massacre:
    """What was done to a batch of jobs, and the hash that an undisturbed job had."""

    jobs: list[str]
    sha256: str
    struck: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    """The records when all had completed, before the stopped annotators went on."""
    frozen_uploads: list[int] = field(default_factory=list)
    """How many files each stopped annotator uploaded in all."""


@pytest.fixture(scope="module")
def massacre(session_desk: Desk) -> Iterator[Massacre]:
    """Many annotators: each is killed or frozen at another call. Then one does their work, and the frozen thaw."""
    desk = session_desk
    user, undisturbed = desk.user(), desk.name("undisturbed")
    desk.send(user, undisturbed, retentionSeconds=KEPT)
    desk.wait([undisturbed], "Completed")
    story = Massacre(desk.names("victim", len(DEATHS) + len(FREEZES)), desk.result_sha256(undisturbed))
    desk.kill("annotator")
    desk.send(user, *story.jobs, backoffLimit=10, retentionSeconds=KEPT)
    desk.wait(story.jobs, "Queued")
    with ExitStack() as gateways:
        dying = [_victim(desk, gateways, "dying", *death) for death in DEATHS]
        frozen = [_victim(desk, gateways, "frozen", *freeze) for freeze in FREEZES]
        desk.until(lambda: _all_struck(desk, dying, frozen), lambda: f"holds of {dying + frozen}")
        desk.start("annotator")
        desk.wait(story.jobs, "Completed")
        story.struck = [victim.label for victim in dying + frozen]
        story.records = [desk.record(name) for name in story.jobs]
        for victim in frozen:
            _thaw(desk, victim)
            story.frozen_uploads.append(_uploaded(victim.gateway))
            desk.kill(victim.label)
    yield story
    desk.heal()


def _victim(desk: Desk, gateways: ExitStack, fate: str, step: str, after: bool) -> Victim:  # noqa: FBT001 - see DEATHS
    gateway = gateways.enter_context(Gateway(desk.platform.endpoint))
    operation, texts = STEPS[step]
    label = f"{fate}-{'after' if after else 'before'}-{step.replace(' ', '-')}"
    victim = Victim(label, gateway, gateway.hold(operation, *texts, after=after))
    desk.start_annotator(label, gateway, short_lease=True)
    return victim


def _all_struck(desk: Desk, dying: list[Victim], frozen: list[Victim]) -> bool:
    """Kill or stop every victim that has come to its call; true when all have."""
    for victim in dying + frozen:
        if not victim.hold.is_held or victim.struck:
            continue
        victim.struck = True
        if victim in frozen:
            desk.signal(victim.label, signal.SIGSTOP)
        else:
            desk.kill(victim.label)
            victim.hold.drop()
    return all(victim.struck for victim in dying + frozen)


def _thaw(desk: Desk, victim: Victim) -> None:
    """Let a stopped victim go on, until it has given its job up."""
    deleted_before = victim.gateway.count("DeleteMessage")
    victim.hold.release()
    desk.signal(victim.label, signal.SIGCONT)
    desk.until(lambda: victim.gateway.count("DeleteMessage") > deleted_before, "it to give up")


def _uploaded(gateway: Gateway) -> int:
    """How many files: the SDK sends one again when the answer does not come in time, as to somebody who is stopped."""
    return len({seen.text.partition(" ")[0] for seen in gateway.seen if seen.operation == "PutObject"})


def test_killed_at_every_call(massacre: Massacre, desk: Desk) -> None:
    """Whichever call an annotator dies at, its job completes exactly once."""
    assert len(massacre.struck) == len(DEATHS) + len(FREEZES)
    for name in massacre.jobs:
        history = desk.history(name)
        assert history[-1] == "Completed"
        assert history.count("Completed") == 1


def test_results_after_kills(massacre: Massacre, desk: Desk) -> None:
    """The results are those of an undisturbed run, byte for byte, and the pointers name the finishing attempt."""
    for name in massacre.jobs:
        record = desk.record(name)
        assert desk.result_sha256(name) == record["result_sha256"] == massacre.sha256
        assert f"~f{record['fence']}~" in record["s3_key_result_file"]


def test_mails_after_kills(massacre: Massacre, desk: Desk) -> None:
    """Each owner hears once."""
    for name in massacre.jobs:
        desk.wait_mails_about(name, "Your file is annotated")


def test_frozen_past_the_lease(massacre: Massacre, desk: Desk) -> None:
    """An annotator that wakes up after it lost its lease changes nothing: neither record nor result."""
    assert massacre.frozen_uploads == list(UPLOADS_OF_FROZEN)
    for before in massacre.records:
        after = desk.record(before["job_id"])
        assert [after[name] for name in PRECIOUS] == [before[name] for name in PRECIOUS]


def test_random_kills(massacre: Massacre, desk: Desk) -> None:
    """Two annotators that are killed at random times take twenty jobs to their ends: none lost, none done twice."""
    dice = random.Random(20)
    names, labels = desk.names("lottery", 20), ["first", "second"]
    desk.kill("annotator")
    for label in labels:
        desk.start_annotator(label, short_lease=True)

    desk.send(desk.user(), *names, backoffLimit=10, retentionSeconds=KEPT)
    for finished in range(3, 18, 4):
        desk.until(lambda finished=finished: _completed(desk, names) >= finished, f"{finished} jobs")  # type: ignore[misc]
        label = dice.choice(labels)
        desk.kill(label)
        desk.start_annotator(label, short_lease=True)
    desk.wait(names, "Completed")

    for name in names:
        assert desk.history(name).count("Completed") == 1
        assert desk.result_sha256(name) == massacre.sha256
        desk.wait_mails_about(name, "Your file is annotated")
    massacre.jobs += names


def _completed(desk: Desk, names: list[str]) -> int:
    seen = desk.resources()
    return sum(seen.get(name, {}).get("status", {}).get("phase") == "Completed" for name in names)


def test_backoff_limit(massacre: Massacre, desk: Desk) -> None:
    """A job whose annotator dies once more than `backoffLimit` allows fails, with one e-mail."""
    user, name = desk.user(), desk.name("cursed")
    desk.kill("annotator")
    desk.send(user, name, backoffLimit=1)
    for label in ("first", "second"):
        hold = desk.gates["annotator"].hold("GetObject", name)
        desk.start_annotator(label, short_lease=True)
        hold.wait()
        desk.kill(label)
        hold.drop()

    desk.wait([name], "Failed")

    assert desk.ready(name)["reason"] == "AttemptsExhausted"
    assert desk.history(name) == ["Pending", "Queued", "Running", "Queued", "Running", "Failed"]
    desk.wait_mails_about(name, "Your file could not be annotated")


def test_long_runs_cut_short(massacre: Massacre, desk: Desk) -> None:
    """An annotator without time to drain hands its job back at no cost; a killed one's child dies with it."""
    user, name = desk.user(Plan.PREMIUM), desk.name("long")
    desk.kill("annotator")
    desk.send(user, name, content=long_vcf(desk.files["free"], LONG))
    with Gateway(desk.platform.endpoint) as hurry, Gateway(desk.platform.endpoint) as death:
        desk.start_annotator("hurried", hurry, GAS_ANNOTATOR__DRAIN_SECONDS="0")
        desk.until(lambda: hurry.count("Publish", "progressed") > 0, "progress of the first run")
        desk.signal("hurried", signal.SIGTERM)
        desk.until(lambda: not desk.platform.part_runs("hurried"), "the annotator to end")
        after_hand_back = desk.record(name)
        desk.start_annotator("killed", death, short_lease=True)
        desk.until(lambda: death.count("Publish", "progressed") > 0, "progress of the second run")
        group = desk.platform.up["parts"]["killed"]["pid"]
        (nursery,) = children_of(group)
        (child,) = children_of(nursery)
        os.kill(group, signal.SIGKILL)
        desk.until(lambda: not lives(child), "the child to die with its parent")
    desk.start("annotator")
    desk.wait([name], "Completed")

    record = desk.record(name)
    assert (after_hand_back["job_status"], after_hand_back["attempts"]) == ("Queued", 0)
    assert hurry.count("PutObject") == death.count("PutObject") == 0
    assert desk.history(name) == ["Pending", "Queued", *["Running", "Queued"] * 2, "Running", "Completed"]
    assert (record["fence"], record["attempts"]) == (3, 1)
    assert record["variants"] == LONG * 350
    assert desk.result_sha256(name) == record["result_sha256"]


def test_stopped_while_the_input_comes_slowly(desk: Desk) -> None:
    """A slow download ends with the drain time, and the job is handed back at no cost."""
    user, name = desk.user(Plan.PREMIUM), desk.name("slow")
    content = long_vcf(desk.files["free"], LONG // 5)
    desk.kill("annotator")
    desk.send(user, name, content=content)
    with Gateway(desk.platform.endpoint) as gateway, SlowLine(gateway.address) as line:
        desk.start_annotator(
            "slow", gateway, GAS_AWS__ENDPOINT_URL=line.address, GAS_ANNOTATOR__DRAIN_SECONDS="2"
        )
        desk.until(lambda: line.full_pieces > 4, "the first bytes of the input")
        # What earlier jobs left in the queue it has deleted before.
        deleted_before = gateway.count("DeleteMessage")
        pieces_before, told = line.full_pieces, time.monotonic()
        desk.signal("slow", signal.SIGTERM)
        desk.until(lambda: not desk.platform.part_runs("slow"), "the annotator to end")
        seconds = time.monotonic() - told
        pieces, uploads = line.full_pieces, gateway.count("PutObject")
        after = desk.record(name)
        deleted = gateway.count("DeleteMessage") - deleted_before
    desk.start("annotator")
    desk.wait([name], "Completed")

    assert pieces_before < pieces < len(content) / PIECE / 2
    assert 2 <= seconds < len(content) / PIECE * PAUSE_SECONDS / 2
    assert (after["job_status"], after["attempts"], uploads, deleted) == ("Queued", 0, 0, 1)
    assert desk.history(name) == ["Pending", "Queued", "Running", "Queued", "Running", "Completed"]
    record = desk.record(name)
    assert (record["fence"], record["attempts"]) == (2, 0)


def test_drain(massacre: Massacre, desk: Desk) -> None:
    """On SIGTERM an annotator finishes its job, and takes no other, if the drain time allows."""
    user, first, second = desk.user(), desk.name("first"), desk.name("second")
    gate = desk.gates["annotator"]
    hold = gate.hold("PutObject", first)
    desk.send(user, first)
    hold.wait()
    desk.send(user, second)
    desk.wait([second], "Queued")

    desk.signal("annotator", signal.SIGTERM)
    hold.release()
    desk.until(lambda: not desk.platform.part_runs("annotator"), "the annotator to end")
    states = (desk.record(first)["job_status"], desk.record(second)["job_status"])
    desk.heal()
    desk.wait([second], "Completed", "Archived")

    assert states[0] in {"Completed", "Archived"}
    assert states[1] == "Queued"
    assert desk.record(first)["fence"] == desk.record(second)["fence"] == 1


def test_no_leftovers(massacre: Massacre, desk: Desk) -> None:
    """In the end nothing is left of the attempts that were lost: each job has the files of its last attempt."""

    def leftovers() -> dict[str, list[str]]:
        found = {name: desk.objects(name) for name in massacre.jobs}
        fences = {name: f"f{desk.record(name)['fence']}~" for name in massacre.jobs}
        return {
            name: sorted(keys)
            for name, keys in found.items()
            if len(keys) != len(Output) or any(not key.startswith(fences[name]) for key in keys)
        }

    desk.until(lambda: not leftovers(), lambda: f"leftovers to go: {leftovers()}")
