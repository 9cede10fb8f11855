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


class _JobId(click.ParamType[str]):
    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """A job id as part of an address, whatever was typed."""
        if not value or len(value) > 63 or value in {".", ".."}:  # noqa: PLR2004 - the longest job id
            self.fail(f"{value!r} is no job id.", param, ctx)
        return quote(value, safe="")


JOB_ID = _JobId()


class _StateList(click.ParamType[str]):
    name = "STATES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """States as the service writes them, whatever their case; several separated by commas."""
        words = [word.strip() for word in value.split(",") if word.strip()]
        known = {state.casefold(): state for state in STATES}
        for word in words:
            if word.casefold() not in known:
                self.fail(f"there is no state {word!r}: use {', '.join(STATES)}.", param, ctx)
        return ",".join(known[word.casefold()] for word in words)


STATE_LIST = _StateList()
