"""The engine as the annotator calls it: the references of this package, and gas-engine's files by the annotator's words.

`load_reference` runs once, in the process that children are forked from; `annotate` runs in a child, because it parses strangers'
bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import gas_engine
from gas_engine import (
    Bundle,
    CommandFailedError,
    EngineError,
    InputRefusedError,
    LimitExceededError,
    ReferenceMismatchError,
    Result,
    Task,
    load_bundle,
)
from gas_engine import Limits as EngineLimits

__all__ = [
    "Annotation",
    "CommandFailedError",
    "EngineError",
    "EngineLimits",
    "InputRefusedError",
    "LimitExceededError",
    "Reference",
    "ReferenceMismatchError",
    "Result",
    "Task",
    "UnknownReferenceError",
    "annotate",
    "known_references",
    "load_folder",
    "load_reference",
    "planned",
]

REFERENCES = Path(__file__).with_name("references")


class UnknownReferenceError(EngineError, KeyError):
    """No reference bundle has this name; the message lists the names that exist."""

    def __str__(self) -> str:
        """Return the sentence itself, where KeyError would show its quoted form."""
        return str(self.args[0])


@dataclass(frozen=True)
class Reference:
    """A bundle; beside one of this package is the sequence that it was built from."""

    bundle: Bundle

    @property
    def name(self) -> str:
        """What people call it."""
        return self.bundle.name

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.bundle.folder

    @property
    def fasta(self) -> Path:
        """The sequence that one of this package was built from."""
        return self.folder / f"{self.name}.fa"

    @cached_property
    def sequence(self) -> bytes:
        """The bases of its one contig."""
        return b"".join(self.fasta.read_bytes().split(b"\n")[1:])

    @property
    def length(self) -> int:
        """Number of bases."""
        return self.bundle.longest


@dataclass(frozen=True)
class Annotation:
    """A finished annotation: the number of records, of those with a consequence, and the files written."""

    variants: int
    annotated_variants: int
    files: dict[Result, Path]
    unannotated: tuple[tuple[str, int, int], ...] = ()
    """Why records got no consequence: reasons, each with its number of records and the first one's line."""

    @property
    def result(self) -> Path:
        """The annotated VCF file."""
        return self.files[Result.VCF]

    @property
    def log(self) -> Path:
        """The counts, for people."""
        return self.files[Result.LOG]

    @property
    def preview(self) -> Path:
        """The first records."""
        return self.files[Result.PREVIEW]

    @property
    def statistics(self) -> Path:
        """The counts, for pages."""
        return self.files[Result.STATISTICS]

    @property
    def provenance(self) -> Path:
        """What made the result."""
        return self.files[Result.PROVENANCE]

    @property
    def index(self) -> Path | None:
        """Its index, if it could be made."""
        return self.files.get(Result.INDEX) or self.files.get(Result.LONG_INDEX)


def known_references() -> list[str]:
    """Names of the bundles that are shipped."""
    return sorted(path.parent.name for path in REFERENCES.glob("*/manifest.json"))


def load_reference(name: str) -> Reference:
    """Load a bundle, and check its files against its own description.

    Raises:
        UnknownReferenceError: no bundle has this name.
        BundleError: the bundle is damaged.
    """
    if name not in known_references():
        raise UnknownReferenceError(
            f"reference {name!r} is not known; known are: {', '.join(known_references())}"
        )
    folder = REFERENCES / name
    return load_folder(folder, verify=True)


def load_folder(folder: Path, *, verify: bool) -> Reference:
    """Load a bundle from anywhere; `verify` compares the digests of its files, and not their sizes alone.

    Raises:
        BundleError: it is damaged, or no bundle.
    """
    return Reference(load_bundle(folder, verify=verify))


def annotate(task: Task, reference: Reference, report: Callable[[int], None]) -> Annotation:
    """Annotate a file into the output folder and say how far it is, from 0 to 100.

    Raises:
        InputRefusedError: the file is not a sound VCF file, or ReferenceMismatchError: no record of it lies on the reference.
        LimitExceededError: it is larger than the task's limits.
        CommandFailedError: the command that the bundle names did not do its work.
    """
    made = gas_engine.annotate(task, reference.bundle, report)
    return Annotation(made.records, made.annotated_records, made.files, made.unannotated)


def planned(task: Task, variants: int, annotated_variants: int, *, indexed: bool) -> Annotation:
    """Where the results of a task lie; the parent asks this itself and believes no path that a child names."""
    places = gas_engine.planned(task)
    index = Result.LONG_INDEX if places[Result.LONG_INDEX].exists() else Result.INDEX
    unused = {Result.INDEX, Result.LONG_INDEX} - ({index} if indexed else set())
    files = {result: path for result, path in places.items() if result not in unused}
    return Annotation(variants, annotated_variants, files)
