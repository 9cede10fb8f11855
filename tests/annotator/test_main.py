"""The program as it is started: which queue it serves, and where it answers."""

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


def test_the_check_tells_of_children_that_stay_root() -> None:
    """Who runs annotators as a root that can make nobody another user reads what to do; nobody is refused for it."""
    if not child_user.can_be_given():
        pytest.skip("only a root with all rights can be less")

    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )

    assert child_user.lacks() is None
    assert "stay root" in done.stdout
    assert "CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID" in done.stdout


def test_it_answers_where_the_kubelet_asks(tmp_path: Path) -> None:
    """The probes listen on the address that the setting names: in a pod the kubelet comes from outside."""
    [port] = free_ports(1)
    environment = {
        "PATH": os.defpath,
        "GAS_ENV": "local",
        "GAS_AWS__ENDPOINT_URL": "http://127.0.0.1:9",
        "GAS_ANNOTATOR__PROBE_HOST": "127.0.0.2",
        "GAS_ANNOTATOR__PROBE_PORT": str(port),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    program = Path(sys.executable).parent / "gas-annotator"

    with subprocess.Popen(
        [sys.executable, str(program)], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as annotator:
        try:
            until(lambda: _answers(f"http://127.0.0.2:{port}/livez"), seconds=PATIENCE_SECONDS)
        finally:
            annotator.kill()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
