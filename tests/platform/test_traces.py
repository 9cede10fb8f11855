"""One trace from the request that submits a job to the annotator's stages, through three real programs."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from dev.run.up.doors import WebDoor
from tests.support.collector import Collector
from tests.support.desk import LONG_LEASE, MANY_WORKERS, Desk

pytestmark = pytest.mark.kube

PROGRAMS = {"gas-web": "web", "gas-controllers": "controllers", "gas-annotator": "annotator"}
STAGES = {"claim", "download", "annotate", "store", "finish"}


@pytest.fixture
def collector(desk: Desk) -> Iterator[Collector]:
    """A collector to which all three programs send."""
    with Collector() as collector:
        usual = {**desk.gates["controllers"].settings, **MANY_WORKERS}
        desk.kill("controllers")
        desk.platform.start_part("controllers", more={**usual, **collector.settings})
        desk.kill("annotator")
        annotator = {**desk.gates["annotator"].settings, **LONG_LEASE, **collector.settings}
        desk.platform.start_part("annotator", more=annotator)
        desk.platform.start_entrance(collector.settings)
        yield collector
        # The desk starts them again without a collector.
        desk.kill("controllers")
        desk.kill("annotator")


def test_one_trace_through_three_programs(desk: Desk, collector: Collector, tmp_path: Path) -> None:
    """Web, controllers and annotator send spans of one trace, and its id stands in the lines of all three."""
    file = tmp_path / "sample.vcf"
    file.write_bytes(desk.files["free"])
    web, tokens = desk.platform.up["web"], desk.platform.up["tokens"]

    job_id = WebDoor.with_token(web, tokens["free"]).submit(file, "traced")
    desk.until(lambda: "Completed" in desk.history(job_id), "the job to be completed")
    trace_id = str(desk.record(job_id)["traceparent"]).split("-")[1]
    desk.until(
        lambda: collector.spans_of(trace_id).get("gas-annotator", set()) >= STAGES,
        lambda: f"spans of all stages: {collector.spans_of(trace_id)}",
    )
    desk.until(lambda: collector.spans_of(trace_id).keys() == PROGRAMS.keys(), "spans of all three programs")

    logs = desk.platform.options.state_dir / "logs"
    for label in PROGRAMS.values():
        # A program's line about a job is its last word on it, and comes after all that can be seen of it elsewhere.
        told = partial(traces_of, job_id, logs / f"{label}.log")
        desk.until(partial(_holds, trace_id, told), f"the trace in the lines of {label}")


def _holds(trace_id: str, told: Callable[[], set[str]]) -> bool:
    return trace_id in told()


def traces_of(job_id: str, log: Path) -> set[str]:
    """The traces that the lines about a job name."""
    lines = (
        json.loads(line) for line in log.read_text().splitlines() if job_id in line and line.startswith("{")
    )
    return {str(line.get("trace_id")) for line in lines}
