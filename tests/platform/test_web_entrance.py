"""The web's door on the running platform: the API and the `gas` command, from the upload to the bytes.

The stories are told side by side; a test each says how its story went.
"""

import threading
from collections.abc import Iterator

import pytest
import requests

from dev.run.up.doors import WebDoor
from dev.run.up.entrance import signed_in
from gas.domain.plan import Plan
from gas.services.submit_job import job_id_for
from tests.support.desk import KEPT, Desk
from tests.support.shell import Shell, start_entrance
from tests.support.stories import Stories, Told
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kube

SECONDS = PATIENCE_SECONDS
STORIES = Stories()


@pytest.fixture(scope="module")
def told(session_desk: Desk) -> Iterator[Told]:
    """All stories of this module, with the web part and the issuer up."""
    start_entrance(session_desk)
    with STORIES.telling(session_desk, more_annotators=1) as told:
        yield told


@STORIES.story
def command_to_restored(desk: Desk) -> None:
    """A free user's whole story by the command, and one press of Subscribe: the same bytes before and after."""
    shell, start = Shell(desk, "free", "restored"), desk.gates["annotator"].hold("GetObject", "whole-way.vcf")
    job_id = shell.run("submit", shell.write("whole-way.vcf", desk.files["free"])).strip()
    start.wait()
    desk.patch(job_id, {"retentionSeconds": KEPT})
    desk.until(lambda: desk.record(job_id)["policy"].get("retention_seconds") == KEPT)
    start.release()
    desk.wait([job_id], "Completed")
    job = shell.json("get", job_id)

    before = shell.sha256(shell.run("download", job_id).strip())
    desk.patch(job_id, {"retentionSeconds": 0})
    desk.wait([job_id], "Archived")
    desk.until(lambda: not _hot(desk, job_id), "the hot bytes to go")
    refused, preview, log = (shell.ask(verb, job_id) for verb in ("download", "preview", "log"))
    with signed_in(desk.platform.up["web"], "free") as visitor:
        visitor.subscribe()
    desk.wait([job_id], "Restored")
    after = shell.sha256(shell.run("download", job_id, "--force").strip())

    assert (job["state"], job["variants"]) == ("Completed", 350)
    assert before == after == job["resultSha256"]
    assert (refused.returncode, "in the archive" in refused.stderr) == (1, True)
    assert preview.stdout.endswith("of 350 records\n")
    assert "Total: 350" in log.stdout
    assert job_id in shell.run("list", "--state", "restored")
    assert desk.history(job_id)[-3:] == ["Archived", "Restoring", "Restored"]


@STORIES.story
def command_and_broken_file(desk: Desk) -> None:
    """A file that is no VCF ends the command with 1 and the sentence that names the line."""
    shell = Shell(desk, "operator", "broken")

    answer = shell.ask("submit", shell.write("broken.vcf", desk.files["broken"]), "--wait")
    job_id = shell.json("list", "--name", "broken")[0]["id"]
    log = shell.ask("log", job_id)
    desk.wait([job_id], "Failed")

    assert answer.returncode == 1
    assert "state         Failed" in answer.stdout
    assert "line 15" in answer.stdout
    assert (log.returncode, "line 15" in log.stderr) == (1, True)
    assert desk.ready(job_id)["reason"] == "InputRefused"


@STORIES.story
def command_cancels(desk: Desk) -> None:
    """A job that an annotator holds is cancelled from the terminal, once or twice, and has no result."""
    shell, start = Shell(desk, "operator", "cancelled"), desk.gates["annotator"].hold("GetObject", "held.vcf")
    job_id = shell.run("submit", shell.write("held.vcf", desk.files["premium"])).strip()
    start.wait()

    shell.run("cancel", job_id)
    shell.run("cancel", job_id)
    desk.wait([job_id], "Cancelled")
    start.release()

    assert shell.json("get", job_id)["state"] == "Cancelled"
    assert shell.ask("download", job_id).returncode == 1
    assert desk.history(job_id) == ["Pending", "Queued", "Running", "Cancelled"]


@STORIES.story
def command_restores(desk: Desk) -> None:
    """A premium user brings back what operations had archived, and is told at once that it is on its way."""
    shell = Shell(desk, "premium", "brought-back")
    job_id = shell.json("submit", shell.write("mine.vcf", desk.files["premium"]), "--wait")["id"]
    desk.patch(job_id, {"archivePolicy": "Immediate"})
    desk.wait([job_id], "Archived")

    asked = shell.json("restore", job_id)
    desk.until(lambda: "Restored" in desk.history(job_id), "the result to be restored")

    assert asked["state"] != "Archived" or asked["next"] == "It is about to be restored from the archive."


@STORIES.story
def api_submission_twice(desk: Desk) -> None:
    """The same key and body make one job, however often and at once; another body under the key is refused."""
    web, token = desk.platform.up["web"], desk.platform.up["tokens"]["operator"]
    door = WebDoor.with_token(web, token)
    key, headers = "twice", {"Authorization": f"Bearer {token}", "Idempotency-Key": "twice"}
    uploads = [_uploaded(web, headers, desk.files["premium"]) for _ in range(2)]
    answers: list[requests.Response] = []

    def submit() -> None:
        body = {"key": uploads[0], "reference": "rCRS"}
        answers.append(requests.post(f"{web}/api/v1/jobs", json=body, headers=headers, timeout=SECONDS))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    other = requests.post(
        f"{web}/api/v1/jobs",
        json={"key": uploads[1], "reference": "rCRS"},
        headers=headers,
        timeout=SECONDS,
    )
    job_id = job_id_for(door.user_id(), key)
    desk.wait([job_id], "Completed", "Archived")

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert {answer.json()["id"] for answer in answers} == {job_id}
    assert (other.status_code, other.headers["Content-Type"]) == (409, "application/problem+json")
    assert desk.resource(job_id)["spec"]["input"]["key"] == uploads[0]
    assert desk.history(job_id)[:4] == ["Pending", "Queued", "Running", "Completed"]


@STORIES.story
def pages_show_what_kubectl_shows(desk: Desk) -> None:
    """A job's page opens for its owner and for nobody else."""
    web = desk.platform.up["web"]
    door = WebDoor.with_token(web, desk.platform.up["tokens"]["operator"])
    shell = Shell(desk, "operator", "pages")
    job_id = door.submit(shell.folder / shell.write("page.vcf", desk.files["premium"]), "pages")
    desk.wait([job_id], "Completed", "Archived")

    with signed_in(web, "operator") as owner, signed_in(web, "premium") as other:
        seen = [visitor.browser.get(door.page(job_id), timeout=SECONDS) for visitor in (owner, other)]

    assert [page.status_code for page in seen] == [200, 404]
    assert "page.vcf" in seen[0].text
    assert "page.vcf" not in seen[1].text


def _hot(desk: Desk, job_id: str) -> bool:
    bucket, key = f"{desk.instance}-results", desk.record(job_id)["s3_key_result_file"]
    listed = desk.s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    return key in {each["Key"] for each in listed}


def _uploaded(web: str, headers: dict[str, str], content: bytes) -> str:
    form = requests.post(
        f"{web}/api/v1/uploads",
        json={"fileName": "twice.vcf", "sizeBytes": len(content)},
        headers=headers,
        timeout=SECONDS,
    ).json()
    stored = requests.post(
        form["url"], data=form["fields"], files={"file": ("twice.vcf", content)}, timeout=SECONDS
    )
    assert stored.status_code in {200, 201, 204}
    return str(form["key"])


def test_people_have_their_plans(told: Told, session_desk: Desk) -> None:
    """Pat is premium from the start, and each token stands for its person."""
    up = session_desk.platform.up
    me = {
        login: WebDoor.with_token(up["web"], token).client.get("/me") for login, token in up["tokens"].items()
    }

    assert {login: (who["name"], who["operator"]) for login, who in me.items()} == {
        "free": ("Fay Free", False),
        "premium": ("Pat Premium", False),
        "operator": ("Olu Operator", True),
    }
    assert me["premium"]["plan"] == Plan.PREMIUM.value.removesuffix("_user")


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    """The story goes as its docstring says."""
    told[name].result(180)
