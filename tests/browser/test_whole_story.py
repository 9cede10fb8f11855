"""A free user's file from signing in to the same bytes a second time, in a real browser on the running platform.

And what the logs of all parts hold afterwards.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from dev.run.cloud.client import CloudControl
from dev.run.issuer.people import PEOPLE
from dev.run.up.evidence import aws_client
from dev.run.up.inputs import write_inputs
from dev.run.up.options import Options
from dev.run.up.platform import Platform
from kube.binaries import ensure_binaries
from kube.errors import BinariesError
from tests.support.chromium import find_browser, play
from tests.support.desk import KEPT
from tests.support.kube import skip_or_fail
from tests.support.waiting import PATIENCE_SECONDS, until

SECONDS = 900
PATIENCE_MS = 90_000
"""Many times what a state takes on an idle machine."""

PARTS = ("web", "controllers", "annotator")
NAME = "exome_of_nobody.vcf"
EMAIL = "canary-e6b1f0@university.example"
VERIFIED = PEOPLE["free"].email
VARIANT, WRONG = "canaryvariant7c41", "canarywrong93ad"
"""Words of the input that stand nowhere else: the ids of its variants, and what makes another file wrong."""


class Loud(Options):
    """The parts say as much as they can: what is not logged at this level is never logged."""

    def settings(self, endpoint: str, web: str | None = None) -> dict[str, str]:
        """As always, but louder."""
        return {**super().settings(endpoint, web), "GAS_LOG_LEVEL": "debug"}


OPTIONS = Loud(
    instance=f"b{os.getpid()}",
    retention_seconds=KEPT,
    thaw_seconds=20,
    link_seconds=2,
    sweep_seconds=1,
    lease_seconds=10,
    wait_seconds=1,
)


@dataclass(frozen=True)
class Told:
    """What the browser saw, and the platform on which it happened."""

    seen: dict[str, Any]
    platform: Platform
    vcf: str

    @property
    def record(self) -> dict[str, Any]:
        """The job's record, read by no adapter of ours."""
        client = aws_client("dynamodb", self.platform.endpoint)
        table, key = f"{self.platform.options.instance}-jobs", {"job_id": {"S": self.seen["job"]}}
        item = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        return {name: next(iter(value.values())) for name, value in item.items()}

    @property
    def mails(self) -> list[dict[str, Any]]:
        """The e-mails that the user got, at the issuer's address and at the one that was not confirmed."""
        sent = CloudControl(self.platform.endpoint).mail()
        return [mail for mail in sent if mail["to"][0] in {EMAIL, VERIFIED}]

    def log(self, part: str) -> str:
        """What a part has logged."""
        return (self.platform.options.state_dir / "logs" / f"{part}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Told]:
    """The story, told once on a platform of its own."""
    find_browser()
    try:
        ensure_binaries()
    except BinariesError as error:
        skip_or_fail("kube", str(error))
    vcf = _canary_vcf(tmp_path_factory.mktemp("inputs"))
    platform = Platform.start(OPTIONS, say=lambda _: None, entrance=True)
    try:
        gates = tmp_path_factory.mktemp("gates")
        looked, gate = gates / "looked", gates / "open"
        words = {"name": NAME, "vcf": vcf, "email": EMAIL, "looked": str(looked), "gate": str(gate)}
        with ThreadPoolExecutor(1) as threads:
            playing = threads.submit(
                play, "whole", platform.up["web"], None, seconds=SECONDS, patience=PATIENCE_MS, **words
            )
            until(lambda: playing.done() or looked.exists(), SECONDS, pause=0.2)
            if not playing.done():
                _archive_soon(platform)
            until(lambda: playing.done() or _only_archived(platform), SECONDS, pause=0.2)
            gate.touch()
            seen = playing.result()
        yield Told(seen, platform, vcf)
    finally:
        platform.stop()
        # The logs are kept for whoever looks into a failure; etcd's 128 MB never.
        kept = bool(request.session.testsfailed)
        shutil.rmtree(OPTIONS.state_dir / "kube" if kept else OPTIONS.state_dir, ignore_errors=True)


def _archive_soon(platform: Platform) -> None:
    """Result and preview were looked at, however long that took: the retention may be over."""
    [name] = platform.kubectl.run("get", "aj", "--output=name").split()
    platform.kubectl.run("patch", name, "--type=merge", '--patch={"spec": {"retentionSeconds": 1}}')


def _only_archived(platform: Platform) -> bool:
    """True when a result is in the archive and no longer at its place."""
    s3 = aws_client("s3", platform.endpoint)
    listed = s3.list_objects_v2(Bucket=f"{platform.options.instance}-results").get("Contents", [])
    keys = {each["Key"] for each in listed}
    cold = {key.removeprefix("archive/") for key in keys if key.startswith("archive/")}
    return bool(cold) and not cold & keys


def _canary_vcf(folder: Path) -> str:
    """The demo's file, whose variants have ids that stand nowhere else."""
    lines = write_inputs(folder)["free"].read_text().splitlines()
    named = (
        line
        if line.startswith("#")
        else "\t".join([*line.split("\t")[:2], f"{VARIANT}n{n}", *line.split("\t")[3:]])
        for n, line in enumerate(lines)
    )
    return "\n".join(named) + "\n"


def test_the_whole_story_of_a_free_users_file(told: Told) -> None:
    """Signed in, uploaded, watched, looked at, downloaded, archived, upgraded, restored, and downloaded again."""
    seen = told.seen

    assert seen["faults"] == []
    assert seen["notice"].startswith("A letter is on its way to that address")
    assert "150 KiB" in seen["limits"]
    assert "The result can be downloaded until" in seen["completed"]
    assert "350" in seen["preview"]
    assert 0 < seen["filtered"] <= 100
    assert "The result is in the archive." in seen["archived"]
    assert (seen["linked"], seen["refused"]) == (0, 409)
    assert "What you see here stays." in seen["kept"]
    assert seen["upgraded"].startswith("You are on the premium plan.")
    assert "being restored from the archive, expected about" in seen["restoring"]
    assert "as long as you are a premium user" in seen["restored"]
    assert seen["history"] == [
        "Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored",
    ]  # fmt: skip
    assert seen["listed"] == [NAME]
    assert seen["left"] == "/login"


def test_the_bytes_are_the_same_after_the_archive(told: Told) -> None:
    """Both downloads are the annotated file, by size, name and SHA-256, as the page and the store have it."""
    first, second = told.seen["first"], told.seen["second"]
    record = told.record
    stored = (
        aws_client("s3", told.platform.endpoint)
        .get_object(Bucket=record["s3_results_bucket"], Key=record["s3_key_result_file"])["Body"]
        .read()
    )

    assert first == second
    assert first["name"] == "exome_of_nobody.annot.vcf.gz"
    assert first["sha256"] == told.seen["sum"] == hashlib.sha256(stored).hexdigest()
    assert first["bytes"] == len(stored) > 0
    assert record["job_status"] == "Restored"


def test_operations_and_the_user_were_told(told: Told) -> None:
    """The resource shows the same state, and the user got an e-mail for the end and one for the plan change.

    To the address that was not confirmed goes the letter that asks for it, and nothing else.
    """
    shown = json.loads(told.platform.kubectl.run("get", "aj", told.seen["job"], "--output=json"))

    assert shown["status"]["phase"] == "Restored"
    assert shown["spec"]["input"]["fileName"] == NAME
    letters = [mail for mail in told.mails if mail["to"] == [EMAIL]]
    others = [mail for mail in told.mails if mail["to"] == [VERIFIED]]
    assert [mail["subject"] for mail in letters] == ["Is this your e-mail address?"]
    assert len(others) >= 2
    assert f"/annotations/{told.seen['job']}" in others[0]["text"]


def test_no_log_holds_a_secret_or_a_variant(told: Told) -> None:
    """No cookie, token, code, signature, e-mail or line of a file in the log of any part.

    At the loudest level, through the story, a refused file and failing stores.
    """
    signatures = _refused_upload(told)

    hidden = {
        *told.seen["cookies"],
        told.seen["token"],
        *signatures,
        *(value for address in told.seen["addresses"] for value in _secret_values(address)),
        EMAIL,
        *(line for mail in told.mails for line in mail["text"].splitlines() if len(line) > 20),
        VARIANT,
        WRONG,
    }
    for part in PARTS:
        log = told.log(part)
        assert ('"route": "/annotations/<job_id>"' if part == "web" else told.seen["job"]) in log, part
        told_prometheus = told.platform.metrics_of(part)
        assert [word for word in hidden if word in log or word in told_prometheus] == [], part
    assert len(hidden) > 15
    assert "request_id" in told.log("web")


def _secret_values(address: str) -> list[str]:
    """What whoever holds an address must not tell: signatures of links, and what goes to the issuer and comes back."""
    parts = urlsplit(address)
    names = {"Signature", "X-Amz-Signature"}
    if parts.path.endswith(("/authorize", "/authcallback")):
        names |= {"code", "state", "nonce", "code_challenge"}
    return [value for name, value in parse_qsl(parts.query) if name in names]


def _refused_upload(told: Told) -> list[str]:
    """Send a file that is refused for a line of its own, while the stores fail now and then; what its form is signed with."""
    control = CloudControl(told.platform.endpoint)
    web, headers = told.platform.up["web"], {"Authorization": f"Bearer {told.seen['token']}"}
    form = requests.post(
        f"{web}/api/v1/uploads", json={"fileName": "wrong.vcf"}, headers=headers, timeout=PATIENCE_SECONDS
    ).json()
    wrong = told.vcf + f"MT\t{WRONG}\t{WRONG}\tA\tG\t.\t.\t{WRONG}\n"
    requests.post(
        form["url"], data=form["fields"], files={"file": wrong}, timeout=PATIENCE_SECONDS
    ).raise_for_status()
    for service, operation, error in (
        ("s3", "GetObject", "InternalError"),
        ("dynamodb", "UpdateItem", "InternalServerError"),
        ("dynamodb", "Query", "ProvisionedThroughputExceededException"),
        ("ses", "SendEmail", "Throttling"),
    ):
        control.faults(service, operation, error=error, count=6)
    body = {"key": form["key"], "reference": "rCRS"}
    job = _until(
        lambda: requests.post(
            f"{web}/api/v1/jobs", json=body, headers=headers, timeout=PATIENCE_SECONDS
        ).json(),
        "id",
    )
    _until(
        lambda: requests.get(
            f"{web}/api/v1/jobs/{job['id']}", headers=headers, timeout=PATIENCE_SECONDS
        ).json(),
        "state",
        "Failed",
    )
    return [
        value for name, value in form["fields"].items() if re.search("signature|policy", name, re.IGNORECASE)
    ]


def _until(ask: Any, name: str, value: str | None = None) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        answer: dict[str, Any] = ask()
        if name in answer and value in {None, answer[name]}:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"waited for {name} {value}; the last answer was {answer}")
        time.sleep(0.2)
