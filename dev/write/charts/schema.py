"""values.schema.json, from values.yaml: types by the defaults, bounds by the comments, and no key that is not there."""

import json
from typing import Any

from dev.write.charts.values_file import Value

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def values_schema(values: list[Value]) -> str:
    """The schema as text."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the gas chart",
        **_closed(values),
    }
    # Helm hands every chart this; a parent chart may set it.
    schema["properties"]["global"] = {"type": "object"}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _closed(values: list[Value] | tuple[Value, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {value.path[-1]: _property(value) for value in values},
        "additionalProperties": False,
    }


def _property(value: Value) -> dict[str, Any]:
    if value.parts:
        return {"description": value.description, **_closed(value.parts)}
    own: dict[str, Any] = {"description": value.description, "default": value.default}
    if value.default is not None:
        own["type"] = _TYPES[type(value.default)]
    return own | value.constraint
