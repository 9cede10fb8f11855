"""Draws the runs of a report, as SVG into docs/scaling."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.write.dashboards.board import Look
from dev.write.plotter import Chart, Curve, Mark, Picture, Span, repeatable

FOLDER = ROOT / "docs" / "scaling"

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#D55E00", "#009E73", "#B2182B", "#767676"
"""Colours that people with any colour vision tell apart."""

WIDE, TITLE_INCHES, CHART_INCHES = 13.0, 0.5, 2.2


def draw_all(report: dict[str, Any], folder: Path = FOLDER) -> list[Path]:
    """Draw every run that has a curve; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []
    for name, run in report["runs"].items():
        charts = _charts(name)
        if charts is not None and run.get("timeline"):
            drawn.append(folder / f"{name}.svg")
            _draw(title(name, run), charts(run), drawn[-1])
    return drawn


def _charts(name: str) -> Callable[[Mapping[str, Any]], list[Chart]] | None:
    if name.startswith("annotators"):
        return annotators
    if name.startswith("web"):
        return web
    return many_jobs if name.startswith("many") else None


def _draw(name: str, charts: list[Chart], file: Path) -> None:
    """One chart below the other, over the seconds of the run."""
    ended = max(time for chart in charts for curve in chart.curves for time in curve.times)
    size = WIDE, TITLE_INCHES + len(charts) * CHART_INCHES
    with repeatable("gas"):
        picture = Picture(name, "seconds since the run began", size, Span(0, ended, "{:g}".format))
        for number, chart in enumerate(charts):
            picture.chart(chart, (0, TITLE_INCHES + number * CHART_INCHES, WIDE, CHART_INCHES))
        picture.save(file)


def annotators(run: Mapping[str, Any]) -> list[Chart]:
    """Pods above, jobs in the middle, and the age of the oldest below."""
    curves = run["timeline"]
    at = curves["seconds"]
    kills = [
        Mark(moment, RED, "" if number else "a busy pod is killed")
        for number, moment in enumerate(sorted(set(run.get("kills", ()))))
    ]
    pods = [
        Curve("wanted", at, curves["wanted"], GREY, dashed=True),
        Curve("ready", at, curves["ready"], BLUE),
    ]
    jobs = [Curve("waiting", at, curves["waiting"], ORANGE), Curve("running", at, curves["running"], GREEN)]
    return [
        Chart("annotator pods", pods, look=Look.STEPS, times=kills),
        Chart("jobs", jobs),
        Chart("oldest waits, s", [Curve("oldest", at, curves["oldestSeconds"], ORANGE)]),
    ]


def web(run: Mapping[str, Any]) -> list[Chart]:
    """Requests and failures above, times in the middle, and pods below."""
    curves = run["timeline"]
    at = curves["seconds"]
    rate = [
        Curve("requests a second", at, curves["requestsPerSecond"], BLUE),
        Curve("failures a second", at, curves["failuresPerSecond"], RED),
    ]
    times = [
        Curve("median so far", at, curves["medianMs"], GREEN),
        Curve("p95 so far", at, curves["p95Ms"], ORANGE),
    ]
    pods = [Curve("ready", curves["replicaSeconds"], curves["replicas"], BLUE)]
    return [
        Chart("a second", rate),
        Chart("ms", times),
        Chart("ready web pods", pods, look=Look.STEPS),
    ]


def many_jobs(run: Mapping[str, Any]) -> list[Chart]:
    """Jobs made and shown above, what waits for the controllers in the middle, and their memory below."""
    curves = run["timeline"]
    at, ended = curves["seconds"], curves["seconds"][-1]
    named = (("quiet", GREEN, "the backlog is worked off"), ("restart", RED, "the controllers restart"))
    marks = [Mark(run["marks"][mark], color, text) for mark, color, text in named if mark in run["marks"]]
    jobs = [
        Curve("made", at, curves["made"], GREY, dashed=True),
        Curve("show a phase", at, curves["shown"], BLUE),
    ]
    limit = [run["memory"]["limitMiB"]] * 2
    memory = [
        Curve("used", curves["memoryMiBSeconds"], curves["memoryMiB"], BLUE),
        Curve("limit", [0, ended], limit, GREY, dashed=True),
    ]
    waiting = [Curve("waiting", curves["waitingSeconds"], curves["waiting"], ORANGE)]
    return [
        Chart("jobs", jobs, times=marks),
        Chart("wait in the lanes", waiting, times=marks),
        Chart("controllers, MiB", memory, times=marks),
    ]


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
