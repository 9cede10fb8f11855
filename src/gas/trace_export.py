"""Sends traces to a collector. Imported only where one is set: it needs what the extra `traces` installs."""

import math
import time
from collections import deque
from collections.abc import Callable

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from gas import tracing
from gas.metrics import release

KEPT = 1_000
"""Spans that wait for a flush: one message makes some ten."""


PAUSE_SECONDS = 60.0
"""A collector that did not take spans is left alone for so long, or each message would wait for it anew."""


class FlushedSpans(SpanProcessor):
    """Keeps spans until they are flushed, without a thread: for a program that forks. The oldest go when there are too many."""

    def __init__(
        self, exporter: SpanExporter, kept: int = KEPT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._exporter = exporter
        self._clock = clock
        self._pause_ends = -math.inf
        self._spans: deque[ReadableSpan] = deque(maxlen=kept)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep one, if its trace is recorded."""
        if span.context is not None and span.context.trace_flags.sampled:
            self._spans.append(span)

    def force_flush(self, timeout_millis: int = tracing.FLUSH_MILLIS) -> bool:  # noqa: ARG002 - the exporter's own holds
        """Send what is kept. What cannot be sent is lost: a trace is worth no job's time."""
        spans = tuple(self._spans)
        self._spans.clear()
        if not spans:
            return True
        if self._clock() < self._pause_ends:
            return False
        sent = self._exporter.export(spans) is SpanExportResult.SUCCESS
        if not sent:
            self._pause_ends = self._clock() + PAUSE_SECONDS
        return sent

    def shutdown(self) -> None:
        """Send the last."""
        self.force_flush()
        self._exporter.shutdown()


def send_traces(program: str, *, forks: bool = False) -> None:
    """Record all works from now on, and send them where OTEL_EXPORTER_OTLP_ENDPOINT says.

    A program that forks keeps no thread for it, and calls `tracing.flush` when it has the time. All else that
    OpenTelemetry's SDK reads from the environment holds, such as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    resource = Resource.create({"service.name": program, "service.version": release()})
    provider = TracerProvider(resource=resource)
    if forks:
        exporter = OTLPSpanExporter(timeout=tracing.FLUSH_MILLIS / 1000)
        provider.add_span_processor(FlushedSpans(exporter))
    else:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracing.record_by(provider.get_tracer("gas", release()))
