"""The annotators under load: jobs in a stream or in a burst, and what the pods do."""

import random
import secrets
import time
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

from dev.measure.load import machine, timeline
from dev.measure.load.bench import Bench
from dev.measure.load.checker import Submission
from dev.measure.load.killer import Killer
from dev.measure.load.mixture import by_reference
from dev.measure.load.plan import RCRS, AnnotatorLoad
from dev.measure.load.readers import read_catalogue
from dev.run.cluster.installation import FINISHED
from dev.run.up.built_reference import BuiltReference
from dev.run.up.inputs import write_inputs
from kube.errors import ClusterError

TEN = 10
"""The most pods by default, and what the original reached after 54 minutes."""

_POD_SECONDS = 300.0
"""How long ten pods, or none, may take before the run goes on without."""


def run(bench: Bench, load: AnnotatorLoad, folder: Any) -> dict[str, Any]:
    """Send the jobs, wait until all have ended and no annotator is left, and judge."""
    bench.install(load.pace)
    bench.installation.await_nobody()
    stem = f"load-{secrets.token_hex(3)}"
    names = [f"{stem}-{number:04}" for number in range(load.jobs)]
    contents = {RCRS: write_inputs(folder / "inputs")["premium"].read_bytes(), **_published(bench, load)}
    turns = dict(zip(names, cycle(load.references), strict=False))
    for reference, content in contents.items():
        bench.put_inputs([name for name in names if turns[name] == reference], content)
    spec = {} if load.backoff_limit is None else {"backoffLimit": load.backoff_limit}
    specs = {name: {"reference": reference, **spec} for name, reference in turns.items()}
    calls, began, looked = bench.api_calls(), time.time(), bench.looked()

    seed = random.SystemRandom().randrange(10**6)
    killer = Killer(bench, names, every=load.kill_every, seed=seed)
    submissions = _send(bench, load, specs)
    sent = time.time()
    try:
        if load.kill_every:
            bench.say(f"killing half of the busy pods every {load.kill_every:g} s, with seed {seed}")
            _await_ten(bench)
            killer.start()
        done = bench.await_phases("the jobs to end", names, frozenset(FINISHED), load.limit_seconds)
        ended, busy = time.time(), machine.shares(looked, bench.looked())
        calls_after = bench.api_calls()
        _await_none(bench)
    finally:
        killer.stop()
    gone = time.time()

    figures = _figures(bench, names, began, gone)
    if len(load.references) > 1:
        figures |= by_reference(bench.records(names), read_catalogue(bench.aws["s3"], bench.namespace))
    extra = (
        {"seed": seed, "killedPods": len(killer.killed), "killerErrors": killer.errors, "jobSpec": spec}
        if load.kill_every
        else {}
    )
    return {
        **bench.context(load),
        **extra,
        "allEnded": done,
        "secondsOfSending": round(sent - began, 1),
        "secondsToLastJob": round(ended - began, 1),
        **figures,
        "kubernetesCalls": _per_job(calls, calls_after, load.jobs),
        "cpu": busy,
        "checker": bench.judge(submissions).to_json(),
        "kills": [round(time_ - began, 1) for time_, _ in killer.killed],
    }


def _published(bench: Bench, load: AnnotatorLoad) -> dict[str, bytes]:
    """Publish what the jobs want beside rCRS; a file to send against each."""
    wanted = [name for name in load.references if name != RCRS]
    folder = bench.installation.target.references
    if wanted and not folder:
        raise ClusterError("the genomes of this run could not be had: what was printed before it says why")
    found = [BuiltReference.beneath(Path(folder), name) for name in wanted]
    for reference in found:
        bench.installation.publish(reference)
    return {reference.name: reference.sample.read_bytes() for reference in found}


def _send(bench: Bench, load: AnnotatorLoad, specs: Mapping[str, Mapping[str, Any]]) -> list[Submission]:
    if not load.every:
        bench.say(f"sending {load.jobs} jobs at once")
        return bench.create_each(specs)
    bench.say(f"sending a job every {load.every:g} s, {load.jobs} in all")
    began, submissions = time.monotonic(), []
    for number, (name, spec) in enumerate(specs.items()):
        time.sleep(max(0.0, began + number * load.every - time.monotonic()))
        submissions.append(bench.create(name, **spec))
    return submissions


def _await_ten(bench: Bench) -> None:
    bench.wait(
        "ten annotators",
        _POD_SECONDS,
        lambda: timeline.at(bench.watching.ready("annotator"), time.time()) >= TEN,
    )


def _await_none(bench: Bench) -> None:
    bench.wait(
        "the last annotator to go",
        _POD_SECONDS,
        lambda: not bench.installation.pods("annotator", ending=True),
    )


def _figures(bench: Bench, names: list[str], began: float, gone: float) -> dict[str, Any]:
    """What the watches and the records tell of the time from the first submission to the last pod's end."""
    jobs = [timeline.stays(record.get("history", ())) for record in bench.records(names)]
    pods = [pod for pod in bench.watching.pods("annotator") if pod.seen >= began]
    ready, wanted = timeline.ready_steps(pods), bench.watching.wanted("annotator")
    first = timeline.first_message(jobs) or began
    last = timeline.last_end(jobs) or gone
    drawn = timeline.curves(begin=began, end=gone, ready=ready, wanted=wanted, jobs=jobs)
    return {
        "secondsFromResourceToMessage": round(first - began, 1),
        "secondsToFirstReadyPod": timeline.seconds_until(ready, 1, first),
        "secondsTo10ReadyPods": timeline.seconds_until(ready, TEN, first),
        "mostReadyPods": timeline.most(ready),
        "podsStarted": len(pods),
        "secondsFromLastJobToNoPod": timeline.seconds_until_none(ready, last),
        "jobsPerMinute": round(60 * len(jobs) / (last - first), 1) if last > first else None,
        "waitedSeconds": timeline.spread(timeline.waited_seconds(jobs)),
        "timeline": drawn,
    }


def _per_job(before: dict[str, int], after: dict[str, int], jobs: int) -> dict[str, Any]:
    made = {name: after[name] - before.get(name, 0) for name in after}
    by_call = {name: round(number / jobs, 2) for name, number in sorted(made.items()) if number}
    return {"perJobLife": round(sum(made.values()) / jobs, 2), "byCall": by_call}
