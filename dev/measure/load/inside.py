"""The experiments themselves, run where pods and Services are reached: `dev.measure.load` starts this, with the target in a file."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any, assert_never

from dev.ending import end
from dev.measure.load import annotator_load, archive_load, many_jobs, prometheus, report, web_load
from dev.measure.load.bench import Bench
from dev.measure.load.plan import (
    AnnotatorLoad,
    ArchiveAndRestore,
    Experiment,
    ManyJobs,
    WebLoad,
    chosen,
    shortened,
)
from dev.measure.load.plots import draw_all
from dev.run.cluster.authority import Authority
from dev.run.cluster.installation import Installation
from dev.run.cluster.outside import Outside
from dev.run.cluster.target import Target
from dev.run.up.options import BUILD

NAMESPACE = "gas-load"
"""Also the instance."""

FALL_BACK_SECONDS = 480.0
"""A HorizontalPodAutoscaler waits 5 minutes before it takes a pod away."""


def run(target: Target, wanted: dict[str, Experiment], *, quick: bool) -> int:
    """Run the experiments one after the other, and write after each; 1 when one of them broke."""
    folder = BUILD / "load"
    # The local AWS takes any keys, the SDK insists on some.
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    outside = Outside(folder / "outside", target.address)
    broken = 0
    try:
        outside.start(thaw_seconds=3)
        installation = Installation(target, outside, Authority.make(), folder, namespace=NAMESPACE)
        installation.prepare()
        bench = Bench(installation, _say)
        _first_install(bench, next(iter(wanted.values())))
        for name, experiment in wanted.items():
            _say(f"--- {name}: {experiment}")
            try:
                report.add(name, _run(bench, experiment, folder / name), quick=quick)
            except Exception as error:  # noqa: BLE001 - one that breaks must not cost the others their figures
                _say(f"{name} broke: {type(error).__name__}: {error}")
                broken += 1
            report.set_overrides(bench.values)
            draw_all(report.read())
            prometheus.keep(installation.api, _say)
        if not quick:
            _note_fall_back(bench)
            prometheus.keep(installation.api, _say)
    finally:
        outside.stop()
    found = report.read()
    draw_all(found)
    for sentence in report.missed(found):
        _say(f"missed: {sentence}")
    _say(f"the report is {report.REPORT}")
    return 1 if broken else 0


def _first_install(bench: Bench, experiment: Experiment) -> None:
    seconds = bench.install(experiment.pace if isinstance(experiment, AnnotatorLoad) else 0.0)
    _say(f"installed after {seconds:.0f} s")
    bench.installation.make_user()


def _run(bench: Bench, experiment: Experiment, folder: Path) -> dict[str, Any]:
    match experiment:
        case AnnotatorLoad():
            return annotator_load.run(bench, experiment, folder)
        case WebLoad():
            return web_load.run(bench, experiment, folder)
        case ManyJobs():
            return many_jobs.run(bench, experiment, folder)
        case ArchiveAndRestore():
            return archive_load.run(bench, experiment, folder)
        case _:
            assert_never(experiment)


def _note_fall_back(bench: Bench) -> None:
    """When the web had two pods again, counted from the end of the last run that loaded it."""
    found = report.read()
    last = _last_visit(found)
    if last is not None:
        name, ended = last
        bench.say("waiting for the web to fall back")
        seconds = web_load.fall_back(bench, ended, FALL_BACK_SECONDS)
        run = {key: value for key, value in found["runs"][name].items() if key not in {"at", "size", "aims"}}
        report.add(name, {**run, "secondsToFewestPods": seconds}, quick=False)


def _last_visit(found: dict[str, Any]) -> tuple[str, float] | None:
    visits = {name: each["endedAt"] for name, each in found["runs"].items() if "endedAt" in each}
    recent = {name: ended for name, ended in visits.items() if time.time() - ended < 3600}  # noqa: PLR2004 - of this hour
    return max(recent.items(), key=lambda each: each[1], default=None)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run what is asked for on the target that the environment names."""
    options = parser().parse_args(arguments)
    target = Target.load()
    if target is None:
        print("no target: `make load` names one.", file=sys.stderr)
        return 2
    wanted = {
        name: shortened(each, options.seconds)
        for name, each in chosen(options.names, quick=options.quick).items()
    }
    return run(target, wanted, quick=options.quick)


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    found = argparse.ArgumentParser(
        prog="python -m dev.measure.load", description="The original's scaling experiments."
    )
    found.add_argument("names", nargs="*", help="experiments; none: all of them")
    found.add_argument("--quick", action="store_true", help="on a smaller scale, which the report tells")
    found.add_argument("--seconds", type=float, help="the greatest length of those that visit the web")
    return found


if __name__ == "__main__":
    end(lambda: main(sys.argv[1:]))
