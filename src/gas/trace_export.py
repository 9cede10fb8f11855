"""Sends traces to a collector. Imported only where one is set: it needs what the extra `traces` installs."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from gas import tracing
from gas.metrics import release


def send_traces(program: str) -> None:
    """Record all works from now on, and send them in the background where OTEL_EXPORTER_OTLP_ENDPOINT says.

    All else that OpenTelemetry's SDK reads from the environment holds, such as OTEL_TRACES_SAMPLER and
    OTEL_EXPORTER_OTLP_HEADERS.
    """
    resource = Resource.create({"service.name": program, "service.version": release()})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracing.record_by(provider.get_tracer("gas", release()))
