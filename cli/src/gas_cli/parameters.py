"""What is typed after a command, in the form that the service takes."""

from typing import Any
from urllib.parse import quote

import click

STATES = (
    "unfinished",
    "Pending",
    "Queued",
    "Running",
    "Completed",
    "Archived",
    "Restoring",
    "Restored",
    "Failed",
    "Cancelled",
    "Deleted",
)
"""What a list can be narrowed to; `unfinished` is all that an annotator has still to do with."""


FILES = (
    "result",
    "index",
    "table",
    "log",
    "preview",
    "statistics",
    "provenance",
    "problems",
    "summary",
    "input",
    "own",
)
"""What can be downloaded of a job, as the API names it."""


def is_text(value: str) -> bool:
    """Whether UTF-8 can tell it: what is typed, and the name of a file, may be any bytes."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


class _Text(click.ParamType[str]):
    name = "TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Words that the service can be told."""
        if not is_text(value):
            self.fail(f"{value!r} is no text in UTF-8.", param, ctx)
        return str(value)


TEXT = _Text()


class _JobId(click.ParamType[str]):
    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """A job id as part of an address, whatever was typed."""
        if not value or len(value) > 63 or value in {".", ".."} or not is_text(value):  # noqa: PLR2004 - the longest job id
            self.fail(f"{value!r} is no job id.", param, ctx)
        return quote(value, safe="")


JOB_ID = _JobId()


class _StateList(click.ParamType[str]):
    name = "STATES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """States as the service writes them, whatever their case; several separated by commas."""
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not words:
            self.fail(f"{value!r} names no state: use {', '.join(STATES)}.", param, ctx)
        known = {state.casefold(): state for state in STATES}
        for word in words:
            if word.casefold() not in known:
                self.fail(f"there is no state {word!r}: use {', '.join(STATES)}.", param, ctx)
        return ",".join(known[word.casefold()] for word in words)


STATE_LIST = _StateList()
