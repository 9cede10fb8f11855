"""The small files beside a result: count log, preview, statistics and provenance. Same input, same bytes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gas_annotator.engine.consequence import FIELDS
from gas_annotator.engine.record import Problem
from gas_annotator.engine.reference import Reference
from gas_annotator.engine.survey import Survey
from gas_annotator.engine.task import Annotation, Task
from gas_annotator.engine.versions import tools

_LOCATIONS = (
    "interGenic",
    "CDS",
    "'3 UTR",
    "'5 UTR",
    "Intronic",
    "Non_coding_intronic",
    "Exonic",
    "Non_coding_exonic",
)
_TABLES = (
    "cytoBand",
    "gadAll",
    "gwasCatalog",
    "miRNAsites",
    "hugo",
    "dgv_Cnv",
    "abParts_IG_T_CelReceptors",
    "mcCarroll_Cnv",
    "conrad_Cnv",
    "genomicSuperDups",
    "tfbsConsSites",
)
"""Tables of the original service, in the order of its log."""


def header_provenance(reference: Reference, input_sha256: str) -> dict[str, str]:
    """What the provenance line in the result's header says."""
    versions = tools()
    return {
        "Reference": f"{reference.name} {reference.description['version']}",
        "ReferenceMD5": reference.md5,
        "GeneticCode": str(reference.genetic_code),
        "Source": f"gas-annotator {versions['gas-annotator']}, bcftools csq {versions['bcftools']}",
        "InputSHA256": input_sha256,
    }


@dataclass(frozen=True)
class Facts:
    """What the reports tell of."""

    task: Task
    reference: Reference
    survey: Survey
    tag: str
    input_sha256: str
    input_bytes: int


def write(annotation: Annotation, facts: Facts, preview_records: list[dict[str, Any]]) -> None:
    """Write all reports to their places."""
    log = count_log(facts, indexed=annotation.index is not None)
    annotation.log.write_text(log, encoding="utf-8")
    _write_json(annotation.preview, _preview(facts, preview_records))
    _write_json(annotation.statistics, facts.survey.tally.to_statistics())
    _write_json(annotation.provenance, _provenance(facts))


def count_log(facts: Facts, *, indexed: bool) -> str:
    """The log: the original service's lines first, then our own counts and the problems by line."""
    survey, reference = facts.survey, facts.reference
    tally = survey.tally
    absent = f"not looked up (reference {reference.name} has no such table)"
    lines = [
        "## Please note that all isoforms were counted",
        "## The numbers of places may therefore exceed the number of variants",
        f"Total: {tally.records}",
        f"In dbSNP: {absent}",
        "Variants located:",
        *(f"In {place} {tally.locations[place]}" for place in _LOCATIONS),
        f"In Putative Promoter Region {absent}",
        *(f"In {table}: {absent}" for table in _TABLES),
        "",
        "## Counts of this service",
        f"Reference: {reference.name}, genetic code {reference.genetic_code}, INFO tag {facts.tag}",
        f"Records with consequences: {tally.annotated_records}",
        f"Records without consequences: {tally.records - tally.annotated_records}",
        f"Alleles: {sum(tally.classes.values())}",
        *_sections(tally.to_statistics()),
        *_notes(survey, indexed=indexed),
        *_problem_lines(survey),
    ]
    return "\n".join(lines) + "\n"


def _sections(statistics: dict[str, Any]) -> list[str]:
    """Counts by class, consequence, impact and gene."""
    lines = []
    for title, key in (
        ("Allele classes", "classes"),
        ("Most severe consequence of each allele", "consequences"),
        ("Impact of each allele", "impacts"),
        ("Alleles by gene", "genes"),
    ):
        lines.append(f"{title}:")
        lines += [f"  {name}: {count}" for name, count in statistics[key].items()]
    ratio = statistics["transition_transversion_ratio"]
    lines.append(
        f"Transitions {statistics['transitions']}, transversions {statistics['transversions']},"
        f" ratio {'undefined' if ratio is None else ratio}"
    )
    return lines


def _notes(survey: Survey, *, indexed: bool) -> list[str]:
    """What a reader of the result should know about its form."""
    notes = []
    if not survey.sortable:
        notes.append("Index: none, because the records are not sorted by contig and position")
    elif not indexed:
        notes.append("Index: none, because the positions or ends of some records cannot be indexed")
    if survey.tally.windows_ends:
        notes.append("Line ends: CR LF in the input, LF in the result")
    if survey.tally.blank_lines:
        notes.append(f"Blank lines left out: {survey.tally.blank_lines}")
    return notes


def _problem_lines(survey: Survey) -> list[str]:
    """Counts of the problems, then the first of them with their lines."""
    tally = survey.tally
    if not tally.problems:
        return ["Problems: 0"]
    total = sum(tally.problems.values())
    lines = [
        f"Problems: {total}",
        *(f"  {problem.value}: {count}" for problem, count in _sorted_problems(survey)),
    ]
    lines.append(f"First {len(tally.listed)} of {total} problems:")
    lines += [f"  line {one.line}: {one.problem.value}: {one.detail}" for one in tally.listed]
    return lines


def _sorted_problems(survey: Survey) -> list[tuple[Problem, int]]:
    """Problems by their names."""
    return sorted(survey.tally.problems.items(), key=lambda item: item[0].value)


def _preview(facts: Facts, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The first records as a page shows them."""
    total = facts.survey.tally.records
    return {"tag": facts.tag, "fields": list(FIELDS), "total_records": total, "records": records}


def _provenance(facts: Facts) -> dict[str, Any]:
    """How the result came about: everything needed to make it again, and no time or place."""
    return {
        "input": {
            "file_name": facts.task.file_name,
            "sha256": facts.input_sha256,
            "size_bytes": facts.input_bytes,
        },
        "reference": facts.reference.description,
        "tools": tools(),
        "options": {"engine": f"bcftools csq -l -C {facts.reference.genetic_code}", "info_tag": facts.tag},
        "limits": asdict(facts.task.limits),
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write plain values as ASCII JSON, so that no reader has to guess an encoding."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
