"""The demo's report, computed from the raw evidence alone, and the table and the last words that a person reads."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dev.run.up.doors import REFERENCE
from dev.run.up.evidence import read_lines


@dataclass(frozen=True)
class Expectation:
    """One job of the demo and what should become of it: the phases in order, and for some of them the reason."""

    job_id: str
    user: str
    plan: str
    file: str
    phases: tuple[str, ...]
    person: str
    door: str = "the web's API"
    reference: str = REFERENCE
    reasons: dict[str, str] = field(default_factory=dict)
    """The reasons that some of the phases must have."""

    @property
    def title(self) -> str:
        """What the demo calls it when it speaks to people: ids are for programs."""
        return f"{self.person.split()[0]}'s {self.file}"

    @property
    def outcome(self) -> str:
        """The phase that it should end in."""
        return self.phases[-1]


def job_report(
    expectation: Expectation, folder: Path, hashes: dict[str, dict[str, str | None]]
) -> dict[str, Any]:
    """What became of one job."""
    transitions = _transitions(expectation.job_id, folder)
    seen = [each["phase"] for each in transitions]
    last = _last_status(expectation.job_id, folder)
    ready: dict[str, Any] = next((c for c in last.get("conditions", []) if c["type"] == "Ready"), {})
    before = hashes.get("before", {}).get(expectation.job_id)
    after = hashes.get("after", {}).get(expectation.job_id)
    return {
        "id": expectation.job_id,
        "user": expectation.user,
        "plan": expectation.plan,
        "file": expectation.file,
        "expected": expectation.outcome,
        "outcome": seen[-1] if seen else None,
        "message": ready.get("message"),
        "resultSha256Before": before,
        "resultSha256After": after,
        "transitions": transitions,
    }


def problems_of(report: dict[str, Any], expectation: Expectation) -> list[str]:
    """Every way in which the evidence differs from what should have happened; empty when all is well."""
    found: list[str] = []
    transitions = report["transitions"]
    phases = tuple(each["phase"] for each in transitions)
    # A resource may skip short phases, but never invent or reorder one.
    remaining = iter(expectation.phases)
    if not all(phase in remaining for phase in phases) or phases[-1:] != expectation.phases[-1:]:
        found.append(f"went {' → '.join(phases)}, expected {' → '.join(expectation.phases)}")
    for each in transitions:
        found += _problems_at(each, expectation)
    if "Completed" in expectation.phases and not report["resultSha256Before"]:
        found.append("the result could not be downloaded when it was completed")
    if report["resultSha256After"] != report["resultSha256Before"]:
        found.append("the result is not the same bytes at the end")
    return found


def _problems_at(each: dict[str, Any], expectation: Expectation) -> list[str]:
    """What was not as it should be when one phase was entered."""
    phase, where = each["phase"], f"at {each['phase']}"
    reason = expectation.reasons.get(phase, each["reason"])
    found: list[str] = []
    if each["reason"] != reason:
        found.append(f"{where} the reason was {each['reason']}, expected {reason}")
    if each["jobStatus"] != phase:
        found.append(f"{where} the record said {each['jobStatus']}")
    if each["archived"] is not (phase in {"Archived", "Restoring"}):
        found.append(f"{where} the record's archived was {each['archived']}")
    if phase in {"Completed", "Restored"} and each["hot"] is None:
        found.append(f"{where} the result was not in its bucket")
    if phase == "Archived" and (each["archive"] or {}).get("storageClass") != "GLACIER":
        found.append(f"{where} there was no copy in Glacier")
    if phase == "Restoring" and each["hot"] is not None:
        found.append(f"{where} the hot bytes were still there")
    return found


def write_report(path: Path, *, ok: bool, started: str, jobs: list[dict[str, Any]]) -> None:
    """Write `demo.json`."""
    path.write_text(
        json.dumps({"ok": ok, "startedAt": started, "jobs": jobs}, indent=2, ensure_ascii=False) + "\n"
    )


def print_job(console: Console, expectation: Expectation, report: dict[str, Any]) -> None:
    """Print a job's way, one line a state."""
    console.print(
        f"[bold]{escape(expectation.title)}[/], {expectation.plan} plan, sent by {expectation.door}: "
        f"[dim]job {report['id']}[/]",
        soft_wrap=True,
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("AT", "PHASE", "REASON", "HOT", "ARCHIVE"):
        table.add_column(name, no_wrap=True)
    for each in report["transitions"]:
        table.add_row(
            each["at"][11:21],
            f"[bold]{each['phase']}[/]",
            each["reason"],
            (each["hot"] or {}).get("storageClass", "-"),
            (each["archive"] or {}).get("storageClass", "-"),
        )
    console.print(table)
    if any(each["phase"] == "Archived" and each["hot"] for each in report["transitions"]):
        console.print("[dim]At Archived the hot copy goes when the links to it have run out, soon after.[/]")
    console.print(f"[dim]{escape(report['message'] or 'kubectl showed no message')}[/]\n")


def own_file_lines(file: str, view: dict[str, Any], path: Path) -> list[str]:
    """What became of a person's own file, as the API tells it, and where its result lies."""
    variants, annotated = view.get("variants"), view.get("annotatedVariants")
    if variants is None:
        return [f"{file} has no result."]
    told = view.get("remark")
    if not told:
        told = f"{variants if annotated is None else annotated:,} of {variants:,} annotated."
    return [f"{file}: {told}", f"Its result is {path}."]


def print_verdict(console: Console, trouble: list[str], seconds: float) -> int:
    """Print the demo's last words; 0 when nothing is the matter."""
    for problem in trouble:
        console.print(f"[red]✗ {escape(problem)}[/]")
    word = (
        "[red]✗ Not everything went as expected[/]" if trouble else "[green]✓ Everything went as expected[/]"
    )
    console.print(f"{word}, in {seconds:.0f} s. The evidence is in build/demo.json and build/demo/.")
    return 1 if trouble else 0


def _transitions(job_id: str, folder: Path) -> list[dict[str, Any]]:
    records = [line["record"] for line in read_lines(folder / "records.jsonl")]
    versions = {int(r["version"]): r for r in records if r["job_id"] == job_id}
    looks = [line for line in read_lines(folder / "objects.jsonl") if line["job_id"] == job_id]
    looks.sort(key=lambda look: str(look["at"]))
    transitions: list[dict[str, Any]] = []
    for line in read_lines(folder / "watch.jsonl"):
        status = line["object"].get("status", {})
        phase = status.get("phase")
        if line["object"]["metadata"]["name"] != job_id or phase is None or line["type"] == "DELETED":
            continue
        if transitions and transitions[-1]["phase"] == phase:
            continue
        ready: dict[str, Any] = next(c for c in status["conditions"] if c["type"] == "Ready")
        record = versions.get(int(status["recordVersion"]), {})
        bytes_then = _objects_at(phase, line["at"], looks)
        transitions.append(
            {
                "at": line["at"],
                "phase": phase,
                "reason": ready["reason"],
                "jobStatus": record.get("job_status"),
                "archived": record.get("archived"),
                "hot": bytes_then["hot"],
                "archive": bytes_then["archive"],
            }
        )
    return transitions


def _objects_at(phase: str, moment: str, looks: list[dict[str, Any]]) -> dict[str, Any]:
    """What was seen of the bytes as a phase was entered, of looks in the order in which they began.

    Restoring passes by itself, and its bytes lie at their place a little before it ends: there the last look counts that had
    ended. Elsewhere it is the first that began then; the recorder looks at every change that kubectl shows, and at its end.
    """
    before = [look for look in looks if look["ended"] <= moment]
    after = [look for look in looks if look["at"] >= moment]
    if phase == "Restoring" and before:
        return before[-1]
    return after[0] if after else {"hot": None, "archive": None}


def _last_status(job_id: str, folder: Path) -> dict[str, Any]:
    lines = [
        line for line in read_lines(folder / "watch.jsonl") if line["object"]["metadata"]["name"] == job_id
    ]
    return dict(lines[-1]["object"].get("status", {})) if lines else {}
