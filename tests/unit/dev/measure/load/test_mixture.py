"""Jobs of several references in one queue."""

from typing import Any

from dev.measure.load.mixture import by_reference

DIGESTS = {"yeast": "a" * 64}


def record(reference: str, digest: str, queued: float, annotated: int = 1) -> dict[str, Any]:
    """A record as the table has it, of a job that waited so long."""
    history = [{"status": "Queued", "time": 100.0}, {"status": "Running", "time": 100.0 + queued}]
    found = {"reference": reference, "reference_digest": digest, "annotated_variants": annotated}
    return {**found, "history": history}


def test_each_reference_has_its_waiting_times() -> None:
    """Those who wait for a bundle must not hide among those who need none."""
    found = by_reference(
        [record("rCRS", "b" * 64, 2), record("yeast", "a" * 64, 8), record("rCRS", "b" * 64, 4)], DIGESTS
    )

    assert list(found["references"]) == ["rCRS", "yeast"]
    assert found["references"]["rCRS"]["waitedSeconds"]["worst"] == 4
    assert found["references"]["yeast"]["waitedSeconds"]["worst"] == 8
    assert (found["ofAnotherBundle"], found["withoutConsequences"]) == (0, 0)


def test_what_is_wrong_is_counted() -> None:
    """A job by another bundle than its reference's, one without a bundle, and one of which nothing was annotated."""
    found = by_reference(
        [
            record("yeast", "b" * 64, 1),
            {"reference": "yeast", "annotated_variants": 3},
            record("rCRS", "b" * 64, 1, annotated=0),
        ],
        DIGESTS,
    )

    assert (found["ofAnotherBundle"], found["withoutConsequences"]) == (2, 1)
