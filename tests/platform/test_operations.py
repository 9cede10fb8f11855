"""What operations staff do with kubectl, and what the jobs do about it.

Most of it is waiting, so the stories that do not disturb each other are told side by side, each in a thread; a test
each says how its story went.
"""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dev.measure.metrics import counted
from gas.domain.plan import Plan
from gas.domain.record import Intents
from tests.support.desk import KEPT, Desk
from tests.support.long_inputs import long_vcf
from tests.support.process_families import lives
from tests.support.stories import Stories, Told

pytestmark = pytest.mark.kube

RESULT = "f1~sample.annot.vcf.gz"
DONE = ["Pending", "Queued", "Running", "Completed"]
CLAIM = ("lease_holder", '"Running"')
"""What tells the claim of a job from other writes to its record."""

STORIES = Stories()


@pytest.fixture(scope="module")
def told(session_desk: Desk) -> Iterator[Told]:
    """All stories of this module."""
    with STORIES.telling(session_desk, more_annotators=3) as told:
        yield told


def _drift(desk: Desk) -> float:
    metrics = desk.platform.metrics_of("controllers")
    return counted(metrics, "gas_controllers_drift_total", kind="status")


def _reasons(desk: Desk, names: list[str]) -> dict[str, tuple[str, str]]:
    seen = desk.resources()
    return {n: (seen[n]["status"]["phase"], desk.ready(n)["reason"]) for n in names}


@STORIES.story
def suspend_and_resume(desk: Desk) -> None:
    """A suspended job waits as Pending, a running one is called off at no cost, and both go on when told to."""
    user, waiting, running = desk.user(), desk.name("waiting"), desk.name("running")
    hold = desk.gates["annotator"].hold("GetObject", running)
    desk.send(user, waiting, suspend=True, retentionSeconds=KEPT)
    desk.send(user, running, retentionSeconds=KEPT)
    hold.wait()
    desk.wait([running], "Running")

    desk.patch(running, {"suspend": True})
    desk.wait([waiting, running], "Pending")
    hold.release()
    suspended = _reasons(desk, [waiting, running])
    for name in (waiting, running):
        desk.patch(name, {"suspend": False})
    desk.wait([waiting, running], "Completed")

    assert suspended == dict.fromkeys([waiting, running], ("Pending", "Suspended"))
    assert desk.history(waiting) == DONE
    assert desk.history(running) == ["Pending", "Queued", "Running", *DONE]
    assert (desk.record(running)["fence"], desk.record(running)["attempts"]) == (2, 0)


@STORIES.story
def a_running_child_is_stopped(desk: Desk) -> None:
    """Cancelling a job ends its run within a lease, even one that would never end by itself."""
    user, name, following = desk.user(Plan.PREMIUM), desk.name("long"), desk.name("following")
    gate = desk.gates["annotator"]
    desk.send(user, name, content=long_vcf(desk.files["free"], 1000))
    desk.until(lambda: gate.count("Publish", name, "started") == 1, "the run to begin")
    desk.until(lambda: desk.child_at_work_on(name) is not None, "the child")
    child = desk.child_at_work_on(name)
    assert child is not None
    os.kill(child, signal.SIGSTOP)

    desk.patch(name, {"cancel": True})
    desk.wait([name], "Cancelled")
    desk.until(lambda: not lives(child), "the child to be ended")
    desk.send(user, following)
    desk.wait([following], "Completed", "Archived")

    assert desk.history(name) == ["Pending", "Queued", "Running", "Cancelled"]
    assert gate.count("PutObject", name) == 0
    assert desk.mails_about(name) == []


@STORIES.story
def cancel(desk: Desk) -> None:
    """`cancel: true` ends a job that waits, through kubectl or the web, and changes nothing on a finished one."""
    user = desk.user()
    done, queued, web = desk.name("done"), desk.name("queued"), desk.name("web")
    desk.send(user, done, retentionSeconds=KEPT)
    desk.wait([done], "Completed")
    claims = [desk.gates["annotator"].hold("UpdateItem", name, *CLAIM) for name in (queued, web)]
    desk.send(user, queued, web)
    for claim in claims:
        claim.wait()

    desk.patch(queued, {"cancel": True})
    desk.patch(done, {"cancel": True})
    desk.ports.jobs.add_intents(web, Intents(cancel_requested=datetime.now(UTC)), datetime.now(UTC))
    desk.wait([queued, web], "Cancelled")
    for claim in claims:
        claim.release()
    desk.until(lambda: desk.resource(done)["status"]["observedGeneration"] == 2)

    assert desk.history(done) == DONE
    assert desk.history(queued) == desk.history(web) == ["Pending", "Queued", "Cancelled"]
    assert desk.ready(done)["status"] == "True"
    assert desk.ready(queued)["reason"] == "Cancelled"


@STORIES.story
def active_deadline(desk: Desk) -> None:
    """A job that has not ended by its deadline fails, whether it waits, is suspended or runs."""
    user, gate = desk.user(), desk.gates["annotator"]
    running, queued, suspended = desk.name("running"), desk.name("queued"), desk.name("suspended")
    holds = [gate.hold("GetObject", running), gate.hold("UpdateItem", queued, *CLAIM)]
    desk.send(user, running, queued)
    desk.send(user, suspended, suspend=True)
    for hold in holds:
        hold.wait()
    desk.wait([suspended], "Pending")

    for name in (running, queued, suspended):
        desk.patch(name, {"activeDeadlineSeconds": 1})
    desk.wait([running, queued, suspended], "Failed")
    for hold in holds:
        hold.release()

    for name in (running, queued, suspended):
        assert desk.ready(name)["reason"] == "DeadlineExceeded"
    assert desk.history(running) == ["Pending", "Queued", "Running", "Failed"]
    assert desk.history(queued) == ["Pending", "Queued", "Failed"]
    assert desk.history(suspended) == ["Pending", "Failed"]
    desk.until(lambda: len(desk.mails_to(user)) == 3, "three e-mails about failures")


@STORIES.story
def ttl_after_finished(desk: Desk) -> None:
    """The resource goes when its time is over, the record and the result stay; a restore makes the resource again."""
    user, kept, back = desk.user(), desk.name("kept"), desk.name("back")
    desk.send(user, kept, ttlSecondsAfterFinished=2, retentionSeconds=KEPT)
    desk.send(user, back, ttlSecondsAfterFinished=2)

    desk.until(lambda: desk.record(back).get("job_status") == "Archived")
    desk.until(lambda: desk.record(kept).get("job_status") == "Completed")
    desk.until(lambda: {kept, back}.isdisjoint(desk.resources()), "the resources to be removed")
    desk.until(lambda: RESULT not in desk.objects(back), "the hot bytes to go")
    after_removal = desk.record(kept)
    # Held in the middle, so that the resource cannot come and go unseen.
    copy = desk.gates["controllers"].hold("CopyObject", back)
    desk.upgrade(user)
    desk.wait([back], "Restoring")
    copy.release()
    desk.until(lambda: desk.record(back)["job_status"] == "Restored")

    assert after_removal["resource"]["state"] == "Expired"
    assert after_removal["job_status"] == "Completed"
    assert RESULT in desk.objects(kept)
    desk.until(lambda: back not in desk.resources(), "the resource to be removed again")
    assert desk.history(back).count("Restoring") == 1


@STORIES.story
def deletion_of_the_resource(desk: Desk) -> None:
    """Deleting the resource cancels an unfinished job and leaves the data of a finished one."""
    user = desk.user()
    unfinished, finished = desk.name("unfinished"), desk.name("finished")
    desk.send(user, unfinished, suspend=True)
    desk.send(user, finished, retentionSeconds=KEPT)
    desk.wait([unfinished], "Pending")
    desk.wait([finished], "Completed")

    desk.kubectl("delete", "aj", unfinished, finished)
    desk.until(lambda: desk.record(unfinished)["job_status"] == "Cancelled")
    desk.until(lambda: desk.record(finished)["resource"]["state"] == "Deleted")

    assert desk.record(finished)["job_status"] == "Completed"
    assert RESULT in desk.objects(finished)
    assert {unfinished, finished}.isdisjoint(desk.resources())


@STORIES.story
def deletion_policy_delete(desk: Desk) -> None:
    """With `deletionPolicy: Delete` the data goes with the resource, hot or archived, and nothing revives the job."""
    user, hot, cold = desk.user(), desk.name("hot"), desk.name("cold")
    desk.send(user, hot, deletionPolicy="Delete", retentionSeconds=KEPT)
    desk.send(user, cold, deletionPolicy="Delete", archivePolicy="Immediate")
    desk.wait([hot], "Completed")
    desk.wait([cold], "Archived")

    desk.kubectl("delete", "aj", hot, cold)
    for name in (hot, cold):
        desk.until(lambda name=name: desk.record(name)["job_status"] == "Deleted")  # type: ignore[misc]
        desk.until(lambda name=name: desk.objects(name) == {}, lambda name=name: str(desk.objects(name)))  # type: ignore[misc]
    inputs = desk.objects(hot, "inputs") | desk.objects(cold, "inputs")
    desk.upgrade(user)
    desk.send(user, hot)
    desk.wait([hot], "Failed")

    assert inputs == {}
    assert desk.ready(hot)["reason"] == "NameTaken"
    assert [desk.record(name)["job_status"] for name in (hot, cold)] == ["Deleted", "Deleted"]
    assert desk.objects(hot) == {}


@STORIES.story
def archive_policies(desk: Desk) -> None:
    """Never stays, Immediate goes at once, and a change of the policy moves the bytes either way."""
    user = desk.user()
    never, immediate, changed = desk.name("never"), desk.name("immediate"), desk.name("changed")
    desk.send(user, never, changed, archivePolicy="Never", retentionSeconds=0)
    desk.send(user, immediate, archivePolicy="Immediate", retentionSeconds=KEPT)
    desk.wait([never, changed], "Completed")
    desk.wait([immediate], "Archived")
    reasons = _reasons(desk, [never, immediate])

    desk.patch(changed, {"archivePolicy": "FollowPlan"})
    desk.wait([changed], "Archived")
    desk.patch(changed, {"archivePolicy": "Never"})
    desk.patch(immediate, {"archivePolicy": "Never"})
    desk.wait([changed, immediate], "Restored")

    assert reasons == {never: ("Completed", "PolicyNever"), immediate: ("Archived", "PolicyImmediate")}
    assert desk.history(never) == DONE
    assert desk.history(changed)[3:] in (
        ["Completed", "Archived", "Restored"],
        ["Completed", "Archived", "Restoring", "Restored"],
    )
    for name in (changed, immediate):
        assert desk.result_sha256(name) == desk.record(name)["result_sha256"]


@STORIES.story
def restore_by_kubectl(desk: Desk) -> None:
    """Operations bring back a free user's result; the restore holds for one retention, then it is archived again."""
    user, name = desk.user(), desk.name("wanted")
    desk.send(user, name, retentionSeconds=0)
    desk.wait([name], "Archived")
    desk.until(lambda: RESULT not in desk.objects(name), "the hot bytes to go")

    request = {"requestTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "tier": "Standard"}
    desk.patch(name, {"restore": request, "retentionSeconds": KEPT})
    desk.wait([name], "Restored")
    reason, sha256 = desk.ready(name)["reason"], desk.result_sha256(name)
    desk.patch(name, {"retentionSeconds": 1})
    desk.wait([name], "Archived")

    assert reason == "RetentionRunning"
    assert sha256 == desk.record(name)["result_sha256"]
    assert desk.history(name)[3:] == ["Completed", "Archived", "Restoring", "Restored", "Archived"]
    desk.wait_mails_about(name, "Your file is annotated", "Your result can be downloaded again")


@STORIES.story
def status_is_repaired(desk: Desk) -> None:
    """A status that an administrator wrote is put right from the record, and counted as drift."""
    user, name = desk.user(), desk.name("tampered")
    desk.send(user, name, retentionSeconds=KEPT)
    desk.wait([name], "Completed")
    desk.wait_mails_about(name, "Your file is annotated")
    # A change that shows: the lie is told apart by the version of the record, which the mail has moved.
    desk.patch(name, {"retentionSeconds": KEPT + 1})
    desk.until(lambda: desk.resource(name)["status"]["observedGeneration"] == 2)
    before, drift = _shown(desk, name), _drift(desk)

    lie = '{"status":{"phase":"Archived","variants":1,"archiveID":"archive/nowhere"}}'
    desk.kubectl("patch", "aj", name, "--subresource=status", "--type=merge", f"--patch={lie}")
    desk.until(lambda: _drift(desk) > drift, "the drift to be counted")
    desk.until(lambda: _shown(desk, name) == before, "the status to be repaired")

    assert desk.history(name) == DONE


def _shown(desk: Desk, name: str) -> dict[str, Any]:
    """A status without the version of the record that it was derived from."""
    status = dict(desk.resource(name)["status"])
    status.pop("recordVersion")
    return status


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    """The story goes as its docstring says."""
    told[name].result()
