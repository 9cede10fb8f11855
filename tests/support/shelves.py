"""A shelf whose bundles come when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gas.ports.shelf import Coming, Gone, Lacking


@dataclass
class FakeShelf:
    """Implements `Shelf`: what is in `folders` is there, and of anything else `says` tells how it stands."""

    says: Coming | Lacking | Gone
    folders: dict[str, Path] = field(default_factory=dict)
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    @contextmanager
    def holding(self, digest: str) -> Iterator[Path | None]:
        """The folder, noted as held as long as the block lasts."""
        self.held.append(digest)
        yield self.folders.get(digest)
        self.held.remove(digest)

    def under_way(self, digest: str) -> bool:
        """Whether it was asked for and is still to come."""
        asked = any(digest == each for each, _ in self.asked)
        return asked and isinstance(self.says, Coming) and digest not in self.folders

    def bring(self, digest: str, size_bytes: int | None = None) -> Coming | Lacking | Gone:
        """How it stands."""
        self.asked.append((digest, size_bytes))
        return self.says
