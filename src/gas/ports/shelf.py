"""Where an annotator has the bundles of references that came to its node."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Coming:
    """A bundle is being fetched, and is expected then. `begun` says whether some of it has come since it was asked for."""

    expected: datetime
    begun: bool = True


@dataclass(frozen=True)
class Lacking:
    """A bundle cannot be had until somebody acts: why, as a sentence, and when it is tried again."""

    why: str
    next_try: datetime


@dataclass(frozen=True)
class Gone:
    """No bundle of that digest is stored."""


class Shelf(Protocol):
    """Bundles by digest, fetched once for all who share it. No method waits for a fetch."""

    def holding(self, digest: str) -> AbstractContextManager[Path | None]:
        """The verified folder of a bundle, which stays there as long as the block lasts; None while it is not there."""
        ...

    def under_way(self, digest: str) -> bool:
        """Whether a bundle is being fetched."""
        ...

    def bring(self, digest: str, size_bytes: int | None = None) -> Coming | Lacking | Gone:
        """Have a bundle of about that size fetched, unless it is under way, and say how that stands."""
        ...
