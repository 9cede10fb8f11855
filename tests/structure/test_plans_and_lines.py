"""Where plans and lines are told apart: in the table's construction, and nowhere else."""

import re

from dev import ROOT

SOURCES = [
    path
    for folder in ("src", "web/src", "annotator/src", "controllers/src")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".html"}
]
MAKERS = {"src/gas/domain/plan.py", "src/gas/bootstrap.py", "src/gas/config.py", "src/gas/lines.py"}
"""What names plans: the type with the two wire strings, and settings with the table that is made of them."""

A_NAME = re.compile(r"\bPlan\.(?:FREE|PREMIUM)\b|['\"](?:free|premium)(?:_user)?['\"]|\bPREMIUM_WORD\b")
A_BOOLEAN = re.compile(r"\bpremium\s*[:=]|\bif (?:not )?\S*\bpremium\b|\.premium\b")


def found(pattern: re.Pattern[str]) -> set[str]:
    """The files in which it stands."""
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in SOURCES}
    return {name for name, text in texts.items() if pattern.search(text)}


def test_only_the_tables_construction_names_a_plan() -> None:
    """Whoever decides asks the table: a plan more is then an entry of the settings."""
    assert found(A_NAME) <= MAKERS


def test_no_boolean_says_premium() -> None:
    """What travels are terms and lines; only a setting of the last release, and the terms themselves, are still called so."""
    former = {"src/gas/config.py", "src/gas/lines.py", "annotator/src/gas_annotator/main.py"}

    assert found(A_BOOLEAN) <= {*former, "src/gas/bootstrap.py"}
