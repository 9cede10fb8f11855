"""Plain values to DynamoDB's typed ones and back, and updates whose condition is made of named parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from gas.adapters.wire_values import Item

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

Typed = dict[str, Any]


def to_typed(item: Mapping[str, Any]) -> Typed:
    """Attributes with DynamoDB's type letters."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def from_typed(item: Mapping[str, Any]) -> Item:
    """Attributes without the type letters."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


@dataclass(frozen=True)
class Condition:
    """One part of a condition: the attribute is exactly that, or absent when it is None."""

    attribute: str
    value: Any


def unchanged(item: Item, *attributes: str) -> list[Condition]:
    """The condition that these attributes are still what they are in a record."""
    return [Condition(name, item.get(name)) for name in attributes]


class Update:
    """Builds the arguments of one UpdateItem; every name and value goes through a placeholder."""

    def __init__(self, table: str, key: Item) -> None:
        self._fixed = {"TableName": table, "Key": to_typed(key)}
        self._names: dict[str, str] = {}
        self._values: Item = {}
        self._sets: list[str] = []
        self._removes: list[str] = []
        self._conditions: list[str] = []

    def set(self, attributes: Mapping[str, Any]) -> "Update":
        """Set attributes."""
        self._sets += [f"{self._name(name)} = {self._value(value)}" for name, value in attributes.items()]
        return self

    def add_one(self, attribute: str) -> "Update":
        """Count an attribute up by one."""
        name = self._name(attribute)
        self._sets.append(f"{name} = {name} + {self._value(1)}")
        return self

    def remove(self, attributes: Iterable[str]) -> "Update":
        """Remove attributes."""
        self._removes += [self._name(name) for name in attributes]
        return self

    def when(self, conditions: Iterable[Condition]) -> "Update":
        """Write only if all of these hold."""
        for condition in conditions:
            name = self._name(condition.attribute)
            absent = condition.value is None
            self._conditions.append(
                f"attribute_not_exists({name})" if absent else f"{name} = {self._value(condition.value)}"
            )
        return self

    def when_exists(self, attribute: str) -> "Update":
        """Write only to a record that is there: UpdateItem would make a new one."""
        self._conditions.append(f"attribute_exists({self._name(attribute)})")
        return self

    def arguments(self) -> dict[str, Any]:
        """The arguments of `update_item`; it answers with the whole record as written."""
        clauses = [("SET", self._sets), ("REMOVE", self._removes)]
        return {
            **self._fixed,
            "UpdateExpression": " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts),
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": {short: name for name, short in self._names.items()},
            **({"ExpressionAttributeValues": to_typed(self._values)} if self._values else {}),
            "ReturnValues": "ALL_NEW",
        }

    def _name(self, name: str) -> str:
        return self._names.setdefault(name, f"#n{len(self._names)}")

    def _value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder
