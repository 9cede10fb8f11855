"""What tracing costs where no collector is set: beside the cheapest page of the web, and as one pass or message pays it."""

import io
import statistics
import time
from collections.abc import Callable

from werkzeug.test import Client

from gas import tracing
from gas.adapters.system_clock import SystemClock
from gas.bootstrap import memory_ports
from gas.config import Environment, Settings, WebSettings
from gas.logs import configure_logging
from gas_web.app import create_app
from gas_web.services import WebServices

ROUNDS = 9
"""The median of so many is told: others use the machine."""

WORKS, PAGES = 5_000, 200
PARENT = f"00-{'1' * 32}-{'2' * 16}-00"


def main() -> None:
    """Print both, and their ratio. Lines are written as in production, but to nowhere."""
    configure_logging("info", io.StringIO())
    begun, joined, page = _micros(_request, WORKS), _micros(_message, WORKS), _micros(_home(), PAGES)
    print(f"a request's trace, begun and ended:          {begun:8.1f} µs")
    print(f"a message's, joined, with its five stages:   {joined:8.1f} µs")
    print(f"GET / with it, rendered in this process:     {page:8.1f} µs")
    print(f"share of the page: {begun / page:.4f}")


def _request() -> None:
    with tracing.Work("GET /", tracing.SpanKind.SERVER):
        tracing.begin()
        tracing.note(job_id="job-1")


def _message() -> None:
    with tracing.Work("receive job-requests", tracing.SpanKind.CONSUMER):
        tracing.join(PARENT)
        for stage in ("claim", "download", "annotate", "store", "finish"):
            with tracing.stage(stage):
                tracing.traceparent()


def _home() -> Callable[[], object]:
    settings = Settings(env=Environment.LOCAL, web=WebSettings(requests_per_minute=10**9))
    app = create_app(settings, WebServices.from_ports(memory_ports(SystemClock()), settings))
    client = Client(app)
    return lambda: client.get("/")


def _micros(call: Callable[[], object], count: int) -> float:
    call()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - started) / count * 1e6)
    return statistics.median(rounds)
