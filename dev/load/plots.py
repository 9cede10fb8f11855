"""Draws the runs of a report: `python -m dev.load.plots [REPORT]` writes SVG and PNG into docs/scaling."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

from dev.ending import end

mpl.use("Agg")

from matplotlib import pyplot as plt

from dev.load.report import REPORT
from dev.up.options import ROOT

FOLDER = ROOT / "docs" / "scaling"

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#D55E00", "#009E73", "#B2182B", "#767676"
"""Colours that people with any colour vision tell apart."""

STYLE = {
    "svg.fonttype": "none",
    # The same picture of the same figures, byte by byte.
    "svg.hashsalt": "gas",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "font.size": 10,
    "legend.frameon": False,
}


def draw_all(report: dict[str, Any], folder: Path = FOLDER) -> list[Path]:
    """Draw every run that has a curve; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []
    with mpl.rc_context(STYLE):
        for name, run in report["runs"].items():
            draw = _drawing(name)
            if draw is not None and run.get("timeline"):
                drawn += _saved(draw(name, run), folder / name)
    return drawn


def _drawing(name: str) -> Callable[[str, dict[str, Any]], Any] | None:
    if name.startswith("annotators"):
        return annotators
    if name.startswith("web"):
        return web
    return many_jobs if name.startswith("many") else None


def annotators(name: str, run: dict[str, Any]) -> Any:
    """Pods above, jobs in the middle, and the age of the oldest below."""
    curves = run["timeline"]
    figure, (pods, jobs, age) = plt.subplots(3, 1, sharex=True, figsize=(8, 7), height_ratios=(3, 2, 2))
    seconds = curves["seconds"]
    pods.step(seconds, curves["wanted"], where="post", color=GREY, linestyle="--", label="wanted")
    pods.step(seconds, curves["ready"], where="post", color=BLUE, linewidth=2, label="ready")
    for number, moment in enumerate(sorted(set(run.get("kills", ())))):
        pods.axvline(
            moment, color=RED, alpha=0.35, linewidth=1, label=None if number else "a busy pod is killed"
        )
    pods.set_ylabel("annotator pods")
    pods.set_ylim(0, 1.3 * max([1, *curves["wanted"], *curves["ready"]]))
    pods.legend(loc="upper right", ncols=3)
    jobs.plot(seconds, curves["waiting"], color=ORANGE, label="waiting")
    jobs.plot(seconds, curves["running"], color=GREEN, label="running")
    jobs.set_ylabel("jobs")
    jobs.set_ylim(0, 1.3 * max([1, *curves["waiting"], *curves["running"]]))
    jobs.legend(loc="upper right", ncols=2)
    age.plot(seconds, curves["oldestSeconds"], color=ORANGE)
    age.set_ylabel("oldest waits, s")
    age.set_ylim(bottom=0)
    age.set_xlabel("seconds since the first job was sent")
    pods.set_title(title(name, run))
    return figure


def web(name: str, run: dict[str, Any]) -> Any:
    """Requests and failures above, times in the middle, and pods below."""
    curves = run["timeline"]
    figure, (rate, times, pods) = plt.subplots(3, 1, sharex=True, figsize=(8, 7), height_ratios=(3, 3, 2))
    seconds = curves["seconds"]
    rate.plot(seconds, curves["requestsPerSecond"], color=BLUE, label="requests a second")
    rate.plot(seconds, curves["failuresPerSecond"], color=RED, label="failures a second")
    rate.set_ylabel("a second")
    rate.set_ylim(0, 1.3 * max([1, *curves["requestsPerSecond"]]))
    rate.legend(loc="upper right", ncols=2)
    times.plot(seconds, curves["medianMs"], color=GREEN, label="median so far")
    times.plot(seconds, curves["p95Ms"], color=ORANGE, label="p95 so far")
    times.set_ylabel("ms")
    times.set_ylim(0, 1.3 * max([1, *curves["p95Ms"]]))
    times.legend(loc="upper right", ncols=2)
    pods.step(curves["replicaSeconds"], curves["replicas"], where="post", color=BLUE, linewidth=2)
    pods.set_ylabel("ready web pods")
    pods.set_ylim(bottom=0)
    pods.set_xlabel("seconds since the first visitor")
    rate.set_title(title(name, run))
    return figure


def many_jobs(name: str, run: dict[str, Any]) -> Any:
    """Jobs made and shown above, what waits for the controllers in the middle, and their memory below."""
    curves = run["timeline"]
    figure, (jobs, waiting, memory) = plt.subplots(3, 1, sharex=True, figsize=(8, 7), height_ratios=(3, 2, 2))
    jobs.plot(curves["seconds"], curves["made"], color=GREY, linestyle="--", label="made")
    jobs.plot(curves["seconds"], curves["shown"], color=BLUE, linewidth=2, label="show a phase")
    jobs.set_ylabel("jobs")
    jobs.set_ylim(0, 1.3 * max([1, *curves["made"], *curves["shown"]]))
    marks = (("quiet", GREEN, "the backlog is worked off"), ("restart", RED, "the controllers restart"))
    for mark, colour, text in marks:
        for panel in (jobs, waiting, memory) if mark in run["marks"] else ():
            panel.axvline(
                run["marks"][mark], color=colour, linestyle=":", label=text if panel is jobs else None
            )
    # The marks go behind the words.
    jobs.legend(loc="upper right", ncols=2, frameon=True, framealpha=1, edgecolor="none")
    waiting.plot(curves["waitingSeconds"], curves["waiting"], color=ORANGE)
    waiting.set_ylabel("wait in the lanes")
    waiting.set_ylim(0, 1.1 * max([1, *curves["waiting"]]))
    memory.plot(curves["memoryMiBSeconds"], curves["memoryMiB"], color=BLUE)
    memory.axhline(run["memory"]["limitMiB"], color=GREY, linestyle="--", label="limit")
    memory.set_ylabel("controllers, MiB")
    memory.set_ylim(bottom=0)
    memory.legend(loc="lower right")
    memory.set_xlabel("seconds since the first job was made")
    jobs.set_title(title(name, run))
    return figure


def title(name: str, run: dict[str, Any]) -> str:
    """What a run was, in one line."""
    plan = run["experiment"]
    load = run["machine"]["loadAverage"][0]
    if "probes" in plan:
        return f"{name}: {plan['jobs']} suspended jobs at once (load of the machine {load:g})"
    if "users" in plan:
        return f"{name}: {plan['users']} users, {plan['seconds']:g} s (load of the machine {load:g})"
    way = f"one every {plan['every']:g} s" if plan["every"] else "at once"
    return f"{name}: {plan['jobs']} jobs {way}, pace {plan['pace']:g} s (load of the machine {load:g})"


def _saved(figure: Any, stem: Path) -> list[Path]:
    figure.tight_layout()
    paths = [stem.with_suffix(suffix) for suffix in (".svg", ".png")]
    figure.savefig(paths[0], metadata={"Date": None})
    figure.savefig(paths[1], dpi=110, metadata={"Software": None})
    plt.close(figure)
    return paths


def main(arguments: list[str]) -> int:
    """Draw, and list the files."""
    source = Path(arguments[0]) if arguments else REPORT
    for path in draw_all(json.loads(source.read_text(encoding="utf-8"))):
        print(path)
    return 0


if __name__ == "__main__":
    end(lambda: main(sys.argv[1:]))
