"""What people see: tables and sentences on stdout, progress on stderr and only on a terminal."""

import json
import sys
import textwrap
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
_LINE = 80
"""As many signs as a line of a small terminal has."""

_LISTED = ("id", "state"), ("submitted", "file")
"""What the list tells of a job before its counts, and after them."""

_COLUMNS = ("chrom", "pos", "id", "ref", "alt", "consequence", "symbol", "gene", "aa")


def out(text: str, *, newline: bool = True) -> None:
    """Something on stdout."""
    # click.echo would take escape sequences out of a path in a pipe.
    sys.stdout.write(f"{text}\n" if newline else text)
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """One JSON document on stdout. What a terminal would obey is written as JSON writes it, which changes no value."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    out("".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text))


def say(sentence: str) -> None:
    """A sentence for the person at the terminal; stdout is kept for what was asked for."""
    click.echo(harmless(sentence), err=True)


def print_line(text: str) -> None:
    """What a script wants, alone on its line: as it is for the script, and harmless on a terminal."""
    out(harmless(text) if sys.stdout.isatty() else text)


def print_text(text: str) -> None:
    """A file's text; as it is into a file or a pipe, and harmless on a terminal."""
    out(harmless(text) if sys.stdout.isatty() else text, newline=False)


def harmless(text: str) -> str:
    """The text without what a terminal would obey: it may come from a file that a stranger wrote."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def print_job(job: dict[str, Any], page: str) -> None:
    """A job in lines: where it stands, why, what comes next, and the page that shows it."""
    lines: list[tuple[str, Any]] = [
        ("job", job["id"]),
        ("file", job["file"]),
        ("your own file", job.get("ownFile")),
        ("state", job["state"]),
        ("", job["sentence"]),
        ("", _amber(job.get("remark"))),
        ("reference", _reference(job)),
        ("", job.get("referenceUnlisted")),
        ("", _amber((job.get("referenceWithdrawn") or {}).get("sentence"))),
        ("", (job.get("newerReference") or {}).get("sentence")),
        ("index", job.get("indexRemark")),
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
            out(f"{label:<14}{_shown(value) if isinstance(value, Text) else harmless(str(value))}")


def _amber(value: Any) -> Text | None:
    """What pages have in amber, and a terminal in yellow."""
    return None if value is None else Text(harmless(str(value)), style="yellow")


def _shown(text: Text) -> str:
    """The text with its colour, where stdout shows any."""
    console = Console(width=_WIDE)
    with console.capture() as captured:
        console.print(text, end="", soft_wrap=True)
    return captured.get()


def _reference(job: dict[str, Any]) -> str:
    """The reference, its bundle, and what that was built from."""
    digest, sources = job.get("referenceDigest"), job.get("referenceSources") or []
    bundle = f", bundle {digest[:12]}" if digest else ""
    return f"{job['reference']}{bundle}{': ' if sources else ''}{_sources(sources)}"


def _sources(sources: list[dict[str, Any]]) -> str:
    return "; ".join(_source(each) for each in sources)


def _source(each: dict[str, Any]) -> str:
    # As pages have it: a date says nothing beside a release that is one.
    told = f"{each['what']}: {each['name']} {each['release']}".strip()
    return told + (f" ({each['date']})" if each["date"] not in {"", each["release"]} else "")


def print_references(references: list[dict[str, Any]]) -> None:
    """References as a table, the default first; below each its title, and its sources one by one."""
    table = Table(box=None, pad_edge=False)
    for name in ("NAME", "ASSEMBLY", "GENES", "BUNDLE"):
        table.add_column(name, no_wrap=True)
    for each in references:
        cells = (each["name"], each["assembly"], each["geneRelease"], each["digest"][:12])
        table.add_row(*(Text(_in_a_line(cell)) for cell in cells))
    console = Console(width=_WIDE)
    with console.capture() as captured:
        console.print(table)
    head, *rows = captured.get().splitlines()
    out(head.rstrip())
    for each, row in zip(references, rows, strict=True):
        out(row.rstrip())
        for told in filter(None, (each["title"], *(_source(source) for source in each["sources"]))):
            out(textwrap.fill(_in_a_line(told), _LINE, initial_indent="  ", subsequent_indent="    "))


def _in_a_line(value: Any) -> str:
    return " ".join(harmless(str(value)).split())


def print_jobs(jobs: list[dict[str, Any]]) -> None:
    """Jobs as a table."""
    table = Table(box=None, pad_edge=False)
    for name in ("ID", "STATE", "ANNOTATED", "SUBMITTED", "FILE"):
        table.add_column(name, no_wrap=True)
    for job in jobs:
        # As Text, so that no file name is read as markup.
        before, after = ([Text(harmless(str(job[field]))) for field in fields] for fields in _LISTED)
        table.add_row(*before, _counts(job), *after)
    # Never cut: the file's name is what people know a job by, and it comes last.
    _print(table, Console(width=_WIDE))


def _counts(job: dict[str, Any]) -> Text:
    """How many of a result's variants got a consequence; in amber what the page's list has so."""
    annotated, variants = job.get("annotatedVariants"), job.get("variants")
    remarked = Text("with a remark", style="yellow") if job.get("remark") else Text("")
    if not isinstance(annotated, int) or not isinstance(variants, int):
        return remarked
    if not variants:
        return Text("no variants", style="yellow")
    counts = Text(f"{annotated:,} of {variants:,}", style="yellow" if annotated < variants else "")
    return Text(", ").join((counts, remarked)) if remarked and annotated >= variants else counts


def print_preview(preview: dict[str, Any]) -> None:
    """The first records as a table."""
    records = preview.get("records", [])
    if not records:
        total = preview.get("total_records", 0)
        out(
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
    _print(table, _stdout())
    out(f"{len(records)} of {harmless(str(preview.get('total_records', len(records))))} records")


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


def _print(table: Table, console: Console) -> None:
    with console.capture() as captured:
        console.print(table)
    out(captured.get(), newline=False)


def _stdout() -> Console:
    # No terminal: as wide as it needs to be, so that no column is cut in a file or a pipe.
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)
