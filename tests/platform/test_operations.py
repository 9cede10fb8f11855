"""What operations staff do with kubectl, and what the jobs do about it."""

import signal
from datetime import UTC, datetime
from typing import Any

import pytest

from gas.domain.job import Job, created
from gas.domain.plan import Plan
from gas.domain.record import Intents
from gas.domain.spec import InputRef
from tests.support.desk import FILE_NAME, Desk, long_vcf

pytestmark = pytest.mark.kube

RESULT = "f1~sample.annot.vcf.gz"
DONE = ["Pending", "Queued", "Running", "Completed"]


def _web_record(desk: Desk, user: str, name: str) -> Job:
    """A job as the web makes it: a record alone."""
    source = InputRef(f"{desk.instance}-inputs", desk.input_key(user, name), FILE_NAME)
    return created(Job(name, user, source, "rCRS", datetime.now(UTC)))


def _reasons(desk: Desk, names: list[str]) -> dict[str, tuple[str, str]]:
    seen = desk.resources()
    return {n: (seen[n]["status"]["phase"], desk.ready(n)["reason"]) for n in names}


def test_suspend_and_resume(desk: Desk) -> None:
    """A suspended job waits as Pending, a running one is called off at no cost, and both go on when told to."""
    user, waiting, running = desk.user(), desk.name("waiting"), desk.name("running")
    hold = desk.gates["annotator"].hold("GetObject", running)
    desk.submit(user, waiting, suspend=True)
    desk.submit(user, running)
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


def test_a_running_child_is_stopped(desk: Desk) -> None:
    """Cancelling a job in the middle of a long run ends the run within a lease, not at its own end."""
    user, name, following = desk.user(Plan.PREMIUM), desk.name("long"), desk.name("following")
    gate = desk.gates["annotator"]
    desk.submit(user, name, content=long_vcf(desk.files["free"], 4000))
    desk.until(lambda: gate.count("Publish", name, "started") == 1)

    desk.patch(name, {"cancel": True})
    desk.wait([name], "Cancelled")
    desk.submit(user, following)
    desk.wait([following], "Completed")

    assert desk.history(name) == ["Pending", "Queued", "Running", "Cancelled"]
    assert gate.count("PutObject", name) == 0
    assert desk.mails_about(name) == []


def test_cancel(desk: Desk) -> None:
    """`cancel: true` ends a job that waits, through kubectl or the web, and changes nothing on a finished one."""
    user = desk.user()
    done, queued, web = desk.name("done"), desk.name("queued"), desk.name("web")
    desk.submit(user, done, retentionSeconds=600)
    desk.wait([done], "Completed")
    desk.signal("annotator", signal.SIGSTOP)
    desk.submit(user, queued, web)
    desk.wait([queued, web], "Queued")

    desk.patch(queued, {"cancel": True})
    desk.patch(done, {"cancel": True})
    desk.ports.jobs.add_intents(web, Intents(cancel_requested=datetime.now(UTC)), datetime.now(UTC))
    desk.wait([queued, web], "Cancelled")
    desk.until(lambda: desk.resource(done)["status"]["observedGeneration"] == 2)

    assert desk.history(done) == DONE
    assert desk.ready(done)["status"] == "True"
    assert desk.ready(queued)["reason"] == "Cancelled"


def test_active_deadline(desk: Desk) -> None:
    """A job that has not ended by its deadline fails, whether it waits, is suspended or runs."""
    user = desk.user()
    running, queued, suspended = desk.name("running"), desk.name("queued"), desk.name("suspended")
    hold = desk.gates["annotator"].hold("GetObject", running)
    desk.submit(user, running, activeDeadlineSeconds=3)
    hold.wait()
    desk.submit(user, queued, activeDeadlineSeconds=1)
    desk.submit(user, suspended, activeDeadlineSeconds=1, suspend=True)

    desk.wait([running, queued, suspended], "Failed")
    hold.release()

    for name in (running, queued, suspended):
        assert desk.ready(name)["reason"] == "DeadlineExceeded"
    assert desk.history(running) == ["Pending", "Queued", "Running", "Failed"]
    assert desk.history(queued) == ["Pending", "Queued", "Failed"]
    assert desk.history(suspended) == ["Pending", "Failed"]
    desk.until(lambda: len(desk.mails_to(user)) == 3, "three e-mails about failures")


def test_backoff_limit(desk: Desk) -> None:
    """A job whose annotator dies once more than `backoffLimit` allows fails, with one e-mail."""
    user, name = desk.user(), desk.name("cursed")
    for attempt in (1, 2):
        hold = desk.gates["annotator"].hold("GetObject", name)
        if attempt == 1:
            desk.submit(user, name, backoffLimit=1)
        hold.wait()
        desk.kill("annotator")
        hold.drop()
        desk.start("annotator")

    desk.wait([name], "Failed")
    desk.until(lambda: bool(desk.mails_about(name)), "the e-mail about the failure")

    assert desk.ready(name)["reason"] == "AttemptsExhausted"
    assert desk.history(name) == ["Pending", "Queued", "Running", "Queued", "Running", "Failed"]
    assert desk.mails_about(name) == ["sample.vcf could not be annotated"]


def test_ttl_after_finished(desk: Desk) -> None:
    """The resource goes when its time is over, the record and the result stay; a restore makes the resource again."""
    user, kept, back = desk.user(), desk.name("kept"), desk.name("back")
    desk.submit(user, kept, ttlSecondsAfterFinished=1, retentionSeconds=600)
    desk.submit(user, back, ttlSecondsAfterFinished=1)

    desk.wait([kept, back], "Completed", "Archived")
    desk.until(lambda: desk.record(back)["job_status"] == "Archived")
    desk.until(lambda: {kept, back}.isdisjoint(desk.resources()), "the resources to be removed")
    desk.until(lambda: RESULT not in desk.objects(back), "the hot bytes to go")
    after_removal = desk.record(kept)
    desk.upgrade(user)
    desk.wait([back], "Restoring", "Restored")
    desk.until(lambda: desk.record(back)["job_status"] == "Restored")

    assert after_removal["resource"]["state"] == "Expired"
    assert after_removal["job_status"] == "Completed"
    assert RESULT in desk.objects(kept)
    desk.until(lambda: back not in desk.resources(), "the resource to be removed again")
    assert desk.history(back).count("Restoring") == 1


def test_deletion_of_the_resource(desk: Desk) -> None:
    """Deleting the resource cancels an unfinished job and leaves the data of a finished one, seen or unseen.

    A deletion that nobody watched is found when the job is next due.
    """
    user = desk.user()
    unfinished, finished, unseen = desk.name("unfinished"), desk.name("finished"), desk.name("unseen")
    desk.submit(user, unfinished, suspend=True)
    desk.submit(user, finished, retentionSeconds=600)
    desk.submit(user, unseen, retentionSeconds=5)
    desk.wait([unfinished], "Pending")
    desk.wait([finished, unseen], "Completed")

    desk.kubectl("delete", "aj", unfinished, finished)
    desk.until(lambda: desk.record(unfinished)["job_status"] == "Cancelled")
    desk.until(lambda: desk.record(finished)["resource"]["state"] == "Deleted")
    desk.kill("controllers")
    desk.kubectl("delete", "aj", unseen)
    desk.start("controllers")
    desk.until(lambda: desk.record(unseen)["resource"]["state"] == "Deleted")
    desk.until(lambda: desk.record(unseen)["job_status"] == "Archived")

    assert desk.record(finished)["job_status"] == "Completed"
    assert RESULT in desk.objects(finished)
    assert f"archive/{RESULT}" in desk.objects(unseen)
    assert {unfinished, finished, unseen}.isdisjoint(desk.resources())


def test_deletion_policy_delete(desk: Desk) -> None:
    """With `deletionPolicy: Delete` the data goes with the resource, hot or archived, and nothing revives the job."""
    user, hot, cold = desk.user(), desk.name("hot"), desk.name("cold")
    desk.submit(user, hot, deletionPolicy="Delete", retentionSeconds=600)
    desk.submit(user, cold, deletionPolicy="Delete", archivePolicy="Immediate")
    desk.wait([hot], "Completed")
    desk.wait([cold], "Archived")

    desk.kubectl("delete", "aj", hot, cold)
    for name in (hot, cold):
        desk.until(lambda name=name: desk.record(name)["job_status"] == "Deleted")  # type: ignore[misc]
        desk.until(lambda name=name: desk.objects(name) == {}, lambda name=name: str(desk.objects(name)))  # type: ignore[misc]
    inputs = desk.objects(hot, "inputs") | desk.objects(cold, "inputs")
    desk.upgrade(user)
    desk.submit(user, hot)
    desk.wait([hot], "Failed")

    assert inputs == {}
    assert desk.ready(hot)["reason"] == "NameTaken"
    assert [desk.record(name)["job_status"] for name in (hot, cold)] == ["Deleted", "Deleted"]
    assert desk.objects(hot) == {}


def test_archive_policies(desk: Desk) -> None:
    """Never stays, Immediate goes at once, and a change of the policy moves the bytes either way."""
    user = desk.user()
    never, immediate, changed = desk.name("never"), desk.name("immediate"), desk.name("changed")
    desk.submit(user, never, changed, archivePolicy="Never", retentionSeconds=0)
    desk.submit(user, immediate, archivePolicy="Immediate", retentionSeconds=600)
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


def test_restore_by_kubectl(desk: Desk) -> None:
    """Operations bring back a free user's result; the restore holds for one retention, then it is archived again."""
    user, name = desk.user(), desk.name("wanted")
    desk.submit(user, name)
    desk.wait([name], "Archived")
    desk.until(lambda: RESULT not in desk.objects(name), "the hot bytes to go")

    request = {"requestTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "tier": "Standard"}
    desk.patch(name, {"restore": request})
    desk.wait([name], "Restored")
    reason, sha256 = desk.ready(name)["reason"], desk.result_sha256(name)
    desk.wait([name], "Archived")

    assert reason == "RetentionRunning"
    assert sha256 == desk.record(name)["result_sha256"]
    assert desk.history(name)[3:] == ["Completed", "Archived", "Restoring", "Restored", "Archived"]
    assert desk.mails_about(name) == ["sample.vcf is annotated", "sample.vcf can be downloaded again"]


def test_refusals(desk: Desk) -> None:
    """What cannot be accepted fails with its reason: nobody's name, file or limit can be borrowed."""
    user, other = desk.user(), desk.user()
    stolen, elsewhere, taken = desk.name("stolen"), desk.name("elsewhere"), desk.name("taken")
    missing, large, unknown = desk.name("missing"), desk.name("large"), desk.name("unknown")
    bucket = f"{desk.instance}-inputs"
    others = desk.put_input(other, stolen, desk.files["free"])
    taken_job = _web_record(desk, other, taken)
    desk.put_input(other, taken, desk.files["free"])
    desk.ports.jobs.create(taken_job)
    desk.wait([taken], "Completed", "Archived")
    desk.kubectl("delete", "aj", taken)

    def source(key: str, where: str = bucket) -> dict[str, Any]:
        return {"bucket": where, "key": key, "fileName": FILE_NAME}

    desk.apply(
        desk.manifest(user, stolen, input=source(others)),
        desk.manifest(user, elsewhere, input=source(desk.input_key(user, elsewhere), f"{bucket}-2")),
        desk.manifest(user, taken),
        desk.manifest(user, missing),
    )
    desk.submit(user, large, content=b"#" * 153_601)
    desk.submit(user, unknown, reference="hg19")
    names = [stolen, elsewhere, taken, missing, large, unknown]
    desk.wait(names, "Failed")

    assert {name: reason for name, (_, reason) in _reasons(desk, names).items()} == {
        stolen: "InputNotOwned",
        elsewhere: "InputNotOwned",
        taken: "NameTaken",
        missing: "InputNotFound",
        large: "InputTooLarge",
        unknown: "InputRefused",
    }
    assert "rCRS" in desk.ready(unknown)["message"]
    assert desk.record(stolen) == desk.record(elsewhere) == {}
    assert desk.record(taken)["user_id"] == other
    assert desk.history(taken)[:4] == DONE


def test_input_changed(desk: Desk) -> None:
    """A file that is replaced after the job was accepted is not annotated in its name."""
    user, name = desk.user(), desk.name("changed")
    desk.signal("annotator", signal.SIGSTOP)
    desk.submit(user, name)
    desk.wait([name], "Queued")

    desk.put_input(user, name, desk.files["free"])
    desk.signal("annotator", signal.SIGCONT)
    desk.wait([name], "Failed")

    assert desk.ready(name)["reason"] == "InputChanged"
    assert desk.objects(name) == {}


def test_status_is_repaired(desk: Desk) -> None:
    """A status that an administrator wrote is put right from the record, and counted as drift."""
    user, name = desk.user(), desk.name("tampered")
    desk.submit(user, name, retentionSeconds=600)
    desk.wait([name], "Completed")
    desk.until(lambda: desk.ready(name)["reason"] == "RetentionRunning")
    before, drift = desk.resource(name)["status"], desk.counter("controllers", "gas_controllers_drift_total")

    lie = '{"status":{"phase":"Archived","variants":1,"archiveID":"archive/nowhere"}}'
    desk.kubectl("patch", "aj", name, "--subresource=status", "--type=merge", f"--patch={lie}")
    desk.until(lambda: desk.resource(name)["status"] == before, "the status to be repaired")

    assert desk.counter("controllers", "gas_controllers_drift_total", kind="status") == drift + 1
    assert desk.history(name) == DONE


def test_web_door(desk: Desk) -> None:
    """A job that the web created as a record alone gets its resource, and ends like any other; a lost hint is no loss."""
    user, name = desk.user(), desk.name("web")
    desk.put_input(user, name, desk.files["premium"])

    made = desk.ports.jobs.create(_web_record(desk, user, name))
    desk.wait([name], "Completed", "Archived")

    resource = desk.resource(name)
    assert made
    assert resource["spec"]["userID"] == user
    assert resource["metadata"]["uid"] == desk.record(name)["resource"]["uid"]
    assert desk.history(name)[:4] == DONE
    desk.until(lambda: desk.mails_about(name) == ["sample.vcf is annotated"])
