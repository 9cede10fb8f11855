"""Where the overview of the whole installation stands."""

from typing import Protocol

from gas.domain.overview import Overview


class OverviewBoard(Protocol):
    """One overview for the whole installation, written by the controllers alone; errors as in `JobStore`."""

    def read(self) -> Overview | None:
        """The last one that was written, however old; None when there never was one."""
        ...

    def write(self, overview: Overview) -> None:
        """Replace it. The last writer wins."""
        ...
