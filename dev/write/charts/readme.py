"""The chart's README, from its template, values.yaml and what the web's server allows."""

import json
import re
from collections.abc import Iterator, Mapping

from dev.write.charts.values_file import Value

MARK = "<!-- values -->"
_FIGURE = re.compile(r"<!-- ([A-Z_]+) -->")
_LONG = 60


def readme(template: str, values: list[Value], figures: Mapping[str, int]) -> str:
    """The whole page: the template with the figures, and the tables of values, in the place of their marks.

    Raises:
        KeyError: there is no figure of that name.
    """
    told = _FIGURE.sub(lambda mark: str(figures[mark[1]]), template)
    return told.replace(MARK, "\n".join(_tables(values)).strip())


def _tables(values: list[Value]) -> Iterator[str]:
    alone = [value for value in values if not value.parts]
    yield from _table("Everywhere", "", alone)
    for value in values:
        if value.parts:
            yield from _table(f"`{value.name}`", value.description, list(value.leaves()))


def _table(title: str, sentence: str, values: list[Value]) -> Iterator[str]:
    yield from (f"### {title}", "", *([sentence, ""] if sentence else []))
    yield from ("| value | default | what it is |", "|---|---|---|")
    for value in values:
        yield f"| `{value.name}` | {_default(value.default)} | {_cell(value.description)} |"
    yield ""


def _default(default: object) -> str:
    if default in (None, ""):
        return ""
    text = json.dumps(default)
    return f"`{text}`" if len(text) <= _LONG else "see values.yaml"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
