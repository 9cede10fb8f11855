"""The time by AWS's clock: every answer of AWS carries it, and machines' own clocks are sometimes wrong.

Two machines compare times through the records: a lease that one writes, another judges. So all of them go by one clock.
Between two answers time is counted by the machine's steady clock, which nobody sets.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

import structlog

log = structlog.get_logger()

TOLERANCE = timedelta(seconds=30)
"""A machine's clock may be off by so much: signatures, tokens and links allow for minutes, and leases go by AWS's time."""

ASK_SECONDS = 3
"""How long AWS may take to tell the time to whoever asks for nothing else."""


class AwsClock:
    """Implements `Clock`. The machine's own clock is believed until an answer of AWS contradicts it by itself.

    `endpoint` is the address of whoever is asked for the time and nothing else. `wall` is the machine's clock and `steady`
    the one that nobody sets; both count seconds.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        tolerance: timedelta = TOLERANCE,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._tolerance = tolerance
        self._wall = wall
        self._steady = steady
        self._base = wall() - steady()
        self._sent = threading.local()
        self._wrong = False

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.fromtimestamp(self._steady() + self._base, UTC)

    def ahead(self) -> timedelta:
        """How far the machine's own clock is ahead of AWS's; negative when it is behind."""
        return timedelta(seconds=self._wall() - self._steady() - self._base)

    def trouble(self) -> str | None:
        """What is wrong with the machine's clock and what to do, in one sentence; None while nothing is known to be."""
        ahead = self.ahead()
        if abs(ahead) <= self._tolerance:
            return None
        seconds = abs(ahead.total_seconds())
        return (
            f"This machine's clock is about {seconds:.0f} seconds {'ahead of' if ahead > timedelta(0) else 'behind'} AWS's: "
            "let it follow a time server (chrony, systemd-timesyncd)."
        )

    def ask(self) -> None:
        """Ask AWS for the time; without an answer nothing more is known than before."""
        sent = self._steady()
        try:
            # Nothing is signed: whose clock is wrong has its signatures refused.
            with urllib.request.urlopen(self._endpoint, timeout=ASK_SECONDS) as answer:  # noqa: S310 - ours
                date = answer.headers.get("Date")
        except urllib.error.HTTPError as refused:
            date = refused.headers.get("Date")
            refused.close()
        except (OSError, HTTPException):
            return
        self.hear(date, sent)

    def hear(self, date: str | None, sent: float) -> None:
        """Take the time that an answer of AWS carries, to a request that was sent at that steady time."""
        with suppress(TypeError, ValueError):
            seconds = parsedate_to_datetime(date).timestamp()  # type: ignore[arg-type]  # None is a TypeError
            # AWS wrote whole seconds, at some moment after the request was sent and before its answer came.
            lowest, highest = seconds - self._steady(), seconds + 1 - sent
            self._base = min(max(self._base, lowest), highest)
            self._say()

    def listen(self, events: Any) -> None:
        """Hear every answer to the clients of an SDK session that are made from now on."""
        events.register("before-send", self._note_sending)
        events.register("response-received", self._note_answer)

    def _note_sending(self, **_: Any) -> None:
        self._sent.time = self._steady()

    def _note_answer(self, response_dict: dict[str, Any] | None = None, **_: Any) -> None:
        sent = getattr(self._sent, "time", None)
        if response_dict is not None and sent is not None:
            self.hear(response_dict["headers"].get("date"), sent)

    def _say(self) -> None:
        """One line when the machine's clock is found wrong, and one when it is right again."""
        trouble = self.trouble()
        if (trouble is not None) is not self._wrong:
            self._wrong = not self._wrong
            if trouble is None:
                log.info("clock is right again")
            else:
                log.warning("clock is wrong", error=trouble)
