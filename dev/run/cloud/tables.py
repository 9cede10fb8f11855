"""DynamoDB: moto's answers in less time, for all requests to it wait behind one lock, and a refusal that moto leaves out."""

from functools import cache
from typing import Any

import moto.core.responses as moto_responses
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

_VALUE = "AttributeValue"
"""What DynamoDB's model calls a value with the letter of its type."""

_moto_projection = Item.project
_moto_key = DynamoDBBackend.get_keys_value


class _RecordSerializer(JSONSerializer):  # type: ignore[misc]  # moto is untyped here
    """moto looks in each value for every type that there is, under two spellings. A value has one, and names it."""

    def _serialize_type_structure(self, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name != _VALUE or not isinstance(value, dict):
            super()._serialize_type_structure(serialized, value, shape, key)
            return
        typed: dict[str, Any] = {}
        for letter, content in value.items():
            self._serialize(typed, content, shape.members[letter], letter)
        serialized[key] = typed


def _make(item: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
    """Sum the record up before its last attribute, to refuse one that is too large; moto does before every one."""
    item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
    for number, (name, value) in enumerate(attrs.items(), 1):
        put = LimitedSizeDict.__setitem__ if number == len(attrs) else dict.__setitem__
        put(item.attrs, name, DynamoType(value))


def _projected(item: Any, paths: list[list[str]]) -> Any:
    """A record of these attributes alone; moto copies the whole record for each of them."""
    if any(len(path) > 1 or "[" in path[0] for path in paths):
        return _moto_projection(item, paths)
    found = {path[0]: item.attrs[path[0]] for path in paths if path[0] in item.attrs}
    return Item(item.hash_key, item.range_key, found)


def _possible_key(backend: Any, table: Any, key: dict[str, Any]) -> Any:
    """The key that is read or deleted; moto measures only one that is written, and DynamoDB every one."""
    table._validate_key_sizes(key)  # noqa: SLF001 - moto's own check
    return _moto_key(backend, table, key)


def install() -> None:
    """Put these in moto's place, before the first request."""
    SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = {"json": _RecordSerializer}
    Item.__init__, Item.project = _make, _projected
    DynamoDBBackend.get_keys_value = _possible_key
    # moto looks through a service's class on every request.
    moto_responses.method_names_from_class = cache(moto_responses.method_names_from_class)
