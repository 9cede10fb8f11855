"""`make up`, `make env`, `make down` and `make demo` as a newcomer meets them: what they print, and whether it is true."""

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from dev import ROOT
from dev.run.up.doors import WebDoor
from dev.run.up.entrance import signed_in
from dev.run.up.options import BUILD, Options
from kube.binaries import ensure_binaries
from kube.errors import BinariesError
from kube.processes import alive
from tests.support.kube import skip_or_fail
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.kube

SECONDS = 900
ADDRESS = r"http://127\.0\.0\.1:\d+"


def started(do: str, instance: str, **options: str) -> subprocess.Popen[str]:
    """`make DO` without make's own checks."""
    return subprocess.Popen(
        [sys.executable, "-m", "dev.run.up", do],
        cwd=ROOT,
        env={**os.environ, "GAS_INSTANCE": instance, **options},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(do: str, instance: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `make DO`."""
    process = started(do, instance)
    output, errors = process.communicate(timeout=SECONDS)
    return process.returncode, output, errors


@pytest.fixture(scope="module", autouse=True)
def _kube(pytestconfig: pytest.Config) -> None:
    """Without the control plane there is nothing to meet."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            ensure_binaries()
    except BinariesError as error:
        skip_or_fail("kube", str(error))


@dataclass(frozen=True)
class Up:
    """A platform that `make up` left running, and what it said."""

    instance: str
    text: str

    @property
    def file(self) -> Path:
        """Its up.json."""
        return Options(instance=self.instance).up_file

    @property
    def facts(self) -> dict[str, Any]:
        """What stands in its up.json."""
        facts: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return facts


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """`make up` in an instance of its own, and `make down` at the end."""
    instance = f"u{os.getpid()}"
    code, text, errors = run("up", instance)
    try:
        assert code == 0, errors
        yield Up(instance, text)
    finally:
        _clear(instance)


def _clear(instance: str) -> None:
    """Stop what may still run. The logs stay for whoever looks into a failure; etcd's 128 MB never."""
    run("down", instance)
    shutil.rmtree(Options(instance=instance).state_dir / "kube", ignore_errors=True)


def test_the_three_addresses_are_true(up: Up) -> None:
    """Home opens for everybody, the job for Fay, and the API tells its document."""
    home, job, api = (re.search(rf"{word} +({ADDRESS}/\S*)", up.text) for word in ("Home", "A job", "API"))
    assert home
    assert job
    assert api

    front, document = (
        requests.get(home[1], timeout=PATIENCE_SECONDS),
        requests.get(api[1], timeout=PATIENCE_SECONDS).json(),
    )
    with signed_in(up.facts["web"], "free") as fay, signed_in(up.facts["web"], "premium") as pat:
        seen = [visitor.browser.get(job[1], timeout=PATIENCE_SECONDS) for visitor in (fay, pat)]

    assert front.status_code == 200
    assert "Annotate" in front.text
    assert document["openapi"].startswith("3.1")
    assert [page.status_code for page in seen] == [200, 404]
    assert "free.vcf" in seen[0].text


def test_the_three_people_are_told(up: Up) -> None:
    """Each by name, and with a token that is theirs."""
    names = {"free": "Fay Free", "premium": "Pat Premium", "operator": "Olu Operator"}

    for login, token in up.facts["tokens"].items():
        me = requests.get(
            f"{up.facts['web']}/api/v1/me",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_SECONDS,
        ).json()
        assert me["name"] == names[login]
        assert names[login] in up.text
        assert token not in up.text


def test_up_json_is_whole_and_private(up: Up) -> None:
    """Every address answers, and nobody else on this machine reads the tokens."""
    facts = up.facts

    assert facts.keys() >= {"web", "issuer", "tokens", "aws", "kubernetes", "kubeconfig", "parts"}
    assert facts["tokens"].keys() == {"free", "premium", "operator"}
    assert requests.get(f"{facts['issuer']}/.well-known/openid-configuration", timeout=PATIENCE_SECONDS).ok
    assert stat.S_IMODE(up.file.stat().st_mode) == 0o600


def test_yeast_is_published_and_can_be_typed(up: Up) -> None:
    """The catalogue that everybody reads has it beside rCRS, and its sample is where the command says."""
    command = re.search(r"gas submit (\S+yeast\.vcf) ", up.text)
    assert command
    token = {"Authorization": f"Bearer {up.facts['tokens']['free']}"}

    offer = requests.get(
        f"{up.facts['web']}/api/v1/service-info", headers=token, timeout=PATIENCE_SECONDS
    ).json()

    assert offer["references"] == ["rCRS", "yeast-I"]
    assert (ROOT / command[1]).read_text(encoding="ascii").startswith("##fileformat=VCF")


def test_the_demo_would_annotate_an_own_file_as_its_header_says(up: Up, tmp_path: Path) -> None:
    """`make demo VCF=` takes yeast for yeast; what speaks for nothing goes against what is always there."""
    door = WebDoor.with_token(up.facts["web"], up.facts["tokens"]["free"])
    silent = tmp_path / "silent.vcf"
    silent.write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", encoding="ascii"
    )

    found = [door.reference_for(path) for path in (BUILD / "inputs/yeast.vcf", silent)]

    assert found == ["yeast-I", "rCRS"]


def test_the_exports_make_a_shell_work_at_once(up: Up) -> None:
    """After `eval`, gas lists Fay's job, kubectl shows it, and the shell's own Python stays what it was."""
    code, exports, _ = run("env", up.instance)
    script = f"""
        before=$(command -v python3)
        {exports}
        test "$before" = "$(command -v python3)" || echo "another python3"
        gas list --json
        kubectl get annotationjobs --output=name
    """

    done = subprocess.run(
        ["/bin/sh", "-euc", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env={"PATH": os.environ["PATH"], "HOME": str(up.file.parent)},
    )

    assert code == 0
    assert done.returncode == 0, done.stderr
    jobs, end = json.JSONDecoder().raw_decode(done.stdout)
    assert [job["file"] for job in jobs] == ["free.vcf"]
    assert done.stdout[end:].split() == [f"annotationjob.gas.io/{jobs[0]['id']}"]


def test_mails_link_to_pages_that_open(up: Up) -> None:
    """An e-mail's address is the web's own, so that a click leads somewhere; they are where `make up` says."""
    told = re.search(rf"E-mail +({ADDRESS}/\S*)", up.text)
    assert told

    mails = until(lambda: requests.get(told[1], timeout=PATIENCE_SECONDS).json())

    linked = {
        address for mail in mails for address in re.findall(rf"{ADDRESS}/annotations/\S+", mail["text"])
    }

    assert linked == {re.search(rf"A job +({ADDRESS}/\S*)", up.text)[1]}  # type: ignore[index]


def test_up_twice_is_refused(up: Up) -> None:
    """One copy of an instance runs, and the sentence says what to do."""
    code, output, errors = run("up", up.instance)

    assert (code, output) == (1, "")
    assert "make down" in errors
    assert up.file.exists()


@pytest.mark.last
def test_down_leaves_nothing(up: Up) -> None:
    """No process and no up.json; a second `make down` says that nothing runs, and has not failed."""
    parts = up.facts["parts"].values()

    first, second = run("down", up.instance), run("down", up.instance)

    assert first[:2] == (0, "GAS is down.\n")
    assert second[:2] == (0, "Nothing runs: there is nothing to stop.\n")
    assert not up.file.exists()
    assert [part["pid"] for part in parts if alive(part["pid"], mark=part["mark"])] == []


@dataclass(frozen=True)
class Demo:
    """A demo that has ended."""

    code: int
    text: str
    page: str
    seen: requests.Response
    kept: Path
    """What it left in build/, which the next demo begins with clearing."""

    @property
    def report(self) -> dict[str, Any]:
        """Its demo.json."""
        report: dict[str, Any] = json.loads((self.kept / "demo.json").read_text(encoding="utf-8"))
        return report

    def watched(self, job_id: str) -> list[dict[str, Any]]:
        """What kubectl saw of a job."""
        lines = (self.kept / "demo/watch.jsonl").read_text(encoding="utf-8").splitlines()
        objects = [json.loads(line)["object"] for line in lines]
        return [each for each in objects if each["metadata"]["name"] == job_id]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`make demo` with no Expedited retrieval; its page was opened as Fay while it ran.

    The result is downloaded within the retention, which leaves a busy machine its time.
    """
    instance = f"d{os.getpid()}"
    process = started("demo", instance, RETENTION="15", THAW="1", REFUSE_EXPEDITED="1")
    assert process.stdout is not None
    try:
        lines: list[str] = []
        page: str | None = None
        seen = requests.Response()
        for line in process.stdout:
            lines.append(line)
            found = re.search(rf"({ADDRESS})/annotations/\S+", line)
            if found and page is None:
                page = found[0]
                with signed_in(found[1], "free") as fay:
                    seen = fay.browser.get(page, timeout=PATIENCE_SECONDS)
        _, errors = process.communicate(timeout=SECONDS)
        code = process.returncode
        assert page is not None, "".join([*lines, errors])
        kept = tmp_path_factory.mktemp("kept")
        if code == 0:
            shutil.copytree(BUILD / "demo", kept / "demo")
            shutil.copy(BUILD / "demo.json", kept)
        yield Demo(code, "".join(lines), page, seen, kept)
    finally:
        process.kill()
        process.communicate()
        _clear(instance)


def test_the_demo_ends_well_and_its_page_was_there(demo: Demo) -> None:
    """Exit code 0, and the address that it printed showed Fay's job while it lived."""
    assert demo.code == 0, demo.text
    assert "Everything went as expected" in demo.text
    assert demo.seen.status_code == 200
    assert "free.vcf" in demo.seen.text


def test_the_demo_enters_by_both_doors(demo: Demo) -> None:
    """Fay's jobs have the ids that the API computes, Pat's the name that kubectl applied; people read files and names."""
    free, premium, broken, yeast = (job["id"] for job in demo.report["jobs"])

    assert [uuid.UUID(job_id).version for job_id in (free, broken, yeast)] == [5, 5, 5]
    assert premium == "demo-premium"
    assert demo.page.endswith(f"/annotations/{free}")
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    for job_id, by_kubectl in ((free, False), (premium, True), (broken, False), (yeast, False)):
        annotations = demo.watched(job_id)[0]["metadata"].get("annotations", {})
        assert (applied in annotations) is by_kubectl
    for title in ("Fay's free.vcf", "Pat's premium.vcf", "Fay's broken.vcf", "Fay's yeast.vcf"):
        assert title in demo.text


def test_the_demo_tells_what_the_evidence_says(demo: Demo) -> None:
    """The report is computed from the raw files: phases from the watch, hashes from the downloads."""
    report = demo.report

    assert report["ok"] is True
    assert [each["reason"] for each in report["jobs"][0]["transitions"] if each["phase"] == "Restoring"] == [
        "RetrievalStandard"
    ]
    assert [(job["expected"], job["outcome"]) for job in report["jobs"]] == [
        ("Restored", "Restored"),
        ("Completed", "Completed"),
        ("Failed", "Failed"),
        ("Restored", "Restored"),
    ]
    for job in report["jobs"]:
        watched = [each.get("status", {}).get("phase") for each in demo.watched(job["id"])]
        phases = [phase for before, phase in zip([None, *watched], watched, strict=False) if phase != before]
        assert [each["phase"] for each in job["transitions"]] == [phase for phase in phases if phase]
        assert {each["spec"]["userID"] for each in demo.watched(job["id"])} == {job["user"]}
    for name, job in zip(("free", "premium"), report["jobs"], strict=False):
        stored = [
            demo.kept / "demo/downloads" / f"{name}-{when}.annot.vcf.gz" for when in ("before", "after")
        ]
        hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in stored]
        assert hashes == [job["resultSha256Before"], job["resultSha256After"]]
        assert hashes[0] == hashes[1]
    assert report["jobs"][2]["resultSha256Before"] is report["jobs"][2]["resultSha256After"] is None


def test_the_demo_shows_what_was_found_in_yeast(demo: Demo) -> None:
    """An intron by HGVS, an indel's protein, and the invented identifier of a variant that is known."""
    told = demo.text.partition("Fay's yeast.vcf has among others:")[2]

    assert re.search(r"intron_variant in \w+, NM_\d+\.\d+:c\.\d+\+\d+", told)
    assert re.search(r"frameshift_variant in \w+, NM_\S+, p\.\w+", told)
    assert re.search(r"known as SYN\d{4}", told)


def test_the_demo_leaves_nothing(demo: Demo) -> None:
    """It ends by itself: nobody answers at the page's address any more."""
    with pytest.raises(requests.ConnectionError):
        requests.get(demo.page, timeout=PATIENCE_SECONDS)


def test_an_interrupted_demo_stops_what_it_started() -> None:
    """Ctrl-C or SIGTERM in the middle: the parts end, and nothing has to be cleared before the next."""
    instance = f"i{os.getpid()}"
    process = started("demo", instance)
    assert process.stdout is not None
    file = Options(instance=instance).up_file
    try:
        assert any("The platform is up" in line for line in process.stdout)
        parts = json.loads(file.read_text(encoding="utf-8"))["parts"]

        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.communicate()
        _clear(instance)

    assert (process.returncode, errors) == (130, "Interrupted.\n")
    assert not file.exists()
    # One that has ended and waits to be reaped by whoever inherits it runs no more.
    assert [part["pid"] for part in parts.values() if alive(part["pid"], mark=part["mark"])] == []
