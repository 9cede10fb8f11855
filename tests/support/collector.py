"""A collector of traces on loopback, as OpenTelemetry's protocol has it (OTLP over HTTP): it keeps what programs send."""

import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """Listens from `with` to its end. `settings` is what makes a program send here, within a fraction of a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def settings(self) -> dict[str, str]:
        """The variables of OpenTelemetry's SDK."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    def spans_of(self, trace_id: str) -> dict[str, set[str]]:
        """The names of a trace's spans, by the program that sent them."""
        with self._lock:
            return {program: set(names) for program, names in self._seen[trace_id].items()}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            for sent in request.resource_spans:
                attributes = {each.key: each.value.string_value for each in sent.resource.attributes}
                for scope in sent.scope_spans:
                    for span in scope.spans:
                        self._seen[span.trace_id.hex()][attributes["service.name"]].add(span.name)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        keep = self._keep

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                keep(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
