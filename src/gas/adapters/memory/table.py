"""A table of records in memory, with the one thing that matters of DynamoDB: updates of one item under a condition."""

import copy
import threading
from collections.abc import Callable, Iterable
from typing import Any

from gas.adapters.wire import Difference
from gas.adapters.wire_values import Item, to_epoch
from gas.domain.errors import ConflictError, FatalError

_MAX_ITEM_BYTES = 400_000
"""DynamoDB takes no larger item (400 KB); what could not be stored there cannot be stored here."""

_MAX_KEY_BYTES = 2048
"""DynamoDB takes no longer key, and looks for none: what it refuses there is refused here."""


class InMemoryTable:
    """Records by their key. One lock makes every method atomic; nothing inside is ever handed out."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._items: dict[str, Item] = {}
        self._lock = threading.Lock()

    def create(self, item: Item) -> bool:
        """Keep a new record; False when the key is taken."""
        with self._lock:
            if _possible(item[self._key]) in self._items:
                return False
            self._keep(item)
            return True

    def get(self, key: str) -> Item | None:
        """A copy of the record, or None."""
        with self._lock:
            return copy.deepcopy(self._items.get(_possible(key)))

    def update(self, key: str, holds: Callable[[Item], bool], change: Difference, *, count: str = "") -> Item:
        """Apply a change to a record for which the condition holds, count one attribute up, and return a copy.

        Raises:
            ConflictError: there is no such record, or the condition does not hold; nothing was written.
        """
        with self._lock:
            item = self._items.get(_possible(key))
            if item is None or not holds(item):
                raise ConflictError(f"The record {key} has changed in between: read it again.")
            item = change.applied_to(item)
            if count:
                item[count] += 1
            self._keep(item)
            return copy.deepcopy(item)

    def delete(self, key: str, holds: Callable[[Item], bool]) -> Item | None:
        """Remove a record for which the condition holds and return it; None when there is none."""
        with self._lock:
            item = self._items.get(_possible(key))
            return self._items.pop(key) if item is not None and holds(item) else None

    def due_before(self, now: Any, limit: int) -> list[str]:
        """The keys of at most `limit` records that are due, the longest due first."""
        with self._lock:
            due = [(item["due_at"], key) for key, item in self._items.items() if "due_at" in item]
        return [key for time, key in sorted(due) if time <= to_epoch(now)][:limit]

    def all_items(self) -> list[Item]:
        """Copies of all records."""
        with self._lock:
            return copy.deepcopy(list(self._items.values()))

    def _keep(self, item: Item) -> None:
        size = sum(_size(name) + _size(value) for name, value in item.items())
        if size > _MAX_ITEM_BYTES:
            raise ValueError(f"record {item[self._key]} has {size} bytes; DynamoDB takes {_MAX_ITEM_BYTES}")
        self._items[item[self._key]] = copy.deepcopy(item)


def same(before: Item, attributes: Iterable[str]) -> Callable[[Item], bool]:
    """The condition that these attributes are still what they are in a record."""
    wanted = {name: before.get(name) for name in attributes}
    return lambda item: all(item.get(name) == value for name, value in wanted.items())


def _possible(key: str) -> str:
    size = len(key.encode())
    if not 0 < size <= _MAX_KEY_BYTES:
        raise FatalError(f"A key of {size} bytes was asked for; DynamoDB takes 1 to {_MAX_KEY_BYTES}.")
    return key


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, dict):
        return sum(_size(name) + _size(inner) + 1 for name, inner in value.items()) + 3
    if isinstance(value, list | set):
        return sum(_size(inner) + 1 for inner in value) + 3
    return 1 if isinstance(value, bool) else len(str(value))
