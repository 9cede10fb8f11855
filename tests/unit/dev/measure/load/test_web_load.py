"""Locust's own files, read."""

import csv
import json
from pathlib import Path

from dev.measure.load.web_load import read_history, read_stats


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
