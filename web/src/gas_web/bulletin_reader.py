"""Reading the operators' bulletin without a read for every page."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from gas.domain.bulletin import Bulletin
from gas.domain.errors import GasError
from gas.ports.bulletins import BulletinBoard

SECONDS = 5.0
"""How long a pod believes what it read."""


@dataclass
class BulletinReader:
    """Reads the board now and then. While it does not answer, the last bulletin holds: no page fails for a banner."""

    board: BulletinBoard
    clock: Callable[[], float] = time.monotonic
    _last: Bulletin = field(default_factory=Bulletin)
    _read_at: float | None = None

    def __call__(self) -> Bulletin:
        """The bulletin, at most a few seconds old."""
        now = self.clock()
        if self._read_at is None or now - self._read_at >= SECONDS:
            self._read_at = now
            with suppress(GasError):
                self._last = self.board.read()
        return self._last

    def write(self, bulletin: Bulletin) -> None:
        """Hang up a bulletin; this pod shows it at once, the others soon."""
        self.board.write(bulletin)
        self._last = bulletin
