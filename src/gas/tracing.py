"""Traces by OpenTelemetry's API: one for the whole life of a job, from the request that submitted it.

A *work* is a request, a message or a pass. To which trace it belongs is often known only on the way, when a record has
been read; `join` says so, and from then on every log line of the work has its `trace_id`. Where no collector is set nothing is
recorded; the ids still hold the lines of all parts together.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self

import structlog
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

from gas.domain.traces import known_traceparent

__all__ = [
    "SpanKind",
    "Work",
    "begin",
    "fail",
    "join",
    "note",
    "record_by",
    "stage",
    "traceparent",
]

_tracer: Tracer = trace.get_tracer("gas")
_current: ContextVar["Work | None"] = ContextVar("gas_work", default=None)


class Work:
    """One piece of work, from `begin` to `end`, or for a `with` block. It has no trace until it joins or begins one."""

    def __init__(self, name: str, kind: SpanKind = SpanKind.INTERNAL) -> None:
        self._name = name
        self._kind = kind
        self._attributes: dict[str, Any] = {}
        self._started = time.time_ns()
        self._span: Span | None = None
        self._outer: Token[Work | None] | None = None
        self._attached: Token[Context] | None = None
        self._bound: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end(error)

    def begin(self) -> None:
        """Make this the current work of the thread."""
        self._outer = _current.set(self)

    def end(self, error: BaseException | None = None) -> None:
        """End it, in the thread in which it began. Of an error only the name is told: its text may quote a secret."""
        if error is not None:
            self.fail(type(error).__name__)
        if self._attached is not None:
            context.detach(self._attached)
        if self._span is not None:
            self._span.end()
        structlog.contextvars.reset_contextvars(**self._bound)
        if self._outer is not None:
            _current.reset(self._outer)

    def join(self, parent: Context) -> None:
        """Become a part of the trace of this context, unless it is a part of one."""
        self._start(lambda: _tracer.start_span(self._name, parent, **self._how()))

    def root(self, caller: str | None) -> None:
        """Begin a trace, unless it is a part of one, with a link to the caller's."""
        links = [Link(trace.get_current_span(_context_of(caller)).get_span_context())] if caller else None
        self._start(
            lambda: _with_an_id(_tracer.start_span(self._name, Context(), links=links, **self._how()))
        )

    def note(self, attributes: dict[str, Any]) -> None:
        """Say more of it."""
        if self._span is None:
            self._attributes |= attributes
        else:
            self._span.set_attributes(attributes)

    def fail(self, what: str) -> None:
        """Mark it as failed."""
        if self._span is not None:
            self._span.set_status(Status(StatusCode.ERROR, what))

    def _how(self) -> dict[str, Any]:
        return {"kind": self._kind, "attributes": self._attributes, "start_time": self._started}

    def _start(self, make: Callable[[], Span]) -> None:
        if self._span is not None:
            return
        self._span = span = make()
        self._attached = context.attach(trace.set_span_in_context(span, Context()))
        trace_id = trace.format_trace_id(span.get_span_context().trace_id)
        self._bound = dict(structlog.contextvars.bind_contextvars(trace_id=trace_id))


def join(parent: str | None) -> None:
    """Let the current work be a part of that trace, unless it is a part of one. What is no traceparent changes nothing."""
    this, known = _current.get(), known_traceparent(parent)
    if this is not None and known is not None:
        this.join(_context_of(known))


def begin(caller: str | None = None) -> None:
    """Let the current work begin a trace, unless it is a part of one; the caller's own, if any, is linked to it."""
    this = _current.get()
    if this is not None:
        this.root(known_traceparent(caller))


def note(**attributes: str | int) -> None:
    """Say more of the current work, under names of GAS's own."""
    this = _current.get()
    if this is not None:
        this.note({f"gas.{name}": value for name, value in attributes.items()})


def fail(what: str) -> None:
    """Mark the current work as failed."""
    this = _current.get()
    if this is not None:
        this.fail(what)


def traceparent() -> str | None:
    """What a message or a record carries on of the current trace; None outside of any."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


@contextmanager
def stage(name: str) -> Iterator[None]:
    """A part of the current work, for the block."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with _tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def record_by(tracer: Tracer) -> None:
    """Let this tracer record all works from now on."""
    global _tracer  # noqa: PLW0603 - there is one collector for a process
    _tracer = tracer


def _context_of(parent: str | None) -> Context:
    if parent is None:
        return Context()
    _, trace_id, span_id, flags = parent.split("-")
    remote = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def _with_an_id(span: Span) -> Span:
    """The span, or where nobody records one with ids and nothing else."""
    if span.get_span_context() != INVALID_SPAN_CONTEXT:
        return span
    return NonRecordingSpan(
        SpanContext(secrets.randbits(128) or 1, secrets.randbits(64) or 1, is_remote=False)
    )
