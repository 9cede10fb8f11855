"""What is asked for of a source, and what is counted while it is mapped."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from gas_engine.known.fields import Asked
from gas_engine.known.source import Kind

UPLOAD_AGAIN = "upload it again"
"""What helps where a file that an owner brought is damaged."""


class Form(Enum):
    """What a source is written as, by the option that names it."""

    KNOWN = "known"
    FREQUENCIES = "frequencies"
    SCORES = "scores"
    REGIONS = "regions"
    OWN = "own"
    """A VCF file of one job's owner: all of its fields are taken."""

    @property
    def kind(self) -> Kind:
        """What its rows are about."""
        return Kind.REGIONS if self is Form.REGIONS else Kind.ALLELES


@dataclass(frozen=True)
class SourceRequest:
    """A source to map, and what its files do not say themselves."""

    name: str
    form: Form
    paths: tuple[Path, ...]
    fields: tuple[Asked, ...] = ()
    release: str = ""
    date: str = ""
    licence: str = ""
    shown: str = ""
    """How sentences call the file; its path if nothing else is said."""

    file_name: str = ""
    """What its owner calls the file, which may tell a release; the last part of its path if nothing else is said."""

    most_rows: int = 0
    """Of a file of one job's owner: rows after which it is refused. 0 for a bundle's source, which may have any number."""

    most_bytes: int = 0
    """Of such a file: bytes of its text, unpacked."""

    most_line_bytes: int = 0
    """Of one line of it."""

    most_alternatives: int = 0
    """Of one record of it: alternative alleles after which it is refused."""

    @property
    def again(self) -> str:
        """What helps where a file is damaged."""
        return UPLOAD_AGAIN if self.own else "fetch it again"

    @property
    def own(self) -> bool:
        """Whether it is one job's owner's: then a file of which nothing can be used is no failure."""
        return self.most_rows > 0


@dataclass
class Tally:
    """Rows read and kept, and what was left out and why, each reason with an example."""

    read: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    fields_left_out: list[str] = field(default_factory=list)
    """Of an owner's file: those that are more than are taken."""

    def leave(self, reason: str, example: str) -> None:
        """Count what is left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1
        self.examples.setdefault(reason, example)

    def to_manifest(self, kept: int) -> dict[str, Any]:
        """As plain values."""
        return {
            "read": self.read,
            "kept": kept,
            "left_out": self.left_out,
            "left_out_examples": self.examples,
            **({"fields_left_out": self.fields_left_out} if self.fields_left_out else {}),
        }
