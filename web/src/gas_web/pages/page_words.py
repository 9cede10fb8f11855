"""How pages write times, sizes and states: filters for templates."""

import re
from datetime import UTC, datetime

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from gas.domain.explanation import counted, downloadable_until, remark
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.reference_words import made_of, named
from gas_web.asked.marks import Mark, marked
from gas_web.asked.way_back import way_back
from gas_web.pages.preview_record import more_of, protein_of

TONES = {
    JobStatus.PENDING: "calm",
    JobStatus.QUEUED: "calm",
    JobStatus.RUNNING: "busy",
    JobStatus.COMPLETED: "good",
    JobStatus.ARCHIVED: "cold",
    JobStatus.RESTORING: "busy",
    JobStatus.RESTORED: "good",
    JobStatus.FAILED: "bad",
    JobStatus.CANCELLED: "calm",
    JobStatus.DELETED: "calm",
}
"""The colour and shape of each state, by the class that the style sheet gives them."""

LISTED_FILES = tuple(
    output for output in Output if output not in {Output.RESULT, Output.PREVIEW, Output.STATISTICS}
)
"""Those that a job's page lists all alike: the result stands before them with its size, and two are a page of their own."""

_CLOCK_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC")

_PIECES = re.compile(r"[^_.\-]+[_.\-]*|[_.\-]+")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024
_FEW = 10


def install(app: Flask) -> None:
    """Give the filters to the templates."""
    for name, write in {
        "when": when,
        "ago": ago,
        "to_the_second": to_the_second,
        "breakable": breakable,
        "sentence": sentence,
        "size": size,
        "span": span,
        "count": count,
        "tone": tone,
        "reference_words": named,
        "made_of": made_of,
        "counted": counted,
        "remark": remark,
        "until": downloadable_until,
        "protein": protein_of,
        "more": more_of,
    }.items():
        app.jinja_env.filters[name] = write
    app.jinja_env.globals["nav_link"] = nav_link
    app.jinja_env.globals["listed_files"] = LISTED_FILES
    app.jinja_env.globals["way_back"] = way_back


def when(time: datetime | str) -> Markup:
    """A time in UTC, marked up so that a script can show it shortly, as the reader's clock and language have it."""
    utc = _utc(time)
    return Markup('<time datetime="{}">{}</time>').format(_machine(utc), _minute(utc))


def ago(time: datetime | str) -> Markup:
    """The same where it stands alone, so that the script can say how long ago it was, or how soon it will be."""
    utc = _utc(time)
    return Markup('<time datetime="{}" data-ago>{}</time>').format(_machine(utc), _minute(utc))


def to_the_second(time: datetime | str) -> Markup:
    """The same with its seconds, for moments that lie close together."""
    utc = _utc(time)
    text = f"{utc:%-d %b %Y, %H:%M:%S} UTC"
    return Markup('<time datetime="{}" data-seconds>{}</time>').format(_machine(utc), text)


def breakable(name: str) -> Markup:
    """A file's name that may be broken where people would break it. Copying it copies the name and nothing else."""
    return Markup("<wbr>").join(_PIECES.findall(name))


def sentence(text: str) -> Markup:
    """A sentence with its times marked up; everything else is shown as it stands."""
    parts, last = [], 0
    for found in _CLOCK_TIME.finditer(text):
        parts += [escape(text[last : found.start()]), _time_of(found[0])]
        last = found.end()
    return Markup("").join([*parts, escape(text[last:])])


def size(number: int) -> str:
    """So many bytes, in the unit that people would choose."""
    left, step = float(number), 0
    while left >= _STEP and step < len(_UNITS) - 1:
        left, step = left / _STEP, step + 1
    short = f"{left:.0f}" if left >= _FEW or left == int(left) else f"{left:.1f}"
    unit = "byte" if number == 1 else _UNITS[step]
    return f"{short} {unit}"


def span(seconds: float) -> str:
    """A length of time in whole units, the largest that loses nothing."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            return _many(int(seconds // length), unit)
    return _many(int(seconds), "second")


def count(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def tone(state: JobStatus | str) -> str:
    """The class of a state."""
    return TONES[JobStatus(state)]


def nav_link(endpoint: str, text: str, kind: str = "") -> Markup:
    """A link of the top line; the page that is open is marked."""
    current = request.endpoint or ""
    here = current == endpoint or (endpoint == "pages.jobs" and marked(Mark.ABOUT_A_JOB))
    mark = Markup(' aria-current="page"') if here else ""
    return Markup('<a class="nav-link" href="{}"{}><span class="{}">{}</span></a>').format(
        url_for(endpoint), mark, kind, text
    )


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _utc(time: datetime | str) -> datetime:
    moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.astimezone(UTC)


def _machine(utc: datetime) -> str:
    return f"{utc:%Y-%m-%dT%H:%M:%SZ}"


def _minute(utc: datetime) -> str:
    return f"{utc:%-d %b %Y, %H:%M} UTC"


def _time_of(text: str) -> Markup:
    try:
        return when(datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC))
    except ValueError:
        # Somebody's file said something that only looks like a time.
        return escape(text)
