"""What people see: tables and sentences on stdout, progress on stderr and only on a terminal."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gas_cli.transfer import Progress as Tick

_NOTHING = (None, "", ".")
_WIDE = 10_000
_COLUMNS = ("chrom", "pos", "id", "ref", "alt", "consequence", "symbol", "gene", "aa")


def print_json(value: Any) -> None:
    """One JSON document on stdout. What a terminal would obey is written as JSON writes it, which changes no value."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo(
        "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
    )


def say(sentence: str) -> None:
    """A sentence for the person at the terminal; stdout is kept for what was asked for."""
    click.echo(harmless(sentence), err=True)


def print_line(text: str) -> None:
    """What a script wants, alone on its line: as it is for the script, and harmless on a terminal."""
    # click.echo would take escape sequences out of a path in a pipe.
    sys.stdout.write(f"{harmless(text) if sys.stdout.isatty() else text}\n")


def print_text(text: str) -> None:
    """A file's text; as it is into a file or a pipe, and harmless on a terminal."""
    sys.stdout.write(harmless(text) if sys.stdout.isatty() else text)


def harmless(text: str) -> str:
    """The text without what a terminal would obey: it may come from a file that a stranger wrote."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def print_job(job: dict[str, Any], page: str) -> None:
    """A job in lines: where it stands, why, what comes next, and the page that shows it."""
    lines = [
        ("job", job["id"]),
        ("file", job["file"]),
        ("state", job["state"]),
        ("", job["sentence"]),
        ("", job.get("remark")),
        ("next", job["next"]),
        ("submitted", job["submitted"]),
        ("completed", job["completed"]),
        ("kept until", job["retainUntil"]),
        ("expected back", job["restoreExpected"]),
        ("variants", job["variants"]),
        ("annotated", job.get("annotatedVariants")),
        ("page", page),
    ]
    for label, value in lines:
        if value is not None:
            click.echo(f"{label:<14}{harmless(str(value))}")


def print_jobs(jobs: list[dict[str, Any]]) -> None:
    """Jobs as a table."""
    table = Table(box=None, pad_edge=False)
    for name in ("ID", "STATE", "SUBMITTED", "FILE"):
        table.add_column(name, no_wrap=True)
    for job in jobs:
        # As Text, so that no file name is read as markup.
        table.add_row(*(Text(harmless(str(job[field]))) for field in ("id", "state", "submitted", "file")))
    # Never cut: the file's name is what people know a job by, and it comes last.
    Console(width=_WIDE).print(table)


def print_preview(preview: dict[str, Any]) -> None:
    """The first records as a table."""
    records = preview.get("records", [])
    if not records:
        total = preview.get("total_records", 0)
        click.echo(
            "The preview is empty: it holds a tenth of a file's records at most, since it stays when the result is "
            "archived. Download the result to see them."
            if total
            else "The result has no records."
        )
        return
    # A record may have many consequences; its first is the worst, and the rest is in the result.
    flat = [{**record, **next(iter(record.get("consequences", [])), {})} for record in records]
    names = [name for name in _COLUMNS if any(record.get(name) not in _NOTHING for record in flat)]
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(Text(name.upper()))
    for record in flat:
        table.add_row(*(Text(harmless(str(record.get(name, "")))) for name in names))
    _stdout().print(table)
    click.echo(f"{len(records)} of {harmless(str(preview.get('total_records', len(records))))} records")


@contextmanager
def moving(label: str, total: int | None) -> Iterator[Tick]:
    """A progress bar for bytes, when a person is watching."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _count: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(harmless(label).replace("[", r"\["), total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def watching(label: str) -> Iterator[Any]:
    """A line that shows how far a job is, when a person is watching; it takes the job."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _job: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        task = progress.add_task(label, total=100)
        yield lambda job: progress.update(
            task, description=harmless(job["state"]).replace("[", r"\["), completed=job["progressPercent"]
        )


def _stdout() -> Console:
    # No terminal: as wide as it needs to be, so that no column is cut in a file or a pipe.
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)
