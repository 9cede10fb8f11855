"""The cage around the parsing of strangers' files, tried from inside an annotator's pod."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dev.run.cluster.installation import Installation
from tests.support.inputs import short_vcf
from tests.support.records import with_pace
from tests.support.waiting import until

PACE_SECONDS = 60.0
"""An annotator that is looked at stays busy meanwhile."""

BEFORE = """
import json, os, resource, signal, socket, sys, tempfile
from pathlib import Path
from gas_annotator.cage import own, this_kernel
from gas_annotator.child import Child, ChildLimits, InputRefused
from gas_annotator.engine import EngineLimits, InputRefusedError, Task, load_reference

folder = Path(tempfile.mkdtemp())
(folder / "input").write_text("a stranger's file")
(folder / "output").mkdir()

def tried(attack):
    try:
        attack()
    except Exception as error:
        return type(error).__name__
    return "done"

def told(work, cage=None):
    reference = load_reference("rCRS")
    task = Task(folder / "input", "a.vcf", folder / "output", EngineLimits(9, 999, 999))
    child = Child.fork(task, reference, ChildLimits(20, 2**28, 2**24, 20.0), work, cage=cage)
    while (outcome := child.poll(5)) is None:
        pass
    assert isinstance(outcome, InputRefused), outcome
    return json.loads(outcome.message)
"""
"""Run by a pod's own Python, as the pod's own user, with the very code of the image: what a child found out."""

ATTACK = f"""{BEFORE}
token = folder / "token"
token.write_text("a projected token")
parent = os.getpid()

def write(path):
    path.write_text("evil")

ATTACKS = {{
    "TCP": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "UNIX": lambda: socket.socket(socket.AF_UNIX),
    "read a token": token.read_text,
    "write into the annotator's folder": lambda: write(folder / "evil"),
    "write into /tmp": lambda: write(Path("/tmp/evil")),
    "write into /work": lambda: write(Path("/work/evil")),
    "write into /dev/shm": lambda: write(Path("/dev/shm/evil")),
    "read the parent's environment": Path(f"/proc/{{parent}}/environ").read_bytes,
    "signal the parent": lambda: os.kill(parent, signal.SIGCONT),
    "look at the parent's limits": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
    "memory that is a file": lambda: os.memfd_create("x"),
    "fork": os.fork,
    "a program": lambda: os.execv(sys.executable, ["python", "-c", ""]),
}}

def work(task, reference, report):
    answers = {{name: tried(attack) for name, attack in ATTACKS.items()}}
    # A child's sentence is cut: what came out of the cage has room.
    out = [name for name, answer in answers.items() if answer == "done"]
    raise InputRefusedError(json.dumps({{"tried": len(answers), "out": out}}))

print(json.dumps({{"parts": this_kernel().parts, "user": os.getuid(), **told(work)}}))
"""

WORKERS = f"""{BEFORE}
def work(task, reference, report):
    workers = []
    for number in range(2):
        worker = os.fork()
        if worker == 0:
            (task.output_dir / f"part-{{number}}").write_bytes(task.input_path.read_bytes())
            os._exit(int(tried(socket.socket) == "done"))
        workers.append(worker)
    codes = [os.waitpid(worker, 0)[1] for worker in workers]
    parts = [(task.output_dir / f"part-{{number}}").read_text() for number in range(2)]
    raise InputRefusedError(json.dumps({{"codes": codes, "parts": parts}}))

print(json.dumps(told(work, own((), tasks=2))))
"""
"""An engine that shares its work between two processes."""

FAMILY = """
import json
from pathlib import Path

found = {}
for process in Path("/proc").glob("[0-9]*"):
    try:
        command = (process / "cmdline").read_bytes().replace(b"\\0", b" ").decode()
        status = dict(line.split(":\\t", 1) for line in (process / "status").read_text().splitlines() if ":\\t" in line)
    except OSError:
        continue
    if "gas_annotator.nursery" in command:
        found[process.name] = {"privileges": status["CapEff"].strip(), "parent": status["PPid"].strip()}
print(json.dumps(found))
"""
"""The nursery, and its child if one is at work."""


@pytest.fixture(scope="module")
def pod(installation: Installation) -> Iterator[str]:
    """An annotator that is busy with a job, so that it stays."""
    installation.upgrade(
        with_pace(installation.values(), pace_seconds=PACE_SECONDS, drain_seconds=20, grace_seconds=60)
    )
    installation.make_user()
    installation.send(["for-the-cage"], short_vcf())
    yield until(lambda: installation.pods("annotator", ready=True), seconds=120, pause=0.2)[0]
    installation.await_jobs(["for-the-cage"])
    installation.upgrade()


def test_the_cage_holds_in_a_pod(installation: Installation, pod: str, record_property: Any) -> None:
    """From inside a restricted pod a child reaches no socket, no process and no file but its own: Landlock and seccomp hold."""
    found = json.loads(installation.ask("exec", pod, "--", "python", "-c", ATTACK))

    record_property("found", found)
    assert found["parts"] == {"landlock": True, "seccomp": True}
    assert found["user"] >= 1000
    assert found["tried"] == ATTACK.count(": lambda: ") + 3
    assert found["out"] == []


def test_an_engine_with_workers(installation: Installation, pod: str) -> None:
    """Two processes of one engine work side by side in a pod, and neither may open a socket."""
    found = json.loads(installation.ask("exec", pod, "--", "python", "-c", WORKERS))

    assert found == {"codes": [0, 0], "parts": ["a stranger's file"] * 2}


def test_the_nursery_has_nothing(installation: Installation, pod: str, record_property: Any) -> None:
    """The process that children descend from runs beside the annotator, without any capability."""
    found = json.loads(installation.ask("exec", pod, "--", "python", "-c", FAMILY))

    record_property("processes", found)
    assert found
    assert {process["privileges"] for process in found.values()} == {"0000000000000000"}
