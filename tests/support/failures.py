"""How a failing test tells what it saw: in forty lines, of a long page or log its beginning and its end.

`-v` tells all of it.
"""

from collections.abc import Generator, Sequence
from typing import Any

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

TOLD_LINES, CAPTURED_LINES = 25, 6
"""Of the failure itself, and of what was captured beside it: with the lines around them no more than a screen."""

FIRST_LINES = 6
"""Where it happened; the rest is the end, where the assertion is."""

COLUMNS = 400
"""A whole page of HTML is often one line."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell a failure in few lines, unless more is asked for."""
    report = yield
    if report.failed and item.config.getoption("verbose") <= 0:
        report.longrepr = _shorter(report.longrepr, report.longreprtext.splitlines())
        captured = [line for title, text in report.sections for line in (f"{title}:", *text.splitlines())]
        report.sections = [("Captured", "\n".join(shortened(captured, CAPTURED_LINES)))] if captured else []
    return report


def _shorter(longrepr: Any, said: list[str]) -> Any:
    told = shortened(said, TOLD_LINES, FIRST_LINES)
    crash = getattr(longrepr, "reprcrash", None)
    if told == said or crash is None:
        return longrepr if told == said else "\n".join(told)
    # The summary at the end of a run tells where and what, in one line.
    [what] = shortened(crash.message.splitlines()[:1] or [""], 1)
    entry = ReprEntryNative([f"{line}\n" for line in told])
    where = ReprFileLocation(crash.path, crash.lineno, what)
    return ExceptionChainRepr([(ReprTraceback([entry], None, "native"), where, None)])


def shortened(lines: Sequence[str], most: int, first: int = 0) -> list[str]:
    """At most so many of the lines, the first few of them and the last; of long ones both ends."""
    kept = list(lines)
    if len(kept) > most:
        last = most - first - 1
        left_out = f"... {len(kept) - first - last} lines, which -v tells ..."
        kept = [*kept[:first], left_out, *kept[len(kept) - last :]]
    half = COLUMNS // 2
    return [line if len(line) <= COLUMNS else f"{line[:half]} ... {line[-half:]}" for line in kept]
