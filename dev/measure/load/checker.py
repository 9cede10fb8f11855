"""Judges a load run: what became of every job that was submitted, by what lies in four places afterwards. Pure.

It knows the ids that were submitted and nothing of how jobs are done: a job is there when its record says Completed, the
result that the record points to lies in S3 with all its bytes, and its resource says the same. The words are those of checkers of queues:

- attempted: an id that somebody tried to submit; acknowledged: the answer was good
- ok: acknowledged, and there; recovered: there although nobody acknowledged it
- lost: acknowledged, and not there
- unexpected: something of a job that nobody ever tried to submit
- duplicated: finished twice, mailed twice, or two results of it are kept
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DONE = frozenset({"Completed", "Archived", "Restoring", "Restored"})
"""The states of a job that has a result."""

_FINISHED = "Completed"
_RUNNING = "Running"
_SHOWN = 20
"""How many findings of a kind a report names; all are counted."""


@dataclass(frozen=True)
class Submission:
    """One try to submit a job."""

    job_id: str
    acknowledged: bool
    at: float = 0.0
    """When the answer came, where somebody wants to know."""


@dataclass(frozen=True)
class RecordSeen:
    """What the table says of a job."""

    status: str
    result_key: str = ""
    """Where its result lies, hot or archived."""
    history: tuple[str, ...] = ()
    """The states that it went through, oldest first."""
    result_bytes: int = 0
    """How large its result is."""


@dataclass(frozen=True)
class Evidence:
    """What lies in the four places."""

    records: Mapping[str, RecordSeen]
    resources: Mapping[str, str]
    """The phase that each resource shows."""
    results: Mapping[str, Mapping[str, int]]
    """The keys of each job's results in the bucket, hot or archived, without what lies beside them; and their bytes."""
    mails: Mapping[str, int]
    """How many e-mails said that a job has ended."""


@dataclass(frozen=True)
class Judgement:
    """What became of the submitted jobs; each list names ids, or ids with what is wrong."""

    attempted: int
    acknowledged: int
    ok: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)
    unexpected: Mapping[str, str] = field(default_factory=dict)
    duplicated: Mapping[str, str] = field(default_factory=dict)
    taken_again: int = 0
    """Jobs that more than one annotator claimed. Not a fault: what it took to lose none."""
    without_mail: int = 0
    """Jobs that ended without an e-mail. A mail may be lost with the controllers that send it, and is never sent twice."""

    @property
    def clean(self) -> bool:
        """True when nothing was lost, doubled, or came from nowhere."""
        return not (self.lost or self.unexpected or self.duplicated)

    def to_json(self) -> dict[str, Any]:
        """Numbers, and of everything that is wrong the first few with the reason."""
        found = {"lost": self.lost, "unexpected": self.unexpected, "duplicated": self.duplicated}
        wrong = {name: dict(list(each.items())[:_SHOWN]) for name, each in found.items() if each}
        return {
            "attempted": self.attempted,
            "acknowledged": self.acknowledged,
            "ok": len(self.ok),
            "recovered": len(self.recovered),
            "lost": len(self.lost),
            "unexpected": len(self.unexpected),
            "duplicated": len(self.duplicated),
            "takenAgain": self.taken_again,
            "withoutMail": self.without_mail,
            **({"wrong": wrong} if wrong else {}),
        }


def judge(
    submissions: Iterable[Submission],
    evidence: Evidence,
    earlier: Collection[str] = (),
    ends: Collection[str] = DONE,
) -> Judgement:
    """Judge a run.

    `earlier` are the ids that other runs submitted to the same installation: they are not judged. `ends` are the states in
    which its jobs should be; in those of `DONE` they have a result.
    """
    tried: dict[str, bool] = {}
    for each in submissions:
        tried[each.job_id] = tried.get(each.job_id, False) or each.acknowledged
    missing = {job_id: why for job_id in tried if (why := _missing(job_id, evidence, ends))}
    there = [job_id for job_id in tried if job_id not in missing]
    ended = [job_id for job_id in there if evidence.records[job_id].status in DONE]
    return Judgement(
        attempted=len(tried),
        acknowledged=sum(tried.values()),
        ok=tuple(job_id for job_id in there if tried[job_id]),
        recovered=tuple(job_id for job_id in there if not tried[job_id]),
        lost={job_id: why for job_id, why in missing.items() if tried[job_id]},
        unexpected=_unexpected(tried.keys() | set(earlier), evidence),
        duplicated={job_id: why for job_id in tried if (why := _doubled(job_id, evidence))},
        taken_again=sum(evidence.records[job_id].history.count(_RUNNING) > 1 for job_id in there),
        without_mail=sum(not evidence.mails.get(job_id) for job_id in ended),
    )


def _missing(job_id: str, evidence: Evidence, ends: Collection[str]) -> str:
    """Why a job is not there; empty when it is."""
    record = evidence.records.get(job_id)
    if record is None:
        return "there is no record"
    if record.status not in ends:
        return f"the record says {record.status}"
    if record.status in DONE and (why := _not_there(record, evidence.results.get(job_id, {}))):
        return why
    shown = evidence.resources.get(job_id)
    if shown is None:
        return "there is no resource"
    return "" if shown == record.status else f"the resource says {shown}, the record {record.status}"


def _not_there(record: RecordSeen, results: Mapping[str, int]) -> str:
    """Why the result of a record is not what it should be; empty when it is."""
    if record.result_key not in results:
        return f"the result is not at {record.result_key or 'any key'}"
    size = results[record.result_key]
    return "" if size == record.result_bytes else f"the result has {size} of {record.result_bytes} bytes"


def _doubled(job_id: str, evidence: Evidence) -> str:
    """What there is too much of a job; empty when nothing."""
    record = evidence.records.get(job_id)
    # For a while after archiving the same result lies at both of its places.
    results = len({key.removeprefix("archive/") for key in evidence.results.get(job_id, {})})
    mails = evidence.mails.get(job_id, 0)
    finishes = Counter(record.history)[_FINISHED] if record is not None else 0
    counted = {"finishes": finishes, "results": results, "mails": mails}
    return ", ".join(f"{number} {what}" for what, number in counted.items() if number > 1)


def _unexpected(known: Collection[str], evidence: Evidence) -> dict[str, str]:
    """Everything of jobs that nobody submitted, with where it was seen."""
    places = {
        "record": evidence.records,
        "resource": evidence.resources,
        "result": evidence.results,
        "mail": evidence.mails,
    }
    seen: dict[str, list[str]] = {}
    for place, found in places.items():
        for job_id in found:
            if job_id not in known:
                seen.setdefault(job_id, []).append(place)
    return {job_id: ", ".join(where) for job_id, where in seen.items()}
