"""What a command costs: wall and processor seconds of it and all that it started, and its memory when that is asked for."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    wall_seconds: float
    cpu_seconds: float
    peak_pss_mib: float = 0.0

    def to_json(self) -> dict[str, float]:
        """As plain values."""
        told = {"wall_seconds": round(self.wall_seconds, 2), "cpu_seconds": round(self.cpu_seconds, 2)}
        return told | ({"peak_pss_mib": round(self.peak_pss_mib, 1)} if self.peak_pss_mib else {})


def best(costs: list[Cost]) -> Cost:
    """The least of each: what others do on the machine only adds."""
    return Cost(
        min(one.wall_seconds for one in costs),
        min(one.cpu_seconds for one in costs),
        max(one.peak_pss_mib for one in costs),
    )


def run(
    script: str, words: Mapping[str, Path | int | str], *, limit_seconds: float, memory: bool = False
) -> Cost:
    """Run a script of bash; `words` are its variables. Looking at memory takes time itself: ask for one or the other.

    Raises:
        RuntimeError: it failed or took too long; its last words are in the message.
    """
    environment = {**os.environ, **{name: str(word) for name, word in words.items()}}
    began = time.perf_counter()
    child = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    peaks: list[float] = [0.0]
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, peaks, over)) if memory else None
    alarm = threading.Timer(limit_seconds, os.killpg, (child.pid, signal.SIGKILL))
    alarm.start()
    if watcher:
        watcher.start()
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    alarm.cancel()
    over.set()
    if watcher:
        watcher.join()
    if child.returncode == -signal.SIGKILL and wall >= limit_seconds:
        raise RuntimeError(f"not done after {limit_seconds:.0f} s")
    if child.returncode != 0:
        words_of_it = said.decode(errors="replace").strip()[-400:]
        raise RuntimeError(f"ended with {child.returncode} after {wall:.0f} s: {words_of_it}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peaks[0])


def _watch(session: int, peaks: list[float], over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        peaks[0] = max(peaks[0], _pss_mib(session))


def _pss_mib(session: int) -> float:
    """Proportional set sizes of a session's processes, together."""
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # It ended meanwhile.
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def say(words: str) -> None:
    """Tell whoever waits what is being done, with the time, beside the figures."""
    print(f"[{time.strftime('%H:%M:%S')}] {words}", file=sys.stderr, flush=True)


def machine() -> dict[str, Any]:
    """Where the figures were taken."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "load": load(),
    }


def load() -> float:
    """How many processes wanted to run during the last minute."""
    return round(os.getloadavg()[0], 2)
