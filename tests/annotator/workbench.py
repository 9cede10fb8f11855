"""A workbench for tests of the annotator: makes small VCF files, annotates them, and reads what came out."""

import gzip
import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gas_annotator.cage import this_kernel
from gas_annotator.child import Child, ChildEnd
from gas_annotator.engine import Annotation, EngineLimits, Reference, Task, annotate, load_reference
from tests.support.waiting import PATIENCE_SECONDS

LIMITS = EngineLimits(max_records=100_000, max_line_bytes=256 * 1024, max_uncompressed_bytes=64 * 2**20)
"""Limits that no honest test reaches."""


@cache
def rcrs() -> Reference:
    """The bundle, loaded once for all tests."""
    return load_reference("rCRS")


def bases(position: int, length: int) -> bytes:
    """Bases of it from a 1-based position on; it is a circle: after its last base comes its first."""
    return (rcrs().sequence * 2)[position - 1 : position - 1 + length]


def require_cage() -> None:
    """Skip the test on a kernel that has not all parts of a cage: nothing can be said of one there."""
    lacks = this_kernel().lacks()
    if lacks is not None:
        pytest.skip(lacks)


def ended(child: Child) -> ChildEnd:
    """Wait for a child's outcome."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        outcome = child.poll(1.0)
        if outcome is not None:
            return outcome
    child.kill()
    raise AssertionError("the child did not end")


@dataclass(frozen=True)
class Result:
    """A finished annotation and its text."""

    annotation: Annotation
    text: bytes
    percents: list[int]

    @property
    def header(self) -> list[bytes]:
        """Header lines of the result."""
        return [line for line in self.text.splitlines() if line.startswith(b"#")]

    @property
    def records(self) -> list[list[str]]:
        """Columns of each record of the result."""
        return [
            line.decode().split("\t") for line in self.text.split(b"\n") if line and not line.startswith(b"#")
        ]

    @property
    def consequences(self) -> list[list[list[str]]]:
        """For each record the fields of each entry of the tag; no entries if it has no tag."""
        return [_entries(record[7]) for record in self.records]

    @property
    def log(self) -> list[str]:
        """Lines of the count log."""
        return self.annotation.log.read_text(encoding="utf-8").splitlines()

    @property
    def statistics(self) -> dict[str, Any]:
        """The statistics."""
        return dict(json.loads(self.annotation.statistics.read_text(encoding="ascii")))

    @property
    def preview(self) -> dict[str, Any]:
        """The preview."""
        return dict(json.loads(self.annotation.preview.read_text(encoding="ascii")))


def _entries(info: str) -> list[list[str]]:
    for item in info.split(";"):
        if item.startswith("CSQ="):
            return [entry.split("|") for entry in item.removeprefix("CSQ=").split(",")]
    return []


def run(content: bytes, folder: Path, name: str = "sample.vcf", limits: EngineLimits = LIMITS) -> Result:
    """Annotate a file of this content into a new folder inside the given one."""
    source = folder / "input"
    source.write_bytes(content)
    return run_file(source, folder, name, limits)


def run_file(source: Path, folder: Path, name: str = "sample.vcf", limits: EngineLimits = LIMITS) -> Result:
    """Annotate a file into a new folder inside the given one."""
    output = folder / f"output{sum(1 for _ in folder.iterdir())}"
    output.mkdir()
    percents: list[int] = []
    annotation = annotate(Task(source, name, output, limits), rcrs(), percents.append)
    return Result(annotation, gzip.decompress(annotation.result.read_bytes()), percents)
