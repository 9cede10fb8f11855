"""The `gas` command against a live server: what it prints, what it writes, and how it ends."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gas.domain.access_token import Scope
from gas.domain.built_in_references import NOTHING_PUBLISHED, RCRS
from gas.domain.catalogue import Catalogue, Contig, Entry
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.record import StoredOutput
from gas.services.open_file import JOB_FILES
from gas_cli import client as client_module
from gas_cli import jobs as jobs_module
from gas_cli.errors import CommandError, Exit
from gas_cli.main import gas
from gas_cli.parameters import FILES, STATES
from tests.support.api import VCF, Caller
from tests.support.by_hand import make_unreadable
from tests.support.live_api import LiveSite, live_site
from tests.support.references import an_entry, publish
from tests.support.waiting import PATIENCE_SECONDS, until

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSite]:
    """One server for all tests; each has users of its own."""
    with live_site() as site:
        yield site


@pytest.fixture(scope="module")
def yeast(live: LiveSite) -> Entry:
    """A reference that was published."""
    entry = an_entry(
        "yeastI", "c" * 64, title="Yeast", assembly="R64", contigs=(Contig("chrI", 230_218, ("chrI", "I")),)
    )
    publish(live.site.ports.references, entry)
    return entry


@pytest.fixture
def ada(live: LiveSite) -> Caller:
    """A new free user with an access token."""
    return live.site.caller()


@pytest.fixture
def run(live: LiveSite, ada: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command as Ada, in an empty folder and with an empty configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(client_module, "PAUSES", (0.0,))
    monkeypatch.setattr(jobs_module, "FIRST_LOOK", 0.05)

    def call(*arguments: str, token: str | None = None, **more: object) -> Result:
        env = {"GAS_URL": live.url, "GAS_TOKEN": token_of(ada) if token is None else token}
        return CliRunner().invoke(gas, arguments, env=env, **more)  # type: ignore[arg-type]

    return call


def token_of(caller: Caller) -> str:
    """A caller's access token."""
    return caller.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def vcf(tmp_path: Path) -> Path:
    """A small file with a name that needs care."""
    path = tmp_path / "sample é.vcf"
    path.write_bytes(VCF)
    return path


def test_submit_prints_the_id(run: Run, live: LiveSite, vcf: Path) -> None:
    """What a script wants is on stdout alone; the very bytes are at the job's key."""
    answer = run("submit", str(vcf))

    job = live.site.ports.jobs.get(answer.stdout.strip())
    assert answer.exit_code == 0
    assert answer.stderr == (
        "reference rCRS: The header lists no contigs to compare. So it cannot be told whether rCRS fits, which is taken, the "
        "default here.\n"
    )
    assert job is not None
    assert job.input.file_name == "sample é.vcf"
    assert live.site.objects.objects[job.input.bucket, job.input.key].content == VCF


def test_a_file_of_ones_own_comes_along(run: Run, live: LiveSite, vcf: Path, tmp_path: Path) -> None:
    """`--own` sends it beside the input; the job has the very bytes, and `gas get` shows it."""
    own = tmp_path / "my panel.bed"
    own.write_bytes(b"chrM\t1\t9\n")

    answer = run("submit", str(vcf), "--reference", "rCRS", "--own", str(own))
    shown = run("get", answer.stdout.strip())

    job = live.site.ports.jobs.get(answer.stdout.strip())
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert job is not None
    assert job.own_file is not None
    assert job.own_file.place.file_name == "my panel.bed"
    stored = live.site.objects.objects[job.own_file.place.bucket, job.own_file.place.key]
    assert stored.content == b"chrM\t1\t9\n"
    assert live.site.objects.objects[job.input.bucket, job.input.key].content == VCF
    assert "my panel.bed" in shown.stdout


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        (
            "mine.tsv",
            b"x",
            Exit.USAGE,
            "is not called like a VCF or BED file: its name has to end with .vcf,",
        ),
        ("mine.bed", b"", Exit.REFUSED, "is empty: there is nothing to look up"),
        ("mine.bed", b"x" * 153_601, Exit.REFUSED, "153,601 bytes"),
        ("none.bed", None, Exit.USAGE, "does not exist"),
    ],
    ids=["name", "empty", "too-large", "missing"],
)
def test_one_that_cannot_come_along(run: Run, name: str, content: bytes | None, code: int, said: str) -> None:
    """It is told before anything is sent."""
    Path("a.vcf").write_bytes(VCF)
    if content is not None:
        Path(name).write_bytes(content)

    answer = run("submit", "a.vcf", "--reference", "rCRS", "--own", name)

    assert (answer.exit_code, answer.stdout) == (code, "")
    assert said in answer.stderr
    assert "sent" not in answer.stderr


def test_an_input_that_is_too_large_sends_nothing_first(run: Run, live: LiveSite, ada: Caller) -> None:
    """It is told before the own file takes one of the user's places; a token that may not read the plan finds out later."""
    Path("a.vcf").write_bytes(VCF + b"#" * 153_600)
    Path("mine.bed").write_bytes(b"chrM\t1\t9\n")
    writer = live.site.caller(ada.user, Scope.WRITE)
    before = len(live.site.objects.objects)

    answer = run("submit", "a.vcf", "--reference", "rCRS", "--own", "mine.bed")
    sent = len(live.site.objects.objects) - before
    blind = run("submit", "a.vcf", "--reference", "rCRS", "--own", "mine.bed", token=token_of(writer))

    assert (answer.exit_code, answer.stdout, sent) == (Exit.REFUSED, "", 0)
    assert "a.vcf has 153," in answer.stderr
    assert "the free plan takes files of up to 153,600 bytes. Nothing was sent." in answer.stderr
    assert blind.exit_code == Exit.REFUSED
    assert "153,600 bytes" in blind.stderr


def test_an_older_service_looks_nothing_up(tmp_path: Path) -> None:
    """It is not sent what it would not take, or leave out in silence."""
    offer = {"references": ["rCRS"], "fileNames": [".vcf"]}
    older: Any = SimpleNamespace(get=lambda _path: offer)
    (tmp_path / "a.vcf").write_bytes(VCF)
    (tmp_path / "mine.bed").write_bytes(b"chrM\t1\t9\n")

    with pytest.raises(CommandError, match="older than --own"):
        jobs_module.submit(older, tmp_path / "a.vcf", "rCRS", own=tmp_path / "mine.bed")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (JobStatus.COMPLETED, Exit.OK),
        (JobStatus.RESTORED, Exit.OK),
        (JobStatus.FAILED, Exit.REFUSED),
        (JobStatus.CANCELLED, Exit.REFUSED),
    ],
)
def test_submit_and_wait_ends_with_the_job(
    run: Run, live: LiveSite, ada: Caller, status: JobStatus, code: int
) -> None:
    """With --wait the exit code is the job's."""
    jobs = live.site.ports.jobs
    assert ada.user is not None
    user_id = ada.user.user_id
    Path("a.vcf").write_bytes(VCF)

    def end() -> None:
        (job,) = until(lambda: jobs.jobs_of_user(user_id).jobs)
        jobs.commit(job, replace(job, status=status))

    thread = threading.Thread(target=end)
    thread.start()
    answer = run("submit", "--wait", "--json", "a.vcf")
    thread.join(PATIENCE_SECONDS)

    assert answer.exit_code == code
    assert json.loads(answer.stdout)["state"] == status.value


def test_an_empty_or_missing_file_is_misuse(run: Run, tmp_path: Path) -> None:
    """A file that is not there is told before anybody is asked."""
    answer = run("submit", str(tmp_path / "none.vcf"))

    assert answer.exit_code == Exit.USAGE
    assert "does not exist" in answer.stderr


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [("a.vcf", 153_601, "premium plan"), ("a.vcf", 0, "is empty")],
)
def test_a_file_that_gas_refuses(run: Run, tmp_path: Path, name: str, size: int, said: str) -> None:
    """The service's sentence is shown, and nothing is sent that it would refuse."""
    (tmp_path / name).write_bytes(b"x" * size)

    answer = run("submit", name)

    assert answer.exit_code == Exit.REFUSED
    assert said in answer.stderr


def test_list_and_get(run: Run, ada: Caller, live: LiveSite) -> None:
    """A table for people, whole documents for scripts."""
    assert ada.user is not None
    job_id = f"job-{ada.user.user_id[:8]}"
    live.site.job(ada.user, JobStatus.FAILED, job_id, reason=Reason.INPUT_REFUSED, detail="line 3 is no VCF.")

    table, listed = run("list"), run("list", "--json", "--state", "Failed")
    shown, got = run("get", job_id), run("get", job_id, "--json")

    assert table.stdout.split() == [
        "ID",
        "STATE",
        "ANNOTATED",
        "SUBMITTED",
        "FILE",
        job_id,
        "Failed",
        "2026-11-23T11:00:00Z",
        "a.vcf",
    ]
    assert [job["id"] for job in json.loads(listed.stdout)] == [job_id]
    assert "The input file was refused: line 3 is no VCF." in shown.stdout
    assert f"{live.url}/annotations/{job_id}\n" in shown.stdout
    assert json.loads(got.stdout)["reason"] == "InputRefused"


def test_an_empty_list_says_so(run: Run) -> None:
    """Nothing on stdout, a sentence on stderr: a beginner is told how to begin."""
    searched, first = run("list", "--name", "none"), run("list")

    assert (searched.exit_code, searched.stdout, searched.stderr) == (0, "", "You have no such jobs.\n")
    assert (first.exit_code, first.stdout) == (0, "")
    assert first.stderr == "You have no jobs yet: gas submit FILE makes one.\n"


def test_a_job_that_cannot_be_read_is_told_of(run: Run, ada: Caller, live: LiveSite) -> None:
    """On stderr, beside the others or alone: nobody believes that it is gone."""
    assert ada.user is not None
    job_id = f"job-{ada.user.user_id[:8]}"
    live.site.job(ada.user, JobStatus.FAILED, job_id)
    make_unreadable(live.site.ports.jobs, job_id)

    answer = run("list")

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert (
        answer.stderr
        == f"Job {job_id} cannot be shown, for its record cannot be read: tell those who run GAS.\n"
    )


def test_states_are_typed_in_any_case(run: Run, ada: Caller, live: LiveSite) -> None:
    """Failed or failed, with blanks or without; a state that there is not is told with those that there are."""
    assert ada.user is not None
    live.site.job(ada.user, JobStatus.FAILED, f"f-{ada.user.user_id[:8]}")
    live.site.job(ada.user, JobStatus.CANCELLED, f"c-{ada.user.user_id[:8]}")
    live.site.job(ada.user, JobStatus.RUNNING, f"r-{ada.user.user_id[:8]}")

    both = run("list", "--json", "--state", "failed, CANCELLED")
    wrong = run("list", "--state", "lost")

    assert {job["state"] for job in json.loads(both.stdout)} == {"Failed", "Cancelled"}
    assert wrong.exit_code == Exit.USAGE
    assert "there is no state 'lost': use unfinished, Pending," in wrong.stderr


def test_a_file_name_is_never_cut(
    run: Run, ada: Caller, live: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However narrow the terminal: people know their jobs by it."""
    assert ada.user is not None
    job = live.site.job(ada.user, JobStatus.CANCELLED, f"c-{ada.user.user_id[:8]}")
    name = "a-name-of-a-sample-that-is-longer-than-a-line-has-room-for.vcf"
    live.site.ports.jobs.commit(job, replace(job, input=replace(job.input, file_name=name)))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert name in run("list").stdout


def test_a_list_that_was_cut_says_so(run: Run, ada: Caller, live: LiveSite) -> None:
    """Nobody takes a part for the whole."""
    assert ada.user is not None
    for number in range(3):
        live.site.job(ada.user, JobStatus.CANCELLED, f"c{number}-{ada.user.user_id[:8]}")

    cut, whole = run("list", "--limit", "2"), run("list", "--limit", "9")

    assert cut.stderr == "These are the newest 2: --limit shows more.\n"
    assert whole.stderr == ""


def test_a_long_list_is_fetched_page_by_page(run: Run, ada: Caller, live: LiveSite) -> None:
    """As many as were asked for, across pages."""
    assert ada.user is not None
    for number in range(120):
        live.site.job(ada.user, JobStatus.CANCELLED, f"j{number}-{ada.user.user_id[:8]}")

    listed = json.loads(run("list", "--json", "--limit", "110").stdout)

    assert len({job["id"] for job in listed}) == 110


def completed(
    live: LiveSite, ada: Caller, status: JobStatus = JobStatus.COMPLETED, content: bytes = b"bytes"
) -> str:
    """A job of Ada's with a result of these bytes."""
    assert ada.user is not None
    job_id = f"job-{ada.user.user_id[:8]}"
    job = live.site.job(ada.user, status, job_id)
    assert job.result is not None
    of_these = StoredOutput(job.result.key, len(content), hashlib.sha256(content).hexdigest())
    outputs = {**job.result.outputs, Output.RESULT: of_these}
    after = replace(job, result=replace(job.result, outputs=outputs))
    live.site.ports.jobs.commit(job, after)
    live.site.objects.put("gas-results", job.result.key, content)
    live.site.objects.put("gas-results", job.result.outputs[Output.LOG].key, b"log of \x1b[31mada\n")
    preview = {
        "records": [{"chrom": "MT", "pos": "73", "id": ".", "consequences": [{"gene": "ND1"}]}],
        "total_records": 9,
    }
    live.site.objects.put("gas-results", job.result.outputs[Output.PREVIEW].key, json.dumps(preview).encode())
    return job_id


def test_download_writes_the_very_bytes(run: Run, live: LiveSite, ada: Caller, tmp_path: Path) -> None:
    """Under the result's name, or under one's own; never over a file that is there, unless told to."""
    job_id = completed(live, ada)
    (tmp_path / "folder").mkdir()

    first, again = run("download", job_id), run("download", job_id)
    forced, named = run("download", job_id, "--force"), run("download", job_id, "-o", "folder", "--json")

    assert (first.stdout, (tmp_path / "a.annot.vcf.gz").read_bytes()) == ("a.annot.vcf.gz\n", b"bytes")
    assert (again.exit_code, "exists" in again.stderr) == (Exit.USAGE, True)
    assert forced.exit_code == 0
    assert json.loads(named.stdout) == {"path": "folder/a.annot.vcf.gz", "bytes": 5}


def test_every_file_of_a_job_can_be_downloaded(run: Run, live: LiveSite, ada: Caller, tmp_path: Path) -> None:
    """Under the name that the service gives it; one that is not there, and one that nobody knows, are said."""
    job_id = completed(live, ada)

    log, preview = (run("download", job_id, "--file", file, "-o", "files/") for file in ("log", "preview"))

    assert log.stdout == "files/a.vcf.count.log\n"
    assert (tmp_path / "files" / "a.vcf.count.log").read_bytes() == b"log of \x1b[31mada\n"
    assert preview.stdout == "files/a.preview.json\n"
    assert run("download", job_id, "--file", "own").exit_code == Exit.REFUSED
    assert run("download", job_id, "--file", "bogus").exit_code == Exit.USAGE


def test_a_download_of_other_bytes_leaves_nothing(
    run: Run, live: LiveSite, ada: Caller, tmp_path: Path
) -> None:
    """The SHA-256 that the annotator recorded is compared before a file appears."""
    job_id = completed(live, ada)
    job = live.site.ports.jobs.get(job_id)
    assert job is not None
    assert job.result is not None
    live.site.objects.put("gas-results", job.result.key, b"other")

    answer = run("download", job_id)

    assert answer.exit_code == Exit.UNREACHABLE
    assert "other bytes" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == []


def test_an_archived_result_is_told_and_log_and_preview_stay(run: Run, live: LiveSite, ada: Caller) -> None:
    """A free user reads the log and the preview of an archived job, and why there is no download."""
    job_id = completed(live, ada, JobStatus.ARCHIVED)

    download, log = run("download", job_id), run("log", job_id)
    preview, raw = run("preview", job_id), run("preview", job_id, "--json")

    assert (download.exit_code, "in the archive" in download.stderr) == (Exit.REFUSED, True)
    assert log.stdout == "log of \x1b[31mada\n"
    assert preview.stdout.split() == ["CHROM", "POS", "GENE", "MT", "73", "ND1", "1", "of", "9", "records"]
    assert json.loads(raw.stdout)["total_records"] == 9


def test_cancel_and_restore(run: Run, live: LiveSite, ada: Caller) -> None:
    """Cancelling is noted; restoring is for premium users, and the refusal names the upgrade."""
    assert ada.user is not None
    running, archived = f"r-{ada.user.user_id[:8]}", f"a-{ada.user.user_id[:8]}"
    live.site.job(ada.user, JobStatus.RUNNING, running)
    live.site.job(ada.user, JobStatus.ARCHIVED, archived)

    cancelled, refused = run("cancel", running, "--json"), run("restore", archived)
    too_late = run("cancel", archived)
    live.site.ports.users.change_plan(ada.user.user_id, Plan.PREMIUM, live.site.clock.now())
    restored = run("restore", archived, "--tier", "Standard")

    assert "cancel" not in json.loads(cancelled.stdout)["actions"]
    assert (refused.exit_code, "subscribe to the premium plan" in refused.stderr) == (Exit.REFUSED, True)
    assert restored.exit_code == 0
    assert (too_late.exit_code, "finished already" in too_late.stderr) == (0, True)
    assert "finished already" not in cancelled.stderr


@pytest.mark.parametrize("token", ["nonsense", "gas_" + "a" * 60, "gas_…"])
def test_a_wrong_token_is_not_signed_in(run: Run, token: str) -> None:
    """Exit code 4, and what to do."""
    answer = run("list", token=token)

    assert answer.exit_code == Exit.NOT_SIGNED_IN
    assert "make a new one" in answer.stderr


def test_without_a_token_nobody_is_asked(run: Run) -> None:
    """Exit code 4, and where tokens are made."""
    answer = run("list", token="")

    assert answer.exit_code == Exit.NOT_SIGNED_IN
    assert "/profile" in answer.stderr


def test_a_token_without_the_scope_is_refused(run: Run, live: LiveSite, ada: Caller, vcf: Path) -> None:
    """The sentence names the scope that is lacking."""
    reader = live.site.caller(ada.user, Scope.READ)

    answer = run("submit", str(vcf), token=token_of(reader))

    assert (answer.exit_code, "jobs:write" in answer.stderr) == (Exit.REFUSED, True)


def test_nobody_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, with the address."""
    answer = CliRunner().invoke(gas, ["list"], env={"GAS_URL": "http://127.0.0.1:9", "GAS_TOKEN": "x"})

    assert answer.exit_code == Exit.UNREACHABLE
    assert "http://127.0.0.1:9 does not answer" in answer.stderr


@pytest.mark.parametrize("url", ["http://gas.example.org", "ftp://x", "nonsense", ""])
def test_a_token_goes_to_no_unsafe_address(run: Run, url: str) -> None:
    """Over plain http only to this machine; exit code 2."""
    answer = CliRunner().invoke(gas, ["list"], env={"GAS_URL": url, "GAS_TOKEN": "x"})

    assert answer.exit_code == Exit.USAGE


def test_login_keeps_the_token_for_its_owner_alone(
    run: Run, live: LiveSite, ada: Caller, tmp_path: Path
) -> None:
    """Afterwards neither GAS_URL nor GAS_TOKEN is needed; the token is shown nowhere and sent nowhere else."""
    token = token_of(ada)
    answer = run("login", "--url", live.url, input=token + "\n")
    path = tmp_path / "config" / "gas" / "login.json"

    without = CliRunner().invoke(gas, ["list"], env={"GAS_URL": None, "GAS_TOKEN": None})
    elsewhere = CliRunner().invoke(gas, ["list"], env={"GAS_URL": "http://127.0.0.1:9", "GAS_TOKEN": None})

    assert answer.exit_code == 0, answer.stderr
    assert "Ada Ångström (free plan)" in answer.stderr
    assert token not in answer.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert without.exit_code == 0
    assert elsewhere.exit_code == Exit.NOT_SIGNED_IN


def test_login_says_when_another_token_wins(run: Run, live: LiveSite, ada: Caller) -> None:
    """Who signs in while GAS_TOKEN is set would wonder whose jobs they see."""
    token = token_of(ada)

    answer = run("login", input=token + "\n")
    silent = run("login", token="", input=token + "\n")

    assert "GAS_TOKEN is set and wins" in answer.stderr
    assert (silent.exit_code, "wins" in silent.stderr) == (0, False)


def test_a_wait_that_is_interrupted_says_that_the_job_goes_on(
    run: Run, vcf: Path, live: LiveSite, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with 130, as shells have it, and the job is where it was."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs_module, "wait", interrupt)

    answer = run("submit", str(vcf), "--wait")

    assert ada.user is not None
    (job,) = live.site.ports.jobs.jobs_of_user(ada.user.user_id).jobs
    assert (answer.exit_code, answer.stdout) == (Exit.INTERRUPTED, "")
    assert f"The job goes on: gas get {job.job_id}" in answer.stderr
    assert job.status is JobStatus.PENDING


@pytest.mark.parametrize("pressed", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_prompt_that_is_interrupted_ends_so(live: LiveSite, pressed: bytes) -> None:
    """At the question for a token as anywhere else."""
    ours, theirs = os.openpty()
    # Opened by the leader of a session, a terminal is the session's: keys become signals. Tests in the background ignore them.
    program = (
        "import os, signal; os.open(os.ttyname(0), os.O_RDWR); signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from gas_cli.main import main; main()"
    )
    command = [sys.executable, "-c", program, "login", "--url", live.url]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as asking:
        os.close(theirs)
        shown = bytearray()
        while b"Token:" not in shown:
            shown += os.read(ours, 1024)
        os.write(ours, pressed)
        try:
            code = asking.wait(PATIENCE_SECONDS)
        finally:
            asking.kill()
    os.close(ours)

    assert code == Exit.INTERRUPTED


@pytest.mark.parametrize(
    "given", [b"\x7fELF\xff", "gas_…\n".encode(), b""], ids=["bytes", "placeholder", "empty"]
)
def test_what_is_no_token_is_not_kept(run: Run, live: LiveSite, tmp_path: Path, given: bytes) -> None:
    """Another file, the placeholder of the docs, or an empty one: nothing of it is sent."""
    answer = run("login", "--url", live.url, input=given)

    assert answer.exit_code == Exit.NOT_SIGNED_IN
    assert f"{live.url}/profile" in answer.stderr
    assert not (tmp_path / "config").exists()


def test_a_wrong_token_is_not_kept(run: Run, live: LiveSite, tmp_path: Path) -> None:
    """The token is tried before it is kept."""
    answer = run("login", "--url", live.url, input="gas_wrong\n")

    assert answer.exit_code == Exit.NOT_SIGNED_IN
    assert not (tmp_path / "config").exists()


def test_another_users_job_is_not_there(run: Run, live: LiveSite) -> None:
    """Others' jobs are as if they did not exist."""
    eve = live.site.caller()
    theirs = live.site.submit(eve)

    assert {
        run(verb, theirs).exit_code for verb in ("get", "log", "download", "preview", "cancel", "restore")
    } == {Exit.REFUSED}


@pytest.mark.parametrize("job_id", ["", "..", "x" * 64])
def test_what_is_no_id_is_misuse(run: Run, job_id: str) -> None:
    """Nothing is asked of the service."""
    assert run("get", job_id).exit_code == Exit.USAGE


def test_export_prints_all_of_it(run: Run, live: LiveSite, ada: Caller) -> None:
    """One JSON document of however many pages, for the token's user alone."""
    assert ada.user is not None
    for number in range(101):
        live.site.job(ada.user, JobStatus.COMPLETED, f"export-{number}")

    told = run("export")

    kept = json.loads(told.stdout)
    names = [job["job_id"] for job in kept["jobs"]]
    assert told.exit_code == Exit.OK
    assert len(names) == len(set(names))
    assert {f"export-{number}" for number in range(101)} <= set(names)
    assert kept["account"]["user"]["user_id"] == ada.user.user_id


def test_a_slash_at_the_end_makes_the_folder(run: Run, live: LiveSite, ada: Caller, tmp_path: Path) -> None:
    """And all folders above it; one that is there is used, and one that cannot be is misuse."""
    job_id = completed(live, ada)
    (tmp_path / "file").write_text("in the way")

    answers = [run("download", job_id, "-o", folder) for folder in ("results/", "a/b/", "results/")]
    wrong = run("download", job_id, "-o", "file/")

    assert (tmp_path / "results" / "a.annot.vcf.gz").read_bytes() == b"bytes"
    assert (tmp_path / "a" / "b" / "a.annot.vcf.gz").is_file()
    assert [answer.exit_code for answer in answers] == [Exit.OK, Exit.OK, Exit.USAGE]
    assert "exists" in answers[2].stderr
    assert wrong.exit_code == Exit.USAGE
    assert "cannot be made" in wrong.stderr


@pytest.mark.parametrize("last", [".", "..", "./", "../."])
def test_a_last_part_that_is_a_folder_makes_it(
    run: Run, live: LiveSite, ada: Caller, tmp_path: Path, last: str
) -> None:
    """Dots name folders, as a slash at the end does: no file is called like the folder."""
    job_id = completed(live, ada)

    answer = run("download", job_id, "-o", f"results/{last}")

    assert (answer.exit_code, (tmp_path / "results").is_dir()) == (Exit.OK, True)
    assert Path(answer.stdout.strip()).read_bytes() == b"bytes"
    assert Path(answer.stdout.strip()).name == "a.annot.vcf.gz"


@pytest.mark.parametrize(
    ("output", "said"),
    [("x" * 300, "name too long"), ("y" * 300 + "/", "name too long"), ("pipe", "is no regular file")],
    ids=["name", "folder", "pipe"],
)
def test_what_cannot_be_written_is_misuse(
    run: Run, live: LiveSite, ada: Caller, output: str, said: str
) -> None:
    """A name that is too long; a pipe or a device, which a download would take the place of, told to or not."""
    os.mkfifo("pipe")
    job_id = completed(live, ada)

    answers = [run("download", job_id, "-o", output, *force) for force in ((), ("--force",))]

    assert [(answer.exit_code, answer.stdout) for answer in answers] == [(Exit.USAGE, "")] * 2
    assert all(said in answer.stderr.casefold() for answer in answers)
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
    assert list(Path().iterdir()) == [Path("pipe")]


@pytest.mark.parametrize("more", [(), ("--own", "pipe.bed")], ids=["input", "own"])
def test_what_is_no_regular_file_is_not_submitted(run: Run, tmp_path: Path, more: tuple[str, ...]) -> None:
    """The shell's `<(…)` gives a pipe, which has no size and is read once: it is told as what it is."""
    names = ["a.vcf", "pipe.bed"] if more else ["pipe.vcf"]
    (tmp_path / "a.vcf").write_bytes(VCF)
    os.mkfifo(tmp_path / names[-1])

    answer = run("submit", names[0], *more)

    assert (answer.exit_code, answer.stdout) == (Exit.USAGE, "")
    assert f"{names[-1]} is no regular file" in answer.stderr


@pytest.mark.parametrize("states", [",", " , ", ""])
def test_a_list_of_no_states_is_misuse(run: Run, states: str) -> None:
    """Whoever narrows the list, by a variable that is empty, is not shown all jobs."""
    answer = run("list", "--state", states)

    assert (answer.exit_code, answer.stdout) == (Exit.USAGE, "")
    assert "names no state" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--name", "caf\udce9"),
        ("list", "--state", "caf\udce9"),
        ("get", "caf\udce9"),
        ("submit", "a.vcf", "--reference", "caf\udce9"),
        ("submit", "caf\udce9.vcf"),
        ("submit", "a.vcf", "--own", "caf\udce9.bed"),
    ],
    ids=["name", "state", "id", "reference", "file", "own"],
)
def test_what_is_no_text_is_misuse(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The service is told words and names in UTF-8; a file may be called otherwise here, and is renamed first."""
    for name in ("a.vcf", "caf\udce9.vcf", "caf\udce9.bed"):
        (tmp_path / name).write_bytes(VCF)

    answer = run(*arguments)

    assert (answer.exit_code, answer.stdout) == (Exit.USAGE, "")
    assert "caf" in answer.stderr
    assert "sent" not in answer.stderr


def test_unfinished_is_a_word_of_the_list(run: Run, ada: Caller, live: LiveSite) -> None:
    """As it is on the page, alone or beside a state."""
    assert ada.user is not None
    letters = {"r": JobStatus.RUNNING, "f": JobStatus.FAILED, "c": JobStatus.CANCELLED}
    for letter, status in letters.items():
        live.site.job(ada.user, status, f"{letter}-{ada.user.user_id[:8]}")

    alone, beside = (
        run("list", "--json", "--state", "Unfinished"),
        run("list", "--json", "--state", "unfinished,failed"),
    )

    assert {job["state"] for job in json.loads(alone.stdout)} == {"Running"}
    assert {job["state"] for job in json.loads(beside.stdout)} == {"Running", "Failed"}


def test_the_command_knows_every_state() -> None:
    """It is a client of its own, and its lists of words have to follow: of files, too."""
    assert set(STATES) == {"unfinished", *(status.value for status in JobStatus)}
    assert set(FILES) == {file.value for file in JOB_FILES}


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("a.txt", (), "has to end with .vcf"),
        (
            "a.vcf",
            ("--reference", "bogus"),
            "There is no reference bogus: use rCRS",
        ),
    ],
)
def test_a_wrong_argument_is_misuse_and_sends_nothing(
    run: Run, tmp_path: Path, name: str, more: tuple[str, ...], said: str
) -> None:
    """What the person has to change in the command is 2, also where only the service knows what is right."""
    (tmp_path / name).write_bytes(VCF)

    answer, jobs = run("submit", name, *more), run("list", "--json")

    assert answer.exit_code == Exit.USAGE
    assert said in answer.stderr
    assert json.loads(jobs.stdout) == []


def test_a_reference_that_was_published_just_now_is_taken(
    run: Run, yeast: Entry, live: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the service read a minute ago refuses nobody."""
    Path("a.vcf").write_bytes(VCF)
    catalogue = live.site.ports.references.catalogue

    def remembered(*, anew: bool = False) -> Catalogue:
        return catalogue() if anew else NOTHING_PUBLISHED

    monkeypatch.setattr(live.site.ports.references, "catalogue", remembered)

    answer, odd = (
        run("submit", "a.vcf", "--reference", "yeastI"),
        run("submit", "a.vcf", "--reference", "../me"),
    )

    assert answer.exit_code == Exit.OK
    job = live.site.ports.jobs.get(answer.stdout.strip())
    assert job is not None
    assert (job.reference, job.reference_digest) == ("yeastI", yeast.digest)
    assert (odd.exit_code, "There is no reference ../me" in odd.stderr) == (Exit.USAGE, True)


def test_the_header_chooses_the_reference(run: Run, yeast: Entry, live: LiveSite) -> None:
    """What it fits is said before it is sent; a name that is given is taken as it is."""
    Path("a.vcf").write_bytes(_with_contig("chrI", 230_218))

    chosen, told = run("submit", "a.vcf"), run("submit", "a.vcf", "--reference", "rCRS")

    jobs = [live.site.ports.jobs.get(answer.stdout.strip()) for answer in (chosen, told)]
    assert [job and (job.reference, job.reference_digest) for job in jobs] == [
        ("yeastI", yeast.digest),
        ("rCRS", RCRS.digest),
    ]
    assert chosen.stderr == (
        "reference yeastI: 1 of 1 contig of the file has the name and length of yeastI.\n"
    )
    assert told.stderr == ""


@pytest.mark.parametrize("more", ["", "##contig=<ID=chrM,length=16569>\n"], ids=["nothing", "a scrap"])
def test_a_file_that_fits_nothing_is_not_sent(run: Run, more: str) -> None:
    """Until its owner names a reference; the mitochondrion of a whole genome is no fit."""
    Path("a.vcf").write_bytes(_with_contig("chr1", 248_387_328, more))

    refused, jobs = run("submit", "a.vcf"), run("list", "--json")
    named = run("submit", "a.vcf", "--reference", "rCRS")

    assert (refused.exit_code, refused.stdout, json.loads(jobs.stdout)) == (Exit.REFUSED, "", [])
    assert "The file seems to be made on T2T-CHM13" in refused.stderr
    assert "name it: --reference NAME." in refused.stderr
    assert named.exit_code == Exit.OK


def test_a_token_that_may_only_write_submits_by_the_header(run: Run, live: LiveSite, ada: Caller) -> None:
    """Choosing is a part of submitting."""
    Path("a.vcf").write_bytes(VCF)
    writer = live.site.caller(ada.user, Scope.WRITE)

    assert run("submit", "a.vcf", token=token_of(writer)).exit_code == Exit.OK


def test_references_are_listed(run: Run, yeast: Entry) -> None:
    """With what they are made of, the default first."""
    table, listed = run("references"), run("references", "--json")

    rows = table.stdout.splitlines()
    assert rows[0].split() == ["NAME", "ASSEMBLY", "GENES", "BUNDLE"]
    assert rows[1].startswith("rCRS")
    at = next(number for number, row in enumerate(rows) if row.startswith("yeastI"))
    assert rows[at].split() == ["yeastI", "R64", "Ensembl", "116", yeast.short_digest]
    assert rows[at + 1 : at + 4] == [
        "  Yeast",
        "  known variants: ClinVar 20261123 (2026-11-23)",
        "  genes: E",
    ]
    assert max(map(len, rows)) <= 80
    assert {each["name"]: each["digest"] for each in json.loads(listed.stdout)} == {
        "rCRS": RCRS.digest,
        "yeastI": yeast.digest,
    }


def test_a_job_tells_its_bundle(run: Run, ada: Caller, live: LiveSite, yeast: Entry) -> None:
    """And what it was made of."""
    assert ada.user is not None
    job_id = f"b-{ada.user.user_id[:8]}"
    live.site.job(ada.user, JobStatus.COMPLETED, job_id, reference="yeastI", reference_digest=yeast.digest)

    shown = run("get", job_id).stdout

    assert f"yeastI, bundle {yeast.short_digest}: known variants: ClinVar 20261123 (2026-11-23)" in shown


def test_a_job_tells_that_its_release_was_withdrawn(run: Run, ada: Caller, live: LiveSite) -> None:
    """What was annotated with a release that was retired may be wrong."""
    assert ada.user is not None
    job_id = f"w-{ada.user.user_id[:8]}"
    gone = an_entry("gone", "d" * 64, retired=datetime(2026, 11, 28, tzinfo=UTC))
    publish(live.site.ports.references, gone)
    live.site.job(ada.user, JobStatus.COMPLETED, job_id, reference="gone", reference_digest=gone.digest)

    shown = run("get", job_id).stdout

    assert (
        "This release of gone, bundle dddddddddddd, was withdrawn on 2026-11-28. No new job can have gone."
        in shown
    )


def _with_contig(name: str, length: int, more: str = "") -> bytes:
    return VCF.replace(b"#CHROM", f"##contig=<ID={name},length={length}>\n{more}#CHROM".encode())


def test_counts_stand_in_the_list_and_with_the_job(run: Run, ada: Caller, live: LiveSite) -> None:
    """How many of a result's variants are annotated, and why the others are not."""
    assert ada.user is not None
    job_id = f"s-{ada.user.user_id[:8]}"
    job = live.site.job(ada.user, JobStatus.COMPLETED, job_id)
    assert job.result is not None
    problems = (Problem("reference_mismatch", 1, 7),)
    short = replace(job.result, variants=2, annotated_variants=1, problems=problems)
    live.site.ports.jobs.commit(job, replace(job, result=short))

    listed, shown = run("list").stdout, run("get", job_id).stdout

    assert "1 of 2" in listed
    assert "1 of 2 annotated; 1 does not match the reference, see line 7." in shown


@pytest.mark.parametrize(
    "arguments", [("list",), ("list", "--json"), ("get", "ID"), ("log", "ID"), ("preview", "ID")]
)
def test_a_closed_pipe_is_no_failure(live: LiveSite, ada: Caller, arguments: tuple[str, ...]) -> None:
    """Whoever reads what is printed may have had enough: `gas list | head`."""
    job_id = completed(live, ada)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from gas_cli.main import main; main()"]

    ended = subprocess.run(
        [*command, *(job_id if word == "ID" else word for word in arguments)],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "GAS_URL": live.url, "GAS_TOKEN": token_of(ada)},
        check=False,
        timeout=60,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (Exit.OK, b"")
