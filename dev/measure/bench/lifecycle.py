"""Measures a platform of its own: submit to Completed on a warm annotator, and what that costs the API server.

Seconds are taken from outside, by a watch; requests from the API server's own `apiserver_request_total`. The baseline
is the bare calls that a job needs at least, with no product between them.
"""

import json
import statistics
import time
from collections import Counter
from typing import Any

from kubernetes import client, config, watch

from dev.measure.metrics import series
from dev.run.up.evidence import aws_client
from dev.run.up.inputs import write_inputs
from dev.run.up.options import BUILD, Options
from dev.run.up.platform import Platform

JOBS = 20
"""Jobs one after the other, after one that warms everything."""

TRANSITIONS = 4
"""Pending, Queued, Running, Completed."""

USER = "benchuser00000000000000000"
SECONDS = 60


class Bench:
    """Submits the demo's file of 350 records."""

    def __init__(self, platform: Platform) -> None:
        self._instance = platform.options.instance
        self._kubectl = platform.kubectl
        self._file = write_inputs(BUILD / "bench")["free"].read_bytes()
        self._s3 = aws_client("s3", platform.endpoint)
        self._api = client.CustomObjectsApi(config.new_client_from_config(str(platform.kubectl.kubeconfig)))
        self._where: dict[str, Any] = {
            "group": "gas.io",
            "version": "v1alpha1",
            "namespace": platform.namespace,
            "plural": "annotationjobs",
        }

    def run(self, name: str) -> float:
        """Seconds from submitting a job until a watch shows it Completed; the upload is not counted."""
        key = f"{self._instance}/{USER}/{name}~free.vcf"
        bucket = f"{self._instance}-inputs"
        self._s3.put_object(Bucket=bucket, Key=key, Body=self._file)
        spec = {
            "userID": USER,
            "reference": "rCRS",
            "input": {"bucket": bucket, "key": key, "fileName": "free.vcf"},
        }
        manifest = {
            "apiVersion": "gas.io/v1alpha1",
            "kind": "AnnotationJob",
            "metadata": {"name": name},
            "spec": spec,
        }
        started = time.monotonic()
        made = self._api.create_namespaced_custom_object(**self._where, body=manifest)
        events = watch.Watch().stream(
            self._api.list_namespaced_custom_object,
            **self._where,
            field_selector=f"metadata.name={name}",
            resource_version=made["metadata"]["resourceVersion"],
            timeout_seconds=SECONDS,
        )
        for event in events:
            if event["object"].get("status", {}).get("phase") == "Completed":
                return time.monotonic() - started
        raise TimeoutError(f"{name} was not Completed after {SECONDS} s")

    def bare_calls(self, name: str) -> float:
        """Seconds of the calls alone: one read of the resource a transition, one download, six uploads."""
        bucket, key = f"{self._instance}-results", f"bare/{name}"
        started = time.monotonic()
        for _ in range(TRANSITIONS + 1):
            self._api.get_namespaced_custom_object(**self._where, name=name)
        self._s3.get_object(Bucket=f"{self._instance}-inputs", Key=f"{self._instance}/{USER}/{name}~free.vcf")
        for number in range(6):
            self._s3.put_object(Bucket=bucket, Key=f"{key}/{number}", Body=self._file[:8000])
        return time.monotonic() - started

    def requests(self) -> Counter[str]:
        """Requests for annotationjobs so far, by verb and subresource, as the API server counts them."""
        counted: Counter[str] = Counter()
        for labels, value in series(self._kubectl.run("get", "--raw", "/metrics"), "apiserver_request_total"):
            if labels["resource"] == "annotationjobs":
                counted[f"{labels['verb']} {labels['subresource']}".strip()] += int(value)
        return counted


def measure(platform: Platform) -> dict[str, Any]:
    """All figures of one run."""
    bench = Bench(platform)
    bench.run("bench-warm")
    before = bench.requests()
    seconds = [bench.run(f"bench-{number}") for number in range(JOBS)]
    made = bench.requests() - before
    bare = statistics.median(bench.bare_calls(f"bench-{number}") for number in range(JOBS))
    median = statistics.median(seconds)
    return {
        "jobs": JOBS,
        "recordsPerJob": 350,
        "submitToCompletedSeconds": {
            "median": round(median, 3),
            "p95": round(statistics.quantiles(seconds, n=20)[-1], 3),
            "worst": round(max(seconds), 3),
        },
        "bareCallsSecondsMedian": round(bare, 3),
        "ratioToBareCalls": round(median / bare, 1),
        "statusPatchesPerTransition": made["PATCH status"] / JOBS / TRANSITIONS,
        "requestsPerJob": {verb: round(number / JOBS, 2) for verb, number in sorted(made.items())},
    }


def main() -> None:
    """Start a platform, measure, print and stop it."""
    platform = Platform.start(Options(instance="bench", retention_seconds=3600, sweep_seconds=15.0))
    try:
        figures = json.dumps(measure(platform), indent=2)
    finally:
        platform.stop()
    (BUILD / "bench-lifecycle.json").write_text(figures + "\n")
    print(figures)
