"""The small files beside a result: count log, preview, statistics, summary and provenance. Same input, same bytes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gas_engine import origin
from gas_engine.bundle import Bundle
from gas_engine.header import ANN_FIELDS, CSQ_FIELDS
from gas_engine.index import IndexState
from gas_engine.known import telling
from gas_engine.known.run import KnownCount, RunSources
from gas_engine.statistics import Findings
from gas_engine.task import Result, Task
from gas_engine.versions import ENGINE_VERSION

PROVENANCE_FORMAT = "gas-provenance/1"
"""The format of provenance files."""

PREVIEW_RECORDS = 100
"""Most records of a preview; it stays readable while the result is archived, so it must not replace the result."""

PREVIEW_SHARE = 10
"""A preview holds at most one of this many records."""

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

INDEX_NOTES = {
    IndexState.NOT_SORTED: "Index: none, because the records are not sorted by contig and position",
    IndexState.TOO_LONG: "Index: none, because the positions of some records cannot be indexed",
    IndexState.TOO_MANY_CONTIGS: "Index: none, because the records lie on too many contigs",
    IndexState.NO_MEMORY: "Index: none, because it did not fit into memory",
}
"""Why a result has no index."""

_ONE_BY_ONE = "Each variant was judged on its own: two of them in one codon are not combined, phased or not"
"""What is true of our engine; of a command nobody here knows it."""

FIRST_LINE_BYTES = 64 * 1024
"""How much of a line is kept for the preview."""

_LONGEST_VALUE = 200
_PREVIEW_ENTRIES = 20
_PREVIEW_COLUMNS = ("chrom", "pos", "id", "ref", "alt", "qual", "filter")
_INFO = 7


@dataclass(frozen=True)
class Facts:
    """What the reports tell of."""

    task: Task
    bundle: Bundle
    findings: Findings
    tags: dict[str, str]
    input_sha256: str
    input_bytes: int
    index: IndexState
    notes: tuple[str, ...] = ()
    shown: tuple[str, tuple[str, ...]] | None = None
    """Of a command's tags, the one whose entries people see, and its fields, none if it has no entries."""
    sources: RunSources = field(default_factory=RunSources)
    known: tuple[KnownCount, ...] = ()

    @property
    def shown_tag(self) -> str:
        """The tag whose entries people see; empty where there is none."""
        if self.shown is not None:
            tag, fields = self.shown
            return self.tags[tag] if fields else ""
        return self.tags.get("CSQ") or self.tags["ANN"]

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The fields of that tag."""
        if self.shown is not None:
            return self.shown[1]
        return CSQ_FIELDS if "CSQ" in self.tags else ANN_FIELDS


def header_provenance(bundle: Bundle, input_sha256: str, known: str = "") -> dict[str, str]:
    """What the provenance line in the result's header says; `known` names the sources of known variants."""
    manifest = bundle.manifest
    line = {
        "Source": f"gas-engine {ENGINE_VERSION}",
        "Command": "" if bundle.command is None else bundle.command.words,
        "Reference": origin.name_words(manifest),
        "ReferenceDigest": bundle.digest,
        "ReferenceAssembly": origin.printable(str(manifest.get("assembly", ""))).replace('"', "'"),
        "ReferenceGenes": origin.printable(str(manifest.get("gene_release", ""))).replace('"', "'"),
        "ReferenceSources": ", ".join(origin.source_words(manifest, known=False)).replace('"', "'"),
        "InputSHA256": input_sha256,
        "Known": known.replace('"', "'"),
    }
    return {key: value for key, value in line.items() if value}


def write(files: dict[Result, Path], facts: Facts, first_lines: Sequence[bytes]) -> None:
    """Write all reports to their places."""
    files[Result.LOG].write_text(count_log(facts), encoding="utf-8")
    files[Result.SUMMARY].write_text(summary(facts), encoding="utf-8")
    files[Result.PREVIEW].write_text(json.dumps(_preview(facts, first_lines)) + "\n", encoding="ascii")
    _write_json(files[Result.STATISTICS], facts.findings.to_statistics() | telling.statistics(facts.known))
    _write_json(files[Result.PROVENANCE], provenance(facts))


def count_log(facts: Facts) -> str:
    """The log: the original service's lines first, then our own counts and the problems by line."""
    findings, bundle = facts.findings, facts.bundle
    statistics = findings.to_statistics()
    absent = f"not looked up (reference {bundle.name} has no such table)"
    lines = [
        "## Please note that all isoforms were counted",
        "## The numbers of places may therefore exceed the number of variants",
        f"Total: {statistics['records']}",
        f"In dbSNP: {telling.in_dbsnp(facts.known, statistics['records']) or absent}",
        "Variants located:",
        *(f"In {place} {count}" for place, count in findings.places.items()),
        f"In Putative Promoter Region {absent}",
        *(f"In {table}: {absent}" for table in _TABLES),
        "",
        "## Counts of this service",
        _reference_line(facts),
        f"Records with consequences: {statistics['annotated_records']}",
        f"Records without consequences: {statistics['unannotated_records']}",
        f"Alleles: {statistics['alleles']}",
        *_sections(statistics),
        *telling.log_lines(facts.known, statistics["alleles"], own=facts.task.own_path is not None),
        *_notes(facts),
        *([] if bundle.command else [_ONE_BY_ONE]),
        *_problem_lines(facts, statistics),
    ]
    return "\n".join(lines) + "\n"


def _reference_line(facts: Facts) -> str:
    bundle = facts.bundle
    sources = origin.source_words(bundle.manifest)
    codes = ", ".join(str(code) for code in sorted({contig.genetic_code for contig in bundle.contigs}))
    tags = " and ".join(facts.tags.values())
    words = [*origin.reference_words(bundle.manifest), f"genetic code {codes}", f"INFO tag {tags}"]
    return f"Reference: {', '.join(words)}" + (f", sources {', '.join(sources)}" if sources else "")


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


def _notes(facts: Facts) -> list[str]:
    """What a reader of the result should know about its form."""
    notes = list(facts.notes)
    if facts.index in INDEX_NOTES:
        notes.append(INDEX_NOTES[facts.index])
    if facts.findings.number("windows_ends"):
        notes.append("Line ends: CR LF in the input, LF in the result")
    if facts.findings.number("blank_lines"):
        notes.append(f"Blank lines left out: {facts.findings.number('blank_lines')}")
    return notes


def _problem_lines(facts: Facts, statistics: dict[str, Any]) -> list[str]:
    """Counts of the problems, then the first of them with their lines."""
    lines = []
    for title, key in (
        ("Problems", "problems"),
        ("Alleles without consequences", "allele_problems"),
        ("Remarks", "remarks"),
    ):
        lines.append(f"{title}: {sum(statistics[key].values())}")
        lines += [f"  {name}: {count}" for name, count in statistics[key].items()]
    listed = facts.findings.listed
    if listed:
        lines.append(f"The first {len(listed)} of them; all are in the file of problems:")
        lines += [f"  line {one.line}: {one.reason}: {one.detail}" for one in listed]
    return lines


def summary(facts: Facts) -> str:
    """The counts in the form of VEP's statistics, which MultiQC reads."""
    statistics = facts.findings.to_statistics()
    ours = f"gas-engine-{ENGINE_VERSION}"
    coding = (
        "stop_gained",
        "frameshift_variant",
        "stop_lost",
        "start_lost",
        "inframe_insertion",
        "inframe_deletion",
        "missense_variant",
        "protein_altering_variant",
        "start_retained_variant",
        "stop_retained_variant",
        "synonymous_variant",
        "coding_sequence_variant",
    )
    consequences = statistics["consequences"]
    sections: dict[str, dict[str, Any]] = {
        "VEP run statistics": {
            "VEP version (API)": f"{ours} ({ours})",  # MultiQC wants two words, and shows the second where it differs.
            "Annotation sources": ", ".join(filter(None, (_sources(facts.bundle), facts.sources.words))),
            "Input file": facts.task.file_name,
        },
        "General statistics": {
            "Lines of input read": statistics["records"],
            "Variants processed": statistics["annotated_records"],
            "Variants filtered out": statistics["unannotated_records"],
            "Novel / existing variants": "-",
            "Overlapped genes": len(facts.findings.counts.genes),
            "Overlapped transcripts": "-",
            "Overlapped regulatory features": "-",
        },
        "Variant classes": {name.replace(" ", "_"): count for name, count in statistics["classes"].items()},
        "Consequences (most severe)": consequences,
        "Coding consequences": {term: consequences[term] for term in coding if term in consequences},
    }
    lines = []
    for title, rows in sections.items():
        lines += [f"[{title}]", *(f"{name}\t{value}" for name, value in rows.items()), ""]
    return "\n".join(lines)


def _sources(bundle: Bundle) -> str:
    """What the consequences are from."""
    command = "" if bundle.command is None else f", {bundle.command.words}"
    return f"{origin.name_words(bundle.manifest)}{command}"


def preview_size(records: int) -> int:
    """How many records of a file may be shown while it is archived."""
    return min(PREVIEW_RECORDS, records // PREVIEW_SHARE)


def _preview(facts: Facts, first_lines: Sequence[bytes]) -> dict[str, Any]:
    """The first records as a page shows them."""
    total = facts.findings.number("records")
    known = facts.sources.to_preview()
    return {
        **({"known": known} if known else {}),
        "tag": facts.shown_tag,
        "fields": list(facts.shown_fields),
        "total_records": total,
        "records": [
            preview_record(line, facts.shown_tag, facts.shown_fields, facts.sources.keys)
            for line in first_lines[: preview_size(total)]
        ],
    }


def preview_record(line: bytes, tag: str, fields: Sequence[str], known: Sequence[str] = ()) -> dict[str, Any]:
    """One record of a result as plain values for a table on a page; `known` are the keys of known variants.

    The first entries alone are listed, and all are counted; None where the line was cut before its entries ended.
    """
    columns = line.split(b"\t", _INFO + 1)
    record: dict[str, Any] = {
        name: _text(column) for name, column in zip(_PREVIEW_COLUMNS, columns[:_INFO], strict=True)
    }
    start = tag.encode() + b"="
    value = next(
        (part[len(start) :] for part in reversed(columns[_INFO].split(b";")) if part.startswith(start)), b""
    )
    names = [name.lower() for name in fields]
    entries = value.split(b",", _PREVIEW_ENTRIES)[:_PREVIEW_ENTRIES] if value else []
    record["consequences"] = [
        dict(zip(names, map(_text, entry.split(b"|")), strict=False)) for entry in entries
    ]
    if known:
        told = dict(part.partition(b"=")[::2] for part in columns[_INFO].split(b";"))
        record["known"] = {key: _text(told[key.encode()]) for key in known if key.encode() in told}
    whole = len(line) < FIRST_LINE_BYTES or len(columns) > _INFO + 1
    record["consequence_count"] = (value.count(b",") + 1 if value else 0) if whole else None
    return record


def _text(value: bytes) -> str:
    """A value as text, cut where it would only fill the page."""
    text = value[: _LONGEST_VALUE * 4].decode("utf-8", errors="replace")
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def provenance(facts: Facts) -> dict[str, Any]:
    """How the result came about: everything needed to make it again, and no time or place."""
    manifest = facts.bundle.manifest
    told = (
        "name",
        "title",
        "version",
        "assembly",
        "gene_release",
        "digest",
        "contigs",
        "sources",
        "builder",
        "command",
    )
    contigs = manifest["contigs"]
    return {
        "format": PROVENANCE_FORMAT,
        "input": {
            "file_name": facts.task.file_name,
            "sha256": facts.input_sha256,
            "size_bytes": facts.input_bytes,
        },
        "reference": {
            key: contigs[:MOST_CONTIGS_TOLD] if key == "contigs" else manifest.get(key)
            for key in told
            if key in manifest
        },
        "tools": {"gas-engine": ENGINE_VERSION},
        "options": {
            "tag": facts.task.choices.tag.value,
            "distance": facts.task.choices.distance,
            "info_tags": facts.tags,
        },
        "limits": asdict(facts.task.limits),
        **telling.provenance(facts.sources, own=facts.task.own_path is not None),
    }


MOST_CONTIGS_TOLD = 100
"""Contigs that a provenance lists; the digest stands for all."""


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write plain values as ASCII JSON, so that no reader has to guess an encoding."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
