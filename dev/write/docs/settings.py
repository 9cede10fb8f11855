"""docs/settings.md, computed from the settings classes and the sentences under their fields."""

import ast
import json
from pathlib import Path

from pydantic import BaseModel

from dev import ROOT
from gas import config
from gas.config import Settings

PAGE = ROOT / "docs" / "settings.md"

_HEAD = """# Settings

Environment variables; the order is that of the chart's values. This page is written by `make docs`.

| variable | default | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """The whole page."""
    said = sentences()
    rows: list[str] = []
    for name, field in Settings.model_fields.items():
        section = field.default
        if isinstance(section, BaseModel):
            kind = type(section)
            rows += [
                _row(f"GAS_{name}__{each}", getattr(section, each), said[kind.__name__, each])
                for each in kind.model_fields
            ]
        else:
            rows.append(_row(f"GAS_{name}", section, said["Settings", name]))
    return _HEAD + "\n".join(rows) + "\n"


def _row(variable: str, default: object, sentence: str) -> str:
    shown = getattr(default, "value", default)
    if isinstance(default, dict):
        shown = json.dumps({name: each.model_dump() for name, each in default.items()})
    return f"| `{variable.upper()}` | {'' if shown is None else f'`{shown}`'} | {sentence} |"


def sentences() -> dict[tuple[str, str], str]:
    """The string under each field, on one line.

    Raises:
        TypeError: a field has none.
    """
    tree = ast.parse(Path(config.__file__).read_text(encoding="utf-8"))
    found: dict[tuple[str, str], str] = {}
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for field, below in zip(owner.body, [*owner.body[1:], None], strict=True):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            text = (
                below.value.value
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
                else None
            )
            if not isinstance(text, str):
                raise TypeError(f"{owner.name}.{field.target.id} has no sentence under it in config.py")
            found[owner.name, field.target.id] = " ".join(text.split())
    return found
