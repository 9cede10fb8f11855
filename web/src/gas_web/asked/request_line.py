"""What the one line of a request tells beside what every request tells: noted on the way, written at its end."""

from typing import Any

from flask import g


def about_job(job_id: str) -> None:
    """Let the line of this request name a job that its address does not."""
    g.job_id = job_id


def note_failure(error: Exception, *, defect: bool = False) -> None:
    """Let the line say what failed on our side, in the words for operators; of a defect, also where in the code."""
    said: dict[str, Any] = {"exc_info": error} if defect else {"detail": str(error)}
    g.failure = {"error": type(error).__name__, **said}


def failure() -> dict[str, Any]:
    """What has failed; empty when nothing has."""
    return dict(g.get("failure", {}))
