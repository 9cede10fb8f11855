"""What the tests are like themselves: none passes or fails by chance, or because a machine is busy."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

FILES = [path for path in sorted(TESTS.rglob("*.py")) if "e2e" not in path.parts]

BY_CHANCE = re.compile(r"[0-9a-f-]{1,8}|[\w/+=-]{1,2}")
"""So short a word stands in random hexadecimal or base64 text now and then."""

PATIENT_SECONDS = 30.0
"""Whoever waits in a test waits for longer: a busy machine takes many times as long as an idle one."""

WAITS = ("wait", "join", "settimeout", "communicate", "result")
"""What takes the seconds to wait for as its argument."""

IMPATIENT = {
    "charts/test_one_job.py: wait 2": "it is still waiting then, which is the claim",
    "charts/test_one_job.py: timeout 2": "nobody answers, and it says so",
    "web/test_server.py: wait 0.1": "the pace of a client that sends a byte now and then",
}
"""The waits that are meant to be short, and why."""


def _short_words(tree: ast.AST) -> Iterator[str]:
    """The words that must not stand in a text, where they are written into the test."""
    loops = [
        node for node in ast.walk(tree) if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple)
    ]
    looped = {ast.unparse(node.target): node.iter.elts for node in loops if isinstance(node.iter, ast.Tuple)}
    for claim in (node for node in ast.walk(tree) if isinstance(node, ast.Assert)):
        for node in ast.walk(claim):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
                words = looped.get(ast.unparse(node.left), [node.left])
                texts = (word.value for word in words if isinstance(word, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and BY_CHANCE.fullmatch(text))


def _short_waits(tree: ast.AST) -> Iterator[str]:
    """The waits that give up soon, as `name seconds`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        given = [(word.arg or "", word.value) for word in node.keywords if "timeout" in (word.arg or "")]
        given += [(name, node.args[0])] if name in WAITS and node.args else []
        for word, value in given:
            seconds = value.value if isinstance(value, ast.Constant) else None
            if isinstance(seconds, int | float) and 0 < seconds < PATIENT_SECONDS:
                yield f"{word} {seconds:g}"


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_goes_by_chance(file: Path) -> None:
    """A word that must not stand in a text is long, or holds what no random id holds; a wait is patient."""
    tree, name = ast.parse(file.read_text(encoding="utf-8")), file.relative_to(TESTS)

    words = list(_short_words(tree))
    waits = [wait for wait in _short_waits(tree) if f"{name}: {wait}" not in IMPATIENT]

    assert words == [], f"{name}: look for something that no random id can hold"
    assert waits == [], f"{name}: tests.support.waiting.PATIENCE_SECONDS"
