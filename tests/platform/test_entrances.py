"""The two doors: what is let in, what is refused, and why.

The stories are told side by side; a test each says how its story went.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gas.config import Settings
from gas.domain.job import Job, created
from gas.domain.spec import InputRef
from gas.services.submit_job import Submission
from gas_web.use_cases import UseCases
from tests.support.desk import FILE_NAME, Desk
from tests.support.stories import Stories, Told

pytestmark = pytest.mark.kube

DONE = ["Pending", "Queued", "Running", "Completed"]
STORIES = Stories()


@pytest.fixture(scope="module")
def told(session_desk: Desk) -> Iterator[Told]:
    """All stories of this module."""
    with STORIES.telling(session_desk, more_annotators=1) as told:
        yield told


def _web_record(desk: Desk, user: str, name: str) -> Job:
    """A job as the web makes it: a record alone."""
    source = InputRef(f"{desk.instance}-inputs", desk.input_key(user, name), FILE_NAME)
    return created(Job(name, user, source, "rCRS", datetime.now(UTC)))


@STORIES.story
def refusals(desk: Desk) -> None:
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
    desk.send(user, large, content=b"#" * 153_601)
    desk.send(user, unknown, reference="hg19")
    names = [stolen, elsewhere, taken, missing, large, unknown]
    desk.wait(names, "Failed")

    assert {name: desk.ready(name)["reason"] for name in names} == {
        stolen: "InputNotOwned",
        elsewhere: "InputNotOwned",
        taken: "NameTaken",
        missing: "InputNotFound",
        large: "InputTooLarge",
        unknown: "ReferenceUnknown",
    }
    assert "rCRS" in desk.ready(unknown)["message"]
    assert desk.record(stolen) == desk.record(elsewhere) == {}
    assert desk.record(taken)["user_id"] == other
    assert desk.history(taken)[:4] == DONE


@STORIES.story
def input_changed(desk: Desk) -> None:
    """A file that is replaced after the job was accepted is not annotated in its name."""
    user, name = desk.user(), desk.name("changed")
    claim = desk.gates["annotator"].hold("UpdateItem", name, "lease_holder", '"Running"')
    desk.send(user, name)
    claim.wait()

    desk.put_input(user, name, desk.files["free"])
    claim.release()
    desk.wait([name], "Failed")

    assert desk.ready(name)["reason"] == "InputChanged"
    assert desk.objects(name) == {}


@STORIES.story
def input_changed_before_acceptance(desk: Desk) -> None:
    """A file that is replaced right after the web took the submission is not even accepted."""
    user, name = desk.user(), desk.name("replaced")
    look = desk.gates["controllers"].hold("HeadObject", name)
    key = desk.put_input(user, name, desk.files["premium"])
    owner = desk.ports.users.get(user)
    assert owner is not None

    submitted = UseCases.from_ports(desk.ports, Settings()).submit_job(owner, Submission(key, "rCRS"))
    look.wait()
    desk.put_input(user, name, desk.files["free"])
    look.release()
    desk.wait([name], "Failed")

    assert submitted.job.job_id == name
    assert desk.ready(name)["reason"] == "InputChanged"
    assert desk.history(name) == ["Pending", "Failed"]


@STORIES.story
def web_door(desk: Desk) -> None:
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
    desk.wait_mails_about(name, "Your file is annotated")


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    """The story goes as its docstring says."""
    told[name].result()
