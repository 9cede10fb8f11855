"""The operators' bulletin in memory."""

from gas.domain.bulletin import Bulletin


class InMemoryBulletinBoard:
    """Implements `BulletinBoard`."""

    def __init__(self) -> None:
        self._bulletin = Bulletin()

    def read(self) -> Bulletin:
        """What hangs there now."""
        return self._bulletin

    def write(self, bulletin: Bulletin) -> None:
        """Replace what hangs there."""
        self._bulletin = bulletin
