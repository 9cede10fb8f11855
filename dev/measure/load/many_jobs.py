"""Ten thousand AnnotationJobs at a time, with the controllers in their pod."""

import re
import secrets
import time
from collections.abc import Collection
from statistics import median
from typing import Any

from kubernetes import client

from dev.measure.load import machine, prometheus, timeline
from dev.measure.load.bench import Bench
from dev.measure.load.checker import Submission
from dev.measure.load.plan import ManyJobs
from dev.measure.metrics import counted, series

SHOWN = frozenset({"Pending"})
"""Suspended jobs rest in this phase."""

QUIET_SECONDS = 5.0
"""The controllers are quiet when for so long no pass was made, nothing waited, and no record was glanced at."""

QUIET_LOOK_SECONDS = 0.5

BACKLOG_SECONDS = 420.0
"""How long the controllers may take for the passes that the flood's own status writes ask for."""

_EVERY = 5.0
"""Seconds between two points of a curve: as often as Prometheus looks."""

_PROBE_PAUSE = 0.5
_LOOKS = 5
_KUBECTL_SECONDS = 120.0


def run(bench: Bench, load: ManyJobs, _: Any) -> dict[str, Any]:
    """Make them, suspended so that none needs an annotator, and measure what everybody feels."""
    bench.install(0.0)
    bench.installation.await_ready()
    stem = f"many-{secrets.token_hex(3)}"
    names = [f"{stem}-{number:05}" for number in range(load.jobs)]
    calls, looked, began = bench.api_calls(), bench.looked(), time.time()

    bench.say(f"making {load.jobs} suspended AnnotationJobs")
    submissions = bench.create_all(names, suspend=True)
    made = {each.job_id: each.at for each in submissions if each.acknowledged}
    created = time.time()
    all_shown = bench.await_phases("every job to be shown", made, SHOWN, load.limit_seconds)
    shown, busy = time.time(), machine.shares(looked, bench.looked())
    flood = bench.api_calls()
    lags = [bench.watching.shown[name] - made[name] for name in made if name in bench.watching.shown]

    figures = {
        "secondsOfCreation": round(created - began, 1),
        "secondsToAllShown": round(shown - began, 1) if all_shown else None,
        "shown": len(lags),
        "lagInTheFloodSeconds": timeline.spread(lags),
        "kubernetesCalls": {name: round((flood[name] - calls.get(name, 0)) / len(made), 2) for name in flood},
        "cpuInTheFlood": busy,
    }
    bench.say("working off what the flood asked for")
    quiet = _await_quiet(bench)
    figures["secondsFromShownToQuiet"] = None if quiet is None else round(quiet - shown, 1)
    marks = {"quiet": quiet or time.time()}
    bench.say("one by one among them")
    probes, probe_lags = _probe(bench, f"{stem}-probe", load.probes)
    figures["reconcileLagSeconds"] = timeline.spread(probe_lags, 3)
    figures["kubectlGetSeconds"] = _kubectl_get(bench)
    figures["kubectlHeldItselfBackSeconds"] = _held_back(bench)
    figures["kubectlGetInOnePageSeconds"] = _kubectl_get(bench, "--chunk-size=0")
    bench.say("restarting the controllers")
    marks["restart"] = time.time()
    figures |= _restart(bench)
    ended = time.time()
    figures["memory"] = _memory(bench, began, ended)
    figures["checker"] = bench.judge([*submissions, *probes], SHOWN).to_json()
    return {
        **bench.context(load),
        **figures,
        "marks": {name: round(moment - began, 1) for name, moment in marks.items()},
        "timeline": _curves(bench, began, ended, made.values()),
    }


def _await_quiet(bench: Bench) -> float | None:
    """When the last pass of the backlog was made: for a while nothing waited in a lane, and nobody made a pass."""
    deadline = time.time() + BACKLOG_SECONDS
    moved, last = time.time(), -1.0
    while time.time() - moved < QUIET_SECONDS:
        if time.time() > deadline:
            bench.say(f"the controllers are not quiet after {BACKLOG_SECONDS:.0f} s")
            return None
        text = bench.controllers_metrics()
        waiting = sum(value for _, value in series(text, "gas_controllers_lane_depth"))
        passes = counted(text, "gas_controllers_reconciles_total")
        if not text or waiting or passes != last:
            moved, last = time.time(), passes
        time.sleep(QUIET_LOOK_SECONDS)
    return moved


def _probe(bench: Bench, stem: str, count: int) -> tuple[list[Submission], list[float]]:
    """Jobs that come one by one; and from the API server's yes to the first status that a watch shows."""
    submissions = []
    for number in range(count):
        submissions.append(bench.create(f"{stem}-{number:03}", suspend=True))
        time.sleep(_PROBE_PAUSE)
    made = {each.job_id: each.at for each in submissions if each.acknowledged}
    bench.await_phases("the probes to be shown", made, SHOWN, 60)
    shown = bench.watching.shown
    return submissions, [max(0.0, shown[name] - since) for name, since in made.items() if name in shown]


def _kubectl_get(bench: Bench, *more: str) -> dict[str, Any]:
    """How long a person waits for the table of all jobs; `kubectl` asks for pages of 500 unless told otherwise."""
    taken, lines = [], 0
    for _ in range(_LOOKS):
        began = time.monotonic()
        text = bench.installation.ask("get", "aj", *more, seconds=_KUBECTL_SECONDS)
        taken.append(time.monotonic() - began)
        lines = len(text.splitlines()) - 1
    return {"median": round(median(taken), 2), "worst": round(max(taken), 2), "rows": lines}


def _held_back(bench: Bench) -> float:
    """How long kubectl waits by its own limit of requests while it fetches the pages, as its log tells."""
    where = f"--namespace={bench.installation.namespace}"
    answer = bench.installation.kubectl.ask(where, "get", "aj", "--v=6", seconds=_KUBECTL_SECONDS)
    return held_back(answer.stderr)


def held_back(log: str) -> float:
    """The seconds that kubectl waited before requests, by its log."""
    delays = re.findall(r'"Waited before sending request" delay="([0-9.]+)(ms|s)"', log)
    return round(sum(float(number) / {"ms": 1000, "s": 1}[unit] for number, unit in delays), 2)


def _restart(bench: Bench) -> dict[str, Any]:
    """Delete the controllers' pod, and wait until the next one has looked at everything and has nothing to do."""
    old = bench.installation.pods("controllers")
    before = bench.installation.outside.control.requests().get("dynamodb", {})
    deleted = time.time()
    bench.core.delete_namespaced_pod(old[0], bench.namespace, _request_timeout=30)
    moved, last, ready = deleted, (-1.0, -1), False
    while not ready or time.time() - moved < QUIET_SECONDS:
        if time.time() - deleted > _KUBECTL_SECONDS * 3:
            break
        # Before it is ready it lists all resources, and makes no pass meanwhile.
        ready = ready or bool(set(bench.installation.pods("controllers", ready=True)) - set(old))
        text = "" if set(bench.installation.pods("controllers")) <= set(old) else bench.controllers_metrics()
        waiting = sum(value for _, value in series(text, "gas_controllers_lane_depth"))
        # Nor does it for long while it glances at all records, a hundred at a time.
        found = counted(text, "gas_controllers_reconciles_total"), _glances(bench)
        if not text or waiting or found != last:
            moved, last = time.time(), found if text else (-1.0, -1)
        time.sleep(0.25)
    started = _started(bench)
    after = bench.installation.outside.control.requests().get("dynamodb", {})
    reads = {
        name: after.get(name, 0) - before.get(name, 0)
        for name in ("BatchGetItem", "GetItem", "Query", "UpdateItem")
    }
    return {
        "restartToQuietSeconds": round(moved - started, 1),
        "deletionToQuietSeconds": round(moved - deleted, 1),
        "passesAfterRestart": int(max(last[0], 0)),
        "dynamodbCallsOfRestart": reads,
    }


def _glances(bench: Bench) -> int:
    """How many batches of records were read so far."""
    return bench.installation.outside.control.requests().get("dynamodb", {}).get("BatchGetItem", 0)


def _started(bench: Bench) -> float:
    """When the container of the controllers was started, by the kubelet's clock, in whole seconds."""
    pod = bench.installation.pod_objects("controllers")[-1]
    text = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def _memory(bench: Bench, began: float, ended: float) -> dict[str, Any]:
    """The most memory that a container of the controllers had, looked at every few seconds, beside its limit."""
    deployment = client.AppsV1Api(bench.installation.api).read_namespaced_deployment(
        "gas-controllers", bench.namespace, _request_timeout=30
    )
    text = deployment.spec.template.spec.containers[0].resources.limits["memory"]
    limit = int(text.removesuffix("Mi")) * 1024**2
    points = [value for line in _memory_seen(bench, began, ended) for _, value in line.points]
    if not points:
        return {"limitMiB": limit // 1024**2}
    return {
        "mostMiB": round(max(points) / 1024**2),
        "limitMiB": limit // 1024**2,
        "shareOfLimit": round(max(points) / limit, 2),
    }


def _memory_seen(bench: Bench, began: float, ended: float) -> list[Any]:
    """The largest memory of the containers of the controllers since the point before, in bytes.

    The kubelet's figure is what the limit is about. A kubelet that has none leaves what the process itself tells.
    """
    where = f'namespace="{bench.namespace}"'
    for series_of in (
        f'container_memory_working_set_bytes{{{where},pod=~"gas-controllers-.+",container!=""}}',
        f'process_resident_memory_bytes{{{where},component="controllers"}}',
    ):
        expr = f"max(max_over_time({series_of}[{_EVERY * 4:.0f}s]))"
        found = _ask(bench, expr, began, ended)
        if found:
            return found
    return []


def _curves(bench: Bench, began: float, ended: float, made: Collection[float]) -> dict[str, list[float]]:
    """What a plot shows: jobs that were made and shown, what waits in the lanes, and the memory of the controllers."""
    moments = [began + number * _EVERY for number in range(int((ended - began) / _EVERY) + 1)]
    shown = [moment for moment in bench.watching.shown.values() if moment >= began]
    drawn: dict[str, list[float]] = {
        "seconds": [round(moment - began, 1) for moment in moments],
        "made": list(timeline.so_far(made, moments)),
        "shown": list(timeline.so_far(shown, moments)),
    }
    waiting = _ask(bench, f'sum(gas_controllers_lane_depth{{namespace="{bench.namespace}"}})', began, ended)
    for name, lines, unit in (
        ("waiting", waiting, 1),
        ("memoryMiB", _memory_seen(bench, began, ended), 1024**2),
    ):
        points = [point for line in lines for point in line.points]
        drawn[f"{name}Seconds"] = [round(moment - began, 1) for moment, _ in points]
        drawn[name] = [round(value / unit, 1) for _, value in points]
    return drawn


def _ask(bench: Bench, expr: str, began: float, ended: float) -> list[Any]:
    return prometheus.seen(
        bench.installation.api, expr, namespace=bench.namespace, begin=began, end=ended, say=bench.say
    )
