"""How long results were hot and on their way back."""

from dev.measure.load.archive_load import figures as archive_figures


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
