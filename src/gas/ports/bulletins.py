"""Where the operators' bulletin hangs."""

from typing import Protocol

from gas.domain.bulletin import Bulletin


class BulletinBoard(Protocol):
    """One bulletin for the whole installation; errors as in `JobStore`."""

    def read(self) -> Bulletin:
        """What hangs there now; an empty one when nothing was ever written."""
        ...

    def write(self, bulletin: Bulletin) -> None:
        """Replace what hangs there. The last writer wins."""
        ...
