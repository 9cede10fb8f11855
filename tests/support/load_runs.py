"""Load runs as they come out when all is well."""

from dev.measure.load.checker import Evidence, RecordSeen, Submission

GOOD = ("Pending", "Queued", "Running", "Completed")
SIZE = 700


def key(job_id: str, fence: int = 1) -> str:
    """Where an attempt's result lies."""
    return f"gas/user/{job_id}~f{fence}~a.annot.vcf.gz"


def evidence(*job_ids: str) -> Evidence:
    """What lies in the four places when these jobs were done as they should."""
    return Evidence(
        records={each: RecordSeen("Completed", key(each), GOOD, SIZE) for each in job_ids},
        resources=dict.fromkeys(job_ids, "Completed"),
        results={each: {key(each): SIZE} for each in job_ids},
        mails=dict.fromkeys(job_ids, 1),
    )


def sent(*job_ids: str) -> list[Submission]:
    """Submissions that were answered well."""
    return [Submission(each, acknowledged=True) for each in job_ids]


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
