"""The plots of the load runs."""

from pathlib import Path
from typing import Any

from dev.measure.load.page import pictures
from dev.measure.load.plots import draw_all
from tests.support.load_runs import annotators_run


def test_plots_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    """Each run with a curve gives a picture, and the same figures the same bytes."""
    runs = {"runs": {"annotators-burst": annotators_run(), "many-jobs": {"experiment": {}}}}

    first = {path.name: path.read_bytes() for path in draw_all(runs, tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in draw_all(runs, tmp_path / "b")}

    assert set(first) == {"annotators-burst.svg"}
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

    assert [path.name for path in drawn] == ["many-jobs.svg"]
    assert b"the backlog is worked off" in picture
    assert b"controllers, MiB" in picture
    assert len(draw_all({"runs": {"many-jobs": many_jobs_run([])}}, tmp_path / "b")) == 1
    assert pictures(runs, drawn) == (
        "![many-jobs: 3 suspended jobs at once (load of the machine 1)](scaling/many-jobs.svg)\n"
    )
