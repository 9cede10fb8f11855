"""The task of the engine, its limits, and what it hands back."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

NAME_BYTES = 255
"""Longest file name that common file systems take."""

_COMPRESSED = re.compile(r"\.(gz|bgz|bgzf)$", re.IGNORECASE)
_VCF = re.compile(r"\.vcf$", re.IGNORECASE)
_UNSAFE = re.compile(r"[/\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")
_LONGEST_SUFFIX = len(".provenance.json.part")


@dataclass(frozen=True)
class EngineLimits:
    """How much input the engine takes before it gives up."""

    max_records: int
    max_line_bytes: int
    max_uncompressed_bytes: int


@dataclass(frozen=True)
class Task:
    """One file to annotate: where it lies, what its owner calls it, and where the results go."""

    input_path: Path
    file_name: str
    output_dir: Path
    limits: EngineLimits


@dataclass(frozen=True)
class Annotation:
    """A finished annotation: the number of records, of those with a consequence, and the files written."""

    variants: int
    annotated_variants: int
    result: Path
    index: Path | None
    log: Path
    preview: Path
    statistics: Path
    provenance: Path
    unannotated: tuple[tuple[str, int, int], ...] = ()
    """Why records got no consequence: kinds, each with its number of records and the first one's line."""


def _stem(file_name: str) -> str:
    """The name without .vcf and .gz, harmless as a file name and short enough for every suffix."""
    name = _UNSAFE.sub("_", file_name) or "_"
    stem = _VCF.sub("", _COMPRESSED.sub("", name)) or "_"
    encoded = stem.encode()
    longest = NAME_BYTES - _LONGEST_SUFFIX
    if len(encoded) > longest:
        digest = hashlib.sha256(encoded).hexdigest()[:12]
        stem = encoded[: longest - 13].decode(errors="ignore") + "~" + digest
    return stem


def planned(task: Task, variants: int, annotated_variants: int, *, indexed: bool) -> Annotation:
    """Where the results of a task lie; the parent asks this itself and believes no path that a child names."""
    stem = _stem(task.file_name)
    result = task.output_dir / f"{stem}.annot.vcf.gz"
    return Annotation(
        variants=variants,
        annotated_variants=annotated_variants,
        result=result,
        index=result.with_name(result.name + ".tbi") if indexed else None,
        log=task.output_dir / f"{stem}.vcf.count.log",
        preview=task.output_dir / f"{stem}.preview.json",
        statistics=task.output_dir / f"{stem}.statistics.json",
        provenance=task.output_dir / f"{stem}.provenance.json",
    )
