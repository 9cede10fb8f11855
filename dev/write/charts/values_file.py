"""Reads values.yaml with its comments: what each value is called, what it is by default, and what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_SAYS = "# --"
_SCHEMA = "# @schema"


class ValuesError(Exception):
    """A value without a description, or with a schema that cannot be read; the text names it and its line."""


@dataclass(frozen=True)
class Value:
    """One value. `parts` are the values in it, for a map that is described part by part."""

    path: tuple[str, ...]
    default: Any
    description: str
    constraint: dict[str, Any]
    parts: tuple["Value", ...] = ()

    @property
    def name(self) -> str:
        """Its path as people write it."""
        return ".".join(self.path)

    def leaves(self) -> Iterator["Value"]:
        """The values that have no parts."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def read_values(text: str) -> list[Value]:
    """Every value of the file, outermost first.

    Raises:
        ValuesError: one has no description.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    return _read(node, (), text.splitlines())


def _read(node: yaml.MappingNode, path: tuple[str, ...], lines: list[str]) -> list[Value]:
    found: list[Value] = []
    for key, child in node.value:
        name, line = (*path, key.value), key.start_mark.line
        description, constraint = _comment_above(lines, line, ".".join(name))
        default = _construct(child)
        open_map = "additionalProperties" in constraint
        described = isinstance(child, yaml.MappingNode) and child.value and not open_map
        parts = tuple(_read(child, name, lines)) if described else ()
        found.append(Value(name, default, description, constraint, parts))
    return found


def _comment_above(lines: list[str], line: int, name: str) -> tuple[str, dict[str, Any]]:
    comment: list[str] = []
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        comment.insert(0, lines[line].strip())
    starts = [n for n, text in enumerate(comment) if text.startswith(_SAYS)]
    if len(starts) != 1:
        raise ValuesError(f"values.yaml, {name}: put one line that starts with `{_SAYS}` right above it.")
    said: list[str] = []
    constraint: dict[str, Any] = {}
    for text in comment[starts[0] :]:
        if text.startswith(_SCHEMA):
            constraint |= yaml.safe_load(text.removeprefix(_SCHEMA))
        else:
            said.append(text.removeprefix(_SAYS).removeprefix("#").strip())
    return " ".join(said), constraint


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()
