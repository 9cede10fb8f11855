"""The page of figures: what it says of each aim."""

from typing import Any

from dev.measure.bench.speed_page import aims, page

_QUIET, _BUSY = 0.1, 5.0


def _figures(load: float, pace: int) -> dict[str, Any]:
    def way(seconds: float) -> dict[str, Any]:
        return {
            "wall_seconds": seconds,
            "cpu_seconds": seconds,
            "records_a_second": round(1_000_000 / seconds),
        }

    return {
        "machine": {"processor": "P", "cores": 2, "memory_gib": 4.0, "load": load},
        "sites": {
            "records": 1_000_000,
            "load": load,
            "bytes": {"ours.vcf.gz": 10},
            "ways": {
                "ours, two threads": way(1_000_000 / pace),
                "ours, one thread": way(1.8 * 1_000_000 / pace),
                "norm, csq, annotate": way(3.0),
                "snpEff": {"not_run": "snpEff is not installed"},
            },
        },
        "few": {"median_ms": 40.0, "best_ms": 30.0, "load": load},
        "human": {
            "build": {"wall_seconds": 10.0, "cpu_seconds": 9.0, "peak_pss_mib": 4000.0},
            "bundle_mib": {"model.bin": 70},
            "records": 10,
            "60 bases a line, threads 2": {"wall_seconds": 1.0, "cpu_seconds": 1.0, "peak_pss_mib": 300.0},
        },
    }


def _verdicts(figures: dict[str, Any]) -> list[str]:
    return [verdict for _, _, verdict in aims(figures)]


def test_aims_are_judged() -> None:
    """Met, missed, or not measured; what building took is no memory of annotating."""
    assert _verdicts(_figures(_QUIET, 400_000)) == ["met", "met", "none", "none", "**missed**", "met", "met"]


def test_a_load_excuses_a_miss_and_takes_nothing_away() -> None:
    """Beside other work a figure that is too low says nothing, and one that is high enough holds all the more."""
    busy, quiet = _verdicts(_figures(_BUSY, 200_000)), _verdicts(_figures(_QUIET, 200_000))

    assert busy[:2] == ["not judged: others were busy"] * 2
    assert quiet[:2] == ["**missed**"] * 2
    assert _verdicts(_figures(_BUSY, 400_000))[:2] == ["met", "met"]


def test_the_page_says_what_could_not_be_run() -> None:
    """A rival that is not installed stands in its table with the reason."""
    assert "| snpEff | not run: snpEff is not installed | | | |" in page(
        _figures(_QUIET, 400_000), "make bench-annotate"
    )
