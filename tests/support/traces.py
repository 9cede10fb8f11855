"""Records traces in memory, and writes log lines as a program does."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer

from gas import tracing
from gas.logs import configure_logging


@dataclass
class Observed:
    """What was recorded and what was written."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended."""
        return self.exporter.get_finished_spans()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def lines_of(self, event: str) -> list[dict[str, Any]]:
        """The log lines with this text."""
        return [line for line in self.lines if line["event"] == event]


@contextmanager
def observed(*, collector: bool = True) -> Iterator[Observed]:
    """Record all works of this process, or none as where no collector is set, and catch its log lines."""
    found = Observed()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(found.exporter))
    before, root = tracing._tracer, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    tracing.record_by(provider.get_tracer("test") if collector else NoOpTracer())
    configure_logging("info", found.stream)
    try:
        yield found
    finally:
        tracing.record_by(before)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def trace_id_of(span: ReadableSpan) -> str:
    """The trace of a span, as log lines tell it."""
    assert span.context is not None
    return f"{span.context.trace_id:032x}"
