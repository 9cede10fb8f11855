"""What makes threads meet that otherwise hardly would."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class GivingWay(OrderedDict[Key, Value]):
    """A dict whose reader gives way to other threads once it has begun to read."""

    def __iter__(self) -> Iterator[Key]:
        """As a dict, with a pause."""
        found = super().__iter__()
        time.sleep(0.001)
        return found
