"""A file of the owner's own on the running platform: by both doors, from the upload to the result, and gone with its job."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest

from gas.domain.plan import Plan
from tests.support.desk import Desk
from tests.support.shell import Shell, start_entrance
from tests.support.stories import Stories, Told

pytestmark = pytest.mark.kube

BED = b"chrM\t0\t16569\tall of it\n"
STORIES = Stories()


@pytest.fixture(scope="module")
def told(session_desk: Desk) -> Iterator[Told]:
    """All stories of this module, with the web part and the issuer up."""
    start_entrance(session_desk)
    with STORIES.telling(session_desk, more_annotators=1) as told:
        yield told


def put_own(desk: Desk, user: str, name: str, content: bytes) -> dict[str, Any]:
    """Upload such a file, and say what a resource says of it."""
    bucket, key = f"{desk.instance}-inputs", f"{desk.instance}/{user}/{name}-own~mine.bed"
    desk.s3.put_object(Bucket=bucket, Key=key, Body=content)
    return {"bucket": bucket, "key": key, "fileName": "mine.bed"}


def kept(desk: Desk, place: dict[str, Any]) -> bool:
    """Whether the file is in its bucket."""
    found = desk.s3.list_objects_v2(Bucket=place["bucket"], Prefix=place["key"])
    return bool(found.get("Contents"))


def records_of(desk: Desk, name: str) -> list[str]:
    """The records of a job's result."""
    key = desk.record(name)["s3_key_result_file"]
    body = desk.s3.get_object(Bucket=f"{desk.instance}-results", Key=key)["Body"].read()
    return [line for line in gzip.decompress(body).decode().splitlines() if not line.startswith("#")]


@STORIES.story
def by_the_command(desk: Desk) -> None:
    """`gas submit --own`: the resource names it, every record of the result has its column, and deleting takes it along."""
    shell = Shell(desk, "premium", "own")
    shell.write("mine.bed", BED)

    job_id = shell.run(
        "submit", shell.write("sample.vcf", desk.files["premium"]), "--own", "mine.bed"
    ).strip()
    desk.wait([job_id], "Completed")
    job, log = shell.json("get", job_id), shell.run("log", job_id)
    place = desk.resource(job_id)["spec"]["ownFile"]
    shell.run("download", job_id, "-o", "result.vcf.gz")
    result = gzip.decompress((shell.folder / "result.vcf.gz").read_bytes()).decode()
    there = kept(desk, place)
    desk.patch(job_id, {"deletionPolicy": "Delete"})
    desk.kubectl("delete", "aj", job_id)
    desk.until(lambda: desk.record(job_id)["job_status"] == "Deleted", "the job to be deleted")

    records = [line for line in result.splitlines() if not line.startswith("#")]
    assert len(records) == job["variants"]
    assert all("Own_REGION=all_of_it" in line for line in records if line.startswith(("MT\t", "chrM\t")))
    assert (job["ownFile"], job["ownBytes"], job["ownSha256"]) == (
        "mine.bed",
        len(BED),
        shell.sha256("mine.bed"),
    )
    assert "Of your own file 1 of 1 rows could be used" in log
    assert place["fileName"] == "mine.bed"
    assert there
    assert not kept(desk, place)


@STORIES.story
def by_kubectl(desk: Desk) -> None:
    """A resource that names one is a job that looks it up; applied again it is the same, with another it is not."""
    user, name = desk.user(Plan.PREMIUM), desk.name("own")
    own = put_own(desk, user, name, BED)

    desk.submit(user, name, ownFile=own)
    desk.wait([name], "Completed")
    desk.apply(desk.manifest(user, name, ownFile=own))
    phase = desk.resource(name)["status"]["phase"]

    record = desk.record(name)
    assert all("Own_REGION=all_of_it" in line for line in records_of(desk, name))
    assert (record["own_file"]["key"], int(record["own_file"]["size_bytes"])) == (own["key"], len(BED))
    assert len(record["own_sha256"]) == 64
    assert phase == "Completed"


@STORIES.story
def refusals(desk: Desk) -> None:
    """A file that is none, is missing, or is another's fails the job with a reason that is about that file."""
    user, other = desk.user(), desk.user()
    broken, missing, stolen = desk.names("own", 3)
    theirs = put_own(desk, other, stolen, BED)
    wrong = put_own(desk, user, broken, b"chrM 1 9\n")

    desk.send(user, broken, ownFile=wrong)
    desk.send(user, missing, ownFile={**wrong, "key": wrong["key"].replace(broken, missing)})
    desk.send(user, stolen, ownFile=theirs)
    desk.wait([broken, missing, stolen], "Failed")

    told = {name: desk.ready(name) for name in (broken, missing, stolen)}
    assert {name: each["reason"] for name, each in told.items()} == {
        broken: "InputRefused",
        missing: "InputNotFound",
        stolen: "InputNotOwned",
    }
    assert told[broken]["message"].startswith(
        "The file that spec.ownFile names was refused: line 1: this is no region"
    )
    assert all("spec.ownFile" in each["message"] for each in told.values())
    assert desk.record(broken)["attempts"] == 0
    assert desk.record(stolen) == {}
    assert kept(desk, theirs)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    """The story goes as its docstring says."""
    told[name].result()
