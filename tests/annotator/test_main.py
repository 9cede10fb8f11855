"""The program as it is started: which queue it serves, and where it answers."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.system_clock import SystemClock
from gas.bootstrap import aws_ports
from gas.config import Settings
from gas_annotator import child_user
from gas_annotator.loop import StopRequest
from gas_annotator.main import build, shelf_of
from gas_annotator.nursery import Nursery
from kube.ports import free_ports
from tests.support.waiting import PATIENCE_SECONDS, until


@pytest.mark.parametrize(
    ("premium", "queue"),
    [("false", "gas-job-requests"), ("true", "gas-job-requests-premium")],
    ids=["all", "premium"],
)
def test_the_setting_chooses_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, premium: str, queue: str
) -> None:
    """Annotators of premium users' jobs read that queue and no other."""
    monkeypatch.setenv("GAS_ANNOTATOR__PREMIUM", premium)
    monkeypatch.setenv("GAS_ANNOTATOR__REFERENCES_DIR", str(tmp_path / "references"))
    settings = Settings()

    ports = aws_ports(settings)
    shelf = shelf_of(settings, ports)
    loop = build(settings, ports, Nursery(()), StopRequest(SystemClock()), tmp_path, shelf=shelf)

    served = loop._queue
    assert isinstance(served, SqsQueue)
    assert served._name == queue


CHECK = """
import ctypes, struct
from gas.config import Settings
from gas_annotator.main import cautions
ctypes.CDLL(None).capset(struct.pack("Ii", 0x20080522, 0), bytes(24))
print(*cautions(Settings()))
"""
"""What a root without capabilities is told."""


def test_the_check_tells_of_children_that_stay_root(tmp_path: Path) -> None:
    """Who runs annotators as a root that can make nobody another user reads what to do; nobody is refused for it."""
    if not child_user.can_be_given():
        pytest.skip("only a root with all rights can be less")

    done = run(CHECK, environment={"PATH": os.defpath}, folder=tmp_path)

    done.check_returncode()
    assert child_user.lacks() is None
    assert "stay root" in done.stdout
    assert "CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID" in done.stdout


WITHOUT = """
import sys
from gas_annotator import main
from gas_annotator.cage import Kernel
main.this_kernel = lambda: Kernel(landlock={landlock}, seccomp={seccomp})
sys.exit(main.main(sys.argv[1:]))
"""
"""The program, on a kernel of these parts."""

LACKING = {
    "landlock": (WITHOUT.format(landlock=0, seccomp=True), "This kernel has no Landlock"),
    "seccomp": (WITHOUT.format(landlock=7, seccomp=False), "This kernel has no seccomp"),
}
WHOLE = WITHOUT.format(landlock=7, seccomp=True)


@pytest.mark.parametrize("part", LACKING)
def test_the_check_tells_of_a_kernel_that_lacks_a_part(tmp_path: Path, part: str) -> None:
    """One sentence. Nobody is refused for it, unless the settings demand the whole cage: then neither check nor start goes on."""
    program, sentence = LACKING[part]
    demanding = settings() | {"GAS_ANNOTATOR__REQUIRE_CAGE": "true"}

    told = run(program, "--check", environment=settings(), folder=tmp_path)
    refused = run(program, "--check", environment=demanding, folder=tmp_path)
    started = run(program, environment=demanding, folder=tmp_path)
    whole = run(WHOLE, "--check", environment=demanding, folder=tmp_path)

    assert (told.returncode, told.stderr.count(sentence)) == (0, 1)
    assert (refused.returncode, refused.stderr.count(sentence)) == (2, 1)
    assert "GAS_ANNOTATOR__REQUIRE_CAGE is set" in refused.stderr
    assert (started.returncode, started.stderr) == (2, refused.stderr)
    assert whole.returncode == 0
    assert "This kernel has no" not in whole.stderr


@pytest.mark.parametrize(
    ("program", "sentences", "parts"),
    [
        (WHOLE, [], {"landlock": 1, "seccomp": 1}),
        (LACKING["landlock"][0], [LACKING["landlock"][1]], {"landlock": 0, "seccomp": 1}),
        (LACKING["seccomp"][0], [LACKING["seccomp"][1]], {"landlock": 1, "seccomp": 0}),
    ],
    ids=["whole", *LACKING],
)
def test_what_the_cage_lacks_is_told_at_the_start(
    tmp_path: Path, program: str, sentences: list[str], parts: dict[str, int]
) -> None:
    """In one line of the log that warns, and by a figure for each part, which an alert goes by."""
    [port] = free_ports(1)
    environment = settings() | {"GAS_ANNOTATOR__PROBE_PORT": str(port)}
    log = tmp_path / "log"

    with (
        log.open("wb") as writing,
        subprocess.Popen(
            [sys.executable, "-c", program], env=environment, cwd=tmp_path, stdout=writing
        ) as annotator,
    ):
        try:
            until(lambda: _got(f"http://127.0.0.1:{port}/livez") is not None, seconds=PATIENCE_SECONDS)
            figures = _got(f"http://127.0.0.1:{port}/metrics") or ""
        finally:
            annotator.kill()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    told = [line for line in lines if line["event"] == "cage is incomplete"]

    assert [line["level"] for line in told] == ["warning"] * len(sentences)
    assert all(sentence in line["error"] for sentence, line in zip(sentences, told, strict=True))
    for part, there in parts.items():
        assert f'gas_annotator_cage{{part="{part}"}} {float(there)}\n' in figures


def test_it_answers_where_the_kubelet_asks(tmp_path: Path) -> None:
    """The probes listen on the address that the setting names: in a pod the kubelet comes from outside."""
    [port] = free_ports(1)
    environment = settings() | {
        "GAS_ANNOTATOR__PROBE_HOST": "127.0.0.2",
        "GAS_ANNOTATOR__PROBE_PORT": str(port),
    }
    program = Path(sys.executable).parent / "gas-annotator"

    with subprocess.Popen(
        [sys.executable, str(program)], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as annotator:
        try:
            until(lambda: _got(f"http://127.0.0.2:{port}/livez") is not None, seconds=PATIENCE_SECONDS)
        finally:
            annotator.kill()


def settings() -> dict[str, str]:
    """What the program needs to start, where no AWS answers."""
    return {
        "PATH": os.defpath,
        "GAS_ENV": "local",
        "GAS_AWS__ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def run(
    program: str, *arguments: str, environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """What comes of a program that ends by itself."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def _got(address: str) -> str | None:
    """What is answered there; None where nobody does, or not well."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
