"""Ten thousand AnnotationJobs at a time, with the controllers in their pod."""

import secrets
import time
from statistics import median
from typing import Any

from kubernetes import client

from dev.load import machine, timeline
from dev.load.bench import Bench
from dev.load.checker import Submission
from dev.load.metrics import counted, series
from dev.load.plan import ManyJobs

SHOWN = frozenset({"Pending"})
"""Suspended jobs rest in this phase."""

QUIET_SECONDS = 5.0
"""The controllers are quiet when for so long no pass was made, nothing waited, and no record was glanced at."""

_PROBE_PAUSE = 0.5
_LOOKS = 5
_KUBECTL_SECONDS = 120.0


def run(bench: Bench, load: ManyJobs, _: Any) -> dict[str, Any]:
    """Make them, suspended so that none needs an annotator, and measure what everybody feels."""
    bench.install(0.0)
    bench.installation.await_ready()
    stem = f"many-{secrets.token_hex(3)}"
    names = [f"{stem}-{number:05}" for number in range(load.jobs)]
    memory = [bench.controllers_memory()]
    calls, looked, began = bench.api_calls(), bench.looked(), time.time()

    bench.say(f"making {load.jobs} suspended AnnotationJobs")
    submissions = bench.create_all(names, suspend=True)
    made = {each.job_id: each.at for each in submissions if each.acknowledged}
    created = time.time()
    all_shown = bench.await_phases("every job to be shown", made, SHOWN, load.limit_seconds)
    shown, busy = time.time(), machine.shares(looked, bench.looked())
    flood = bench.api_calls()
    memory.append(bench.controllers_memory())
    lags = [bench.watching.shown[name] - made[name] for name in made if name in bench.watching.shown]

    figures = {
        "secondsOfCreation": round(created - began, 1),
        "secondsToAllShown": round(shown - began, 1) if all_shown else None,
        "shown": len(lags),
        "lagInTheFloodSeconds": timeline.spread(lags),
        "kubernetesCalls": {name: round((flood[name] - calls.get(name, 0)) / len(made), 2) for name in flood},
        "cpuInTheFlood": busy,
    }
    bench.say("one by one among them")
    probes, probe_lags = _probe(bench, f"{stem}-probe", load.probes)
    figures["reconcileLagSeconds"] = timeline.spread(probe_lags, 3)
    memory.append(bench.controllers_memory())
    figures["kubectlGetSeconds"] = _kubectl_get(bench)
    bench.say("restarting the controllers")
    figures |= _restart(bench)
    memory.append(bench.controllers_memory())
    figures["memory"] = _memory(bench, memory)
    figures["checker"] = bench.judge([*submissions, *probes], SHOWN).to_json()
    return {**bench.context(load), **figures}


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


def _kubectl_get(bench: Bench) -> dict[str, Any]:
    """How long a person waits for the table of all jobs."""
    taken, lines = [], 0
    for _ in range(_LOOKS):
        began = time.monotonic()
        text = bench.installation.ask("get", "aj", seconds=_KUBECTL_SECONDS)
        taken.append(time.monotonic() - began)
        lines = len(text.splitlines()) - 1
    return {"median": round(median(taken), 2), "worst": round(max(taken), 2), "rows": lines}


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


def _memory(bench: Bench, seen: list[float]) -> dict[str, Any]:
    deployment = client.AppsV1Api(bench.installation.api).read_namespaced_deployment(
        "gas-controllers", bench.namespace, _request_timeout=30
    )
    text = deployment.spec.template.spec.containers[0].resources.limits["memory"]
    limit = int(text.removesuffix("Mi")) * 1024**2
    return {
        "atRestMiB": round(seen[0] / 1024**2),
        "mostMiB": round(max(seen) / 1024**2),
        "limitMiB": limit // 1024**2,
        "shareOfLimit": round(max(seen) / limit, 2),
    }
