"""The overview in memory. It is kept as wire attributes: what cannot be stored cannot be faked."""

from gas.adapters.wire_overview import overview_from_item, overview_to_item
from gas.adapters.wire_values import Item
from gas.domain.overview import Overview


class InMemoryOverviewBoard:
    """Implements `OverviewBoard`."""

    def __init__(self) -> None:
        self._item: Item | None = None

    def read(self) -> Overview | None:
        """The last one that was written."""
        return None if self._item is None else overview_from_item(self._item)

    def write(self, overview: Overview) -> None:
        """Replace it."""
        self._item = overview_to_item(overview)
