"""A task of the engine, its limits and options, and what it hands back."""

import hashlib
import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

NAME_BYTES = 255
"""Longest file name that common file systems take."""

_COMPRESSED = re.compile(r"\.(gz|bgz|bgzf)$", re.IGNORECASE)
_VCF = re.compile(r"\.(vcf|bcf)$", re.IGNORECASE)
_UNSAFE = re.compile(r"[/\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")


class Tag(Enum):
    """The form in which consequences are written into INFO."""

    CSQ = "CSQ"
    ANN = "ANN"
    BOTH = "both"

    @property
    def csq(self) -> bool:
        """Whether VEP's form is wanted."""
        return self is not Tag.ANN

    @property
    def ann(self) -> bool:
        """Whether snpEff's form is wanted."""
        return self is not Tag.CSQ


@dataclass(frozen=True)
class Limits:
    """How much the engine takes before it gives up. Each holds before the work that it bounds."""

    max_records: int = 1_000_000_000
    max_line_bytes: int = 64 * 1024**2
    max_uncompressed_bytes: int = 2**40
    max_alternatives: int = 1000
    """Alternative alleles of one record; real sites have a handful. A record with more stays without consequences."""
    max_growth_bytes: int = 2 * 1024**2
    """What consequences may add to one record; entries beyond it are left out, and that is said."""


@dataclass(frozen=True)
class Choices:
    """What people choose about a run."""

    tag: Tag = Tag.CSQ
    distance: int = 5000
    """Bases on either side of a transcript in which an allele is called up- or downstream of it."""


@dataclass(frozen=True)
class Task:
    """One file to annotate: where it lies, what its owner calls it, where the results go, and how it is done."""

    input_path: Path
    file_name: str
    output_dir: Path
    limits: Limits = field(default_factory=Limits)
    choices: Choices = field(default_factory=Choices)
    threads: int = 1
    max_cpu_seconds: float | None = None
    """Processor seconds that the run may use. Like the threads, it changes no result, and so no provenance tells of it."""
    command_folders: tuple[Path, ...] = ()
    """Folders that the command of a bundle may use; without any, no bundle's command is run."""
    own_path: Path | None = None
    """A VCF or BED file of known variants or regions that the owner brings to this one file."""
    own_name: str = ""
    """What the owner calls it."""


class Result(Enum):
    """The files that a run writes; the value is what takes the place of `.vcf` in the input's name."""

    VCF = ".annot.vcf.gz"
    INDEX = ".annot.vcf.gz.tbi"
    LONG_INDEX = ".annot.vcf.gz.csi"
    LOG = ".vcf.count.log"
    TABLE = ".tsv.gz"
    PROBLEMS = ".problems.tsv.gz"
    PREVIEW = ".preview.json"
    STATISTICS = ".statistics.json"
    SUMMARY = ".summary.txt"
    PROVENANCE = ".provenance.json"


_LONGEST_SUFFIX = max(len(result.value) for result in Result) + len(".part")
INDEXES = (Result.INDEX, Result.LONG_INDEX)


@dataclass(frozen=True)
class Annotation:
    """A finished run: its counts, and the files written."""

    records: int
    annotated_records: int
    files: dict[Result, Path]
    unannotated: tuple[tuple[str, int, int], ...] = ()
    """Why records got no consequence: reasons, each with its number of records and the first one's line."""

    index_note: str | None = None
    """Why there is no index, in the words of the log; None where there is one."""

    @property
    def unannotated_records(self) -> int:
        """Records without a consequence; each has a row among the problems."""
        return self.records - self.annotated_records


def stem_of(file_name: str) -> str:
    """The name without .vcf and .gz, harmless as a file name and short enough for every suffix."""
    name = _UNSAFE.sub("_", file_name) or "_"
    stem = _VCF.sub("", _COMPRESSED.sub("", name)) or "_"
    encoded = stem.encode()
    longest = NAME_BYTES - _LONGEST_SUFFIX
    if len(encoded) > longest:
        digest = hashlib.sha256(encoded).hexdigest()[:12]
        stem = encoded[: longest - 13].decode(errors="ignore") + "~" + digest
    return stem


def planned(task: Task, results: tuple[Result, ...] = tuple(Result)) -> dict[Result, Path]:
    """Where the results of a task lie."""
    stem = stem_of(task.file_name)
    return {result: task.output_dir / f"{stem}{result.value}" for result in results}
