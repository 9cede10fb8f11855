"""Writes the tables and the list of plots of docs/scaling.md from a report: `python -m dev.measure.load.page [REPORT]`.

The page's own words stay; what lies between its marks is written anew. Of the report a table is kept beside the plots.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.ending import end
from dev.measure.load.plots import FOLDER, draw_all, title
from dev.measure.load.report import REPORT, judged_anew
from dev.measure.load.table import table

PAGE = ROOT / "docs" / "scaling.md"
KEPT = FOLDER / "figures.csv"
"""Every figure of the report; the report itself, with its curves, stays in build."""

_MARKED = re.compile(r"(<!-- (original|figures|pictures) begin -->\n).*?(?=<!-- \2 end -->)", re.DOTALL)

_FIGURE = re.compile(r"\{([A-Za-z0-9.]+)\}")

ROWS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "annotators": (
        ("first message to first ready pod", "secondsToFirstReadyPod"),
        ("first message to 10 ready pods", "secondsTo10ReadyPods"),
        ("most ready pods", "mostReadyPods"),
        ("last job's end to no pod", "secondsFromLastJobToNoPod"),
        ("jobs a minute", "jobsPerMinute"),
        ("waited in the queue: median", "waitedSeconds.median"),
        ("waited in the queue: worst", "waitedSeconds.worst"),
        ("of rCRS's: median", "references.rCRS.waitedSeconds.median"),
        ("of yeast's: median", "references.yeast-I.waitedSeconds.median"),
        ("of the fruit fly's: median", "references.fly-4.waitedSeconds.median"),
        ("busy pods killed", "killedPods"),
        ("taken again by another annotator", "checker.takenAgain"),
        ("Kubernetes API calls per job life", "kubernetesCalls.perJobLife"),
    ),
    "web": (
        ("requests", "sent"),
        ("failed", "failed"),
        ("requests a second", "total.perSecond"),
        ("p50, ms", "total.medianMs"),
        ("p95, ms", "total.p95Ms"),
        ("p99, ms", "total.p99Ms"),
        ("list p95, ms", "requests.list.p95Ms"),
        ("details p95, ms", "requests.details.p95Ms"),
        ("submit p50, ms", "requests.submit.medianMs"),
        ("submit p99, ms", "requests.submit.p99Ms"),
        ("web pods: before", "replicas.before"),
        ("web pods: most", "replicas.most"),
        ("end to 2 web pods again, s", "secondsToFewestPods"),
    ),
    "many": (
        ("`kubectl get aj`, s", "kubectlGetSeconds.median"),
        ("of them kubectl held itself back, s", "kubectlHeldItselfBackSeconds"),
        ("`kubectl get aj --chunk-size=0`, s", "kubectlGetInOnePageSeconds.median"),
        ("made, s", "secondsOfCreation"),
        ("all shown, s", "secondsToAllShown"),
        ("all shown to quiet, s", "secondsFromShownToQuiet"),
        ("reconcile lag one by one: median, s", "reconcileLagSeconds.median"),
        ("reconcile lag one by one: p95, s", "reconcileLagSeconds.p95"),
        ("reconcile lag in the flood: p95, s", "lagInTheFloodSeconds.p95"),
        ("memory of the controllers: most, MiB", "memory.mostMiB"),
        ("their limit, MiB", "memory.limitMiB"),
        ("restart to quiet, s", "restartToQuietSeconds"),
        ("passes after the restart", "passesAfterRestart"),
    ),
    "archive": (
        ("retention, s", "retentionSeconds"),
        ("Completed to Archived: median, s", "hotSeconds.median"),
        ("Completed to Archived: worst, s", "hotSeconds.worst"),
        ("Restoring to Restored: median, s", "restoringSeconds.median"),
        ("Restoring to Restored: worst, s", "restoringSeconds.worst"),
        ("premium to Restored: median, s", "upgradeToRestoredSeconds.median"),
        ("premium to Restored: worst, s", "upgradeToRestoredSeconds.worst"),
    ),
}

COMPARED: Mapping[str, tuple[str, str, str]] = {
    "annotators-arrivals": (
        "annotators, one job every 5 s",
        "2 → 10 in 54 minutes, one more every 6 minutes; back to 2 in 30, with a bounce",
        (
            "0 → {mostReadyPods}, the first {secondsToFirstReadyPod} s after the first message; "
            "back to 0 within {secondsFromLastJobToNoPod} s of the last job"
        ),
    ),
    "annotators-burst-killed": (
        "jobs lost",
        "not known: nobody looked",
        "{checker.lost} of {checker.attempted}, with {killedPods} busy pods killed",
    ),
    "web-home": (
        "300 visitors, 30 new a second, `GET /`",
        "36.8 % of 354,998 requests failed (502, 504); median 10 ms, mean 3.4 s, p75 10 s; web 2 → 8 in 30 minutes",
        (
            "{failed} of {sent} requests failed in {seconds} s; median {total.medianMs} ms, p95 {total.p95Ms} ms; "
            "web {replicas.before} → {replicas.most}"
        ),
    ),
}
"""What both were asked: the question, the original's answer by its owners' reports, and ours, with the figures that go into it."""

EVERYWHERE = (
    ("machine busy, % of all cores", "cpu.machineBusyPercent"),
    ("local AWS, % of one core", "cpu.localCloudPercentOfACore"),
)


def original(report: Mapping[str, Any]) -> str:
    """The original's figures beside those of the runs that there are."""
    lines = ["| | the original | here |", "|---|---|---|"]
    for name, (asked, theirs, ours) in COMPARED.items():
        run = report["runs"].get(name)
        if run is not None:
            lines.append(f"| {asked} | {theirs} | {_with_figures(ours, run)} |")
    return "\n".join(lines) + "\n"


def figures(report: Mapping[str, Any]) -> str:
    """The tables: aims, and the figures of each kind of run side by side."""
    runs = report["runs"]
    parts = [_aims(runs)]
    for kind, rows in ROWS.items():
        found = {name: run for name, run in runs.items() if name.startswith(kind)}
        if found:
            parts.append(_side_by_side(found, (*rows, *EVERYWHERE)))
    return "\n\n".join(parts) + "\n"


def pictures(report: Mapping[str, Any], drawn: Iterable[Path]) -> str:
    """A line for each run that was drawn: its plot, and in words what it is of."""
    return "".join(
        f"![{title(path.stem, report['runs'][path.stem])}](scaling/{path.name})\n" for path in drawn
    )


def with_parts(text: str, parts: Mapping[str, str]) -> str:
    """The page with what lies between its marks written anew."""
    return _MARKED.sub(lambda mark: mark[1] + parts[mark[2]], text)


def _aims(runs: Mapping[str, Any]) -> str:
    lines = ["| run | aim | found | |", "|---|---|---|---|"]
    for name, run in runs.items():
        for aim in run["aims"]:
            verdict = {True: "met", False: "**missed**", None: "not measured"}[aim["met"]]
            lines.append(f"| {name} | {aim['aim']} | {_text(aim['found'])} | {verdict} |")
    return "\n".join(lines)


def _side_by_side(runs: Mapping[str, Any], rows: tuple[tuple[str, str], ...]) -> str:
    lines = [f"| | {' | '.join(runs)} |", "|---" * (len(runs) + 1) + "|"]
    sizes = [str(run["size"]).partition(":")[0] for run in runs.values()]
    lines.append(f"| size of the run | {' | '.join(sizes)} |")
    for text, path in rows:
        values = [_at(run, path) for run in runs.values()]
        if any(value is not None for value in values):
            lines.append(f"| {text} | {' | '.join(map(_text, values))} |")
    checked = [run.get("checker") for run in runs.values()]
    if any(checked):
        names = ("attempted", "acknowledged", "ok", "recovered", "lost", "unexpected", "duplicated")
        cells = [", ".join(f"{each[name]} {name}" for name in names) if each else "" for each in checked]
        lines.append(f"| checker | {' | '.join(cells)} |")
    return "\n".join(lines)


def _with_figures(text: str, run: Mapping[str, Any]) -> str:
    return _FIGURE.sub(lambda found: _text(_at(run, found[1])), text)


def _at(run: Mapping[str, Any], path: str) -> Any:
    found: Any = run
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def main(arguments: list[str]) -> int:
    """Write page, plots and the table beside them."""
    report = judged_anew(json.loads(Path(arguments[0] if arguments else REPORT).read_text(encoding="utf-8")))
    parts = {
        "original": original(report),
        "figures": figures(report),
        "pictures": pictures(report, draw_all(report)),
    }
    KEPT.write_text(table(report), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_parts(text, parts), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    end(lambda: main(sys.argv[1:]))
