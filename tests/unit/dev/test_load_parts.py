"""The pure parts of the load runs: whom they kill, what they count, and what they change of the chart's values."""

import csv
import json
import os
import random
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dev.load import report
from dev.load.archive_load import figures as archive_figures
from dev.load.killer import busy_pods, doomed
from dev.load.machine import Look, shares
from dev.load.metrics import api_calls, counted
from dev.load.overrides import SHORT_LIVES, overrides, with_sections
from dev.load.page import figures, original, pictures, with_parts
from dev.load.plots import draw_all
from dev.load.web_load import read_history, read_stats

METRICS = """\
# HELP apiserver_request_total Requests.
apiserver_request_total{code="201",resource="annotationjobs",subresource="",verb="POST"} 10
apiserver_request_total{code="200",resource="annotationjobs",subresource="status",verb="PATCH"} 41
apiserver_request_total{code="409",resource="annotationjobs",subresource="status",verb="PATCH"} 1
apiserver_request_total{code="200",resource="annotationjobs",subresource="",verb="WATCH"} 7
apiserver_request_total{code="200",resource="annotationjobs",subresource="",verb="LIST"} 3
apiserver_request_total{code="200",resource="pods",subresource="",verb="PATCH"} 20
apiserver_request_total{code="200",resource="pods",subresource="status",verb="PATCH"} 99
apiserver_request_total{code="200",resource="leases",subresource="",verb="PUT"} 500
apiserver_request_total{code="201",resource="events",subresource="",verb="POST"} 30
process_resident_memory_bytes 1.5e+08
"""


def running(holder: str, expires: float) -> dict[str, object]:
    """The record of a job that somebody holds."""
    return {"job_status": "Running", "lease_holder": holder, "lease_expires_at": expires}


def test_busy_are_the_pods_of_living_leases() -> None:
    """A pod whose lease has ended is dead already, and one that waits holds nothing."""
    records = [
        running("pod-a:7", 20),
        running("pod-b:7", 20),
        running("pod-dead:7", 9),
        {"job_status": "Queued", "lease_holder": "pod-c:7", "lease_expires_at": 20},
    ]

    assert busy_pods(records, now=10) == ["pod-a", "pod-b"]


@given(st.sets(st.text("abc", min_size=1), max_size=12), st.integers())
def test_half_of_the_busy_are_doomed(busy: set[str], seed: int) -> None:
    """Half of them, rounded up; the same for the same seed."""
    chosen = doomed(sorted(busy), random.Random(seed))

    assert len(chosen) == (len(busy) + 1) // 2
    assert set(chosen) <= busy
    assert chosen == doomed(sorted(busy), random.Random(seed))


def test_calls_of_a_job_are_its_own() -> None:
    """Requests for AnnotationJobs, failed ones too, and marks of pods; no watches, lists, events, leases or pod statuses."""
    assert api_calls(METRICS) == {
        "POST annotationjobs": 10,
        "PATCH annotationjobs status": 42,
        "PATCH pods": 20,
    }


def test_series_are_summed_by_their_labels() -> None:
    """A metric without labels too."""
    assert counted(METRICS, "apiserver_request_total", verb="PATCH", resource="annotationjobs") == 42
    assert counted(METRICS, "process_resident_memory_bytes") == 1.5e8
    assert counted(METRICS, "apiserver_request") == 0


def test_shares_of_the_machine() -> None:
    """Busy in percent of all cores, a process in percent of one."""
    cores = os.cpu_count() or 1

    found = shares(Look(0, 0, 0), Look(3 * cores, cores, 1))

    assert found == {"machineBusyPercent": 75.0, "localCloudPercentOfACore": 25.0}
    assert shares(Look(0, 0, 0), Look(0, 0, 0))["machineBusyPercent"] == 0.0


def test_overrides_say_the_pace_and_the_addresses() -> None:
    """What a reader of the report sees is what the chart was given."""
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=40)

    assert values["settings"]["annotator"] == {"paceSeconds": 40}
    assert values["annotator"]["autoscaling"]["queueURL"] == "http://aws/123456789012/x-job-requests"
    assert {
        values[part]["podAnnotations"]["prometheus.io/port"] for part in ("web", "annotator", "controllers")
    } == {
        "8081",
        "8082",
        "8083",
    }


def test_one_run_changes_sections_of_the_settings() -> None:
    """What it changes is added to its own section; the values of all other runs stay as they were."""
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=0)

    changed = with_sections(values, {**SHORT_LIVES, "web": {"linkSeconds": 5}})

    assert changed["settings"]["lifecycle"] == SHORT_LIVES["lifecycle"]
    assert changed["settings"]["web"] == {**values["settings"]["web"], "linkSeconds": 5}
    assert "lifecycle" not in values["settings"]
    assert "linkSeconds" not in values["settings"]["web"]
    assert with_sections(values, {}) == values


def moves(*times: float) -> list[dict[str, object]]:
    """The history of a job that was archived and came back, or has not come so far."""
    states = ("Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored")
    return [{"status": status, "time": time} for status, time in zip(states, times, strict=False)]


def test_figures_of_the_archive() -> None:
    """How long results were hot and on their way back; who went another way, or left no record, is counted."""
    at_once = [each for each in moves(0, 1, 2, 3, 30, 0, 60) if each["status"] != "Restoring"]
    histories = {"a": moves(0, 1, 2, 3, 33, 100, 108), "b": at_once, "c": moves(0, 1, 2, 3)}

    found = archive_figures(histories, dict.fromkeys("abcd", 50.0))

    assert found["notByTheArchive"] == 3
    assert (found["hotSeconds"]["median"], found["hotSeconds"]["worst"]) == (27, 30)
    assert (found["restoringSeconds"]["count"], found["restoringSeconds"]["worst"]) == (1, 8)
    assert (found["upgradeToRestoredSeconds"]["median"], found["upgradeToRestoredSeconds"]["worst"]) == (
        10,
        58,
    )


def test_figures_of_locust(tmp_path: Path) -> None:
    """In all and by name, from how often each time was met."""
    path = tmp_path / "locust.json"
    home = {"name": "home", "num_requests": 90, "num_failures": 1, "response_times": {"12": 88, "350": 2}}
    other = {"name": "list", "num_requests": 10, "num_failures": 0, "response_times": {"900": 10}}
    path.write_text(json.dumps([home, other]))

    found = read_stats(path, seconds=50)

    assert (found["sent"], found["failed"]) == (100, 1)
    assert found["total"] == {
        "sent": 100,
        "failed": 1,
        "perSecond": 2.0,
        "medianMs": 12,
        "p95Ms": 900,
        "p99Ms": 900,
        "worstMs": 900,
    }
    assert found["requests"]["home"]["p99Ms"] == 350


def test_curves_of_locust(tmp_path: Path) -> None:
    """A point for each time of all requests together; what is not known yet is nothing."""
    path = tmp_path / "history.csv"
    figures = {"User Count": "30", "Requests/s": "2.5", "Failures/s": "1", "50%": "N/A", "95%": "120"}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["Timestamp", "Name", *figures])
        writer.writeheader()
        writer.writerows({"Timestamp": "105", "Name": name, **figures} for name in ("home", "Aggregated"))

    drawn = read_history(path, began=100)

    assert drawn == {
        "seconds": [5],
        "users": [30],
        "requestsPerSecond": [2.5],
        "failuresPerSecond": [1],
        "medianMs": [0],
        "p95Ms": [120],
    }


def annotators_run() -> dict[str, object]:
    """A run as an experiment gives it."""
    curves = ("seconds", "wanted", "ready", "waiting", "running", "oldestSeconds")
    return {
        "experiment": {"jobs": 2, "every": 0.0, "pace": 40.0},
        "machine": {"loadAverage": [1.0]},
        "secondsToFirstReadyPod": 20.0,
        "checker": {"lost": 0, "duplicated": 0, "unexpected": 1},
        "kubernetesCalls": {"perJobLife": 5},
        "kills": [3.0, 3.0],
        "timeline": {name: [0, 1, 2] for name in curves},
    }


def test_report_tells_sizes_aims_and_what_was_missed(tmp_path: Path) -> None:
    """A run replaces the older one of its name, and a missed aim is said with what was found."""
    path = tmp_path / "scaling.json"

    report.add("annotators-arrivals", annotators_run(), quick=True, path=path)
    found = report.add("annotators-arrivals", annotators_run(), quick=True, path=path)

    assert json.loads(path.read_text()) == found
    assert found["runs"]["annotators-arrivals"]["size"].startswith("quick")
    assert report.judged_anew(found) == found
    assert report.missed(found) == [
        "annotators-arrivals: first pod ready at most 15 s after the first message; found 20.0",
        "annotators-arrivals: nothing of a job that nobody sent; found 1.0",
    ]


def test_overrides_stand_in_the_report_once(tmp_path: Path) -> None:
    """The pace is each run's own, and what was given to the chart stays as it was."""
    path = tmp_path / "scaling.json"
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=40)

    report.set_overrides(values, path)

    assert "paceSeconds" not in report.read(path)["overrides"]["settings"]["annotator"]
    assert values["settings"]["annotator"]["paceSeconds"] == 40


def test_plots_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    """Each run with a curve gives a vector and a pixel picture, and the same figures the same bytes."""
    runs = {"runs": {"annotators-burst": annotators_run(), "many-jobs": {"experiment": {}}}}

    first = {path.name: path.read_bytes() for path in draw_all(runs, tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in draw_all(runs, tmp_path / "b")}

    assert set(first) == {"annotators-burst.svg", "annotators-burst.png"}
    assert first == second
    assert b"a busy pod is killed" in first["annotators-burst.svg"]


def many_jobs_run(memory: list[float]) -> dict[str, object]:
    """A run as the experiment gives it, with what Prometheus told of the memory."""
    return {
        "experiment": {"jobs": 3, "probes": 1, "limit_seconds": 900.0},
        "machine": {"loadAverage": [1.0]},
        "memory": {"limitMiB": 512},
        "marks": {"quiet": 5.0, "restart": 9.0},
        "timeline": {
            "seconds": [0, 5, 10],
            "made": [0, 3, 3],
            "shown": [0, 1, 3],
            "waitingSeconds": [0.0, 5.0],
            "waiting": [2.0, 0.0],
            "memoryMiBSeconds": [5.0 * number for number in range(len(memory))],
            "memoryMiB": memory,
        },
    }


def test_many_jobs_are_drawn(tmp_path: Path) -> None:
    """Also where no Prometheus told anything; and the page names each picture in words."""
    runs: dict[str, Any] = {"runs": {"many-jobs": many_jobs_run([100.0, 377.0])}}

    drawn = draw_all(runs, tmp_path / "a")
    picture = drawn[0].read_bytes()

    assert [path.name for path in drawn] == ["many-jobs.svg", "many-jobs.png"]
    assert b"the backlog is worked off" in picture
    assert b"controllers, MiB" in picture
    assert len(draw_all({"runs": {"many-jobs": many_jobs_run([])}}, tmp_path / "b")) == 2
    assert pictures(runs, drawn) == (
        "![many-jobs: 3 suspended jobs at once (load of the machine 1)](scaling/many-jobs.svg)\n"
    )


def test_the_pages_own_words_stay() -> None:
    """Only what lies between the marks is written anew, as often as it is asked for."""
    page = "A\n<!-- figures begin -->\nold\n<!-- figures end -->\nB\n<!-- pictures begin -->\n<!-- pictures end -->\nC"

    once = with_parts(page, {"figures": "new\n", "pictures": "![x](x.svg)\n"})

    assert once == (
        "A\n<!-- figures begin -->\nnew\n<!-- figures end -->\nB\n<!-- pictures begin -->\n![x](x.svg)\n<!-- pictures end -->\nC"
    )
    assert with_parts(once, {"figures": "new\n", "pictures": "![x](x.svg)\n"}) == once


def test_tables_tell_aims_and_figures_side_by_side() -> None:
    """A row whose figure no run has is left out, and the checker's words stand under its run."""
    run = annotators_run() | {
        "size": "full",
        "aims": [
            {"aim": "no job lost", "found": 0.0, "met": True},
            {"aim": "fast", "found": 9.5, "met": False},
        ],
    }
    checked = ("attempted", "acknowledged", "ok", "recovered", "lost", "unexpected", "duplicated")
    run["checker"] = dict.fromkeys(checked, 0)

    text = figures(
        {"runs": {"annotators-burst": run, "annotators-arrivals": {**run, "size": "quick: smaller"}}}
    )

    assert "| annotators-burst | no job lost | 0 | met |" in text
    assert "| annotators-burst | fast | 9.5 | **missed** |" in text
    assert "| | annotators-burst | annotators-arrivals |" in text
    assert "| size of the run | full | quick |" in text
    assert "| first message to first ready pod | 20 | 20 |" in text
    assert "most ready pods" not in text
    assert "| checker | 0 attempted, 0 acknowledged," in text


def test_the_originals_figures_stand_beside_ours() -> None:
    """Ours come from the report, whole numbers whole; what was not run is left out."""
    run = {
        "sent": 1_234_567,
        "failed": 0,
        "seconds": 600.4,
        "total": {"medianMs": 7.0, "p95Ms": 18.0},
        "replicas": {"before": 2, "most": 6},
    }

    text = original({"runs": {"web-home": run, "many-jobs": {}}})

    assert text.splitlines()[2:] == [
        (
            "| 300 visitors, 30 new a second, `GET /` | 36.8 % of 354,998 requests failed (502, 504); median 10 ms, mean 3.4 s, p75 10 s; "
            "web 2 → 8 in 30 minutes | 0 of 1234567 requests failed in 600.4 s; median 7 ms, p95 18 ms; web 2 → 6 |"
        )
    ]
