"""Asks a Prometheus: one expression over one span of time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from dev.write.dashboards.promql import FURTHER_MAXIMUM, MAXIMUM, NAMESPACE, RATE, SPAN, filled

ASK_SECONDS = 60.0
"""Prometheus itself ends a query after two minutes; those of a dashboard take less than a second."""

POINTS = 500
"""About as many as a panel on a screen has pixels."""

LEAST_STEP = 5
"""Seconds; nobody scrapes more often."""


class PrometheusError(Exception):
    """Prometheus did not answer as such; the text has its address."""


class RefusedError(PrometheusError):
    """Prometheus refused the expression; the text is its own."""


@dataclass(frozen=True)
class Span:
    """From when to when."""

    begin: datetime
    end: datetime

    @classmethod
    def last(cls, length: timedelta, now: datetime | None = None) -> "Span":
        """The time up to now."""
        end = now or datetime.now(UTC)
        return cls(end - length, end)

    @property
    def seconds(self) -> int:
        """How long it is."""
        return int((self.end - self.begin).total_seconds())

    @property
    def step(self) -> int:
        """Seconds between two points of a line."""
        return max(LEAST_STEP, self.seconds // POINTS)


@dataclass(frozen=True)
class Line:
    """One series of an answer: its labels, and its points in time."""

    labels: dict[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def numbers(self) -> list[float]:
        """The values that can be shown: a share of nothing is no number."""
        return [value for _, value in self.points if math.isfinite(value)]


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus, and what its data is to be read as: which installation, over which range rates are taken."""

    address: str
    namespace: str
    span: Span
    rate: str = "1m"
    """Four times the interval of scraping, as Grafana takes it."""
    maximum: int = 10
    further_maximum: int = 10

    def lines(self, expr: str) -> list[Line]:
        """What the expression says over the span.

        Raises:
            PrometheusError: it cannot be reached.
            RefusedError: it refuses the expression.
        """
        query = filled(
            expr,
            {
                NAMESPACE: self.namespace,
                RATE: self.rate,
                SPAN: f"{self.span.seconds}s",
                MAXIMUM: str(self.maximum),
                FURTHER_MAXIMUM: str(self.further_maximum),
            },
        )
        if SPAN in expr:
            # It looks back over the whole span by itself.
            return list(_read(self._ask("query", {"query": query, "time": self.span.end.timestamp()})))
        asked = {
            "query": query,
            "start": self.span.begin.timestamp(),
            "end": self.span.end.timestamp(),
            "step": self.span.step,
        }
        return list(_read(self._ask("query_range", asked)))

    def _ask(self, what: str, asked: dict[str, Any]) -> list[Any]:
        try:
            answer = requests.post(
                f"{self.address.rstrip('/')}/api/v1/{what}", data=asked, timeout=ASK_SECONDS
            )
            told = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise PrometheusError(f"{self.address} does not answer as Prometheus does: {error}") from error
        if told.get("status") != "success":
            raise RefusedError(str(told.get("error", told)))
        found: list[Any] = told["data"]["result"]
        return found


def _read(result: list[Any]) -> Iterator[Line]:
    for each in result:
        points = each["values"] if "values" in each else [each["value"]]
        yield Line(each["metric"], tuple((float(time), float(value)) for time, value in points))
