"""What a machine looks like before and after a node."""

import subprocess

from kube.node import machine


def test_every_difference_is_told() -> None:
    """New, gone and changed things each get a sentence; equal ones none."""
    before = {"link": {"lo": "UP", "eth0": "UP"}, "mount": {"/a": "ext4"}}
    after = {"link": {"lo": "UP", "eth0": "DOWN", "cni0": "UP"}, "mount": {}}

    found = machine.differences(before, after)

    assert found == [
        "link cni0 is new: UP",
        "link eth0 was UP and is DOWN",
        "mount /a is gone: ext4",
    ]
    assert machine.differences(before, before) == []


def test_ended_process_is_not_still_there() -> None:
    """A process counts while it runs, and a stranger under its id does not."""
    process = subprocess.Popen(["sleep", "60"])
    started = machine._start_time(process.pid)

    running = machine.still_there(frozenset({(process.pid, started)}))
    process.kill()
    process.wait()
    ended = machine.still_there(frozenset({(process.pid, started)}))
    stranger = machine.still_there(frozenset({(1, "0000")}))

    assert started
    assert (running, ended, stranger) == ([process.pid], [], [])
