"""For Locust: who visits the web, and how often. `dev.measure.load.web_load` starts it; `dev.measure.load.visits` says what is asked.

GAS_LOAD_INGRESS is where the host of the Ingress is found, GAS_LOAD_AUTHORITY the certificate that vouches for it,
GAS_LOAD_VISITORS a file with a JSON list of cookies, one for each signed-in user, GAS_LOAD_INPUT the file that they send,
and GAS_LOAD_SUBMISSIONS the file that gets a JSON line for every try to submit.
"""

import itertools
import json
import os
import random
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Locust has an environment of its own, in which this project is not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from locust import HttpUser, between, events, task

from dev.measure.load import visits

_file = os.environ.get("GAS_LOAD_VISITORS")
_cookies = itertools.cycle(json.loads(Path(_file).read_text()) if _file else [""])
_usual_lookup = socket.getaddrinfo


@events.init.add_listener
def lead_to_the_ingress(environment: Any, **_event: Any) -> None:
    """Let the host lead to the ingress controller: no name server knows it."""
    address, _, port = os.environ["GAS_LOAD_INGRESS"].rpartition(":")
    ours = urlsplit(environment.host).hostname

    def lookup(host: Any, wanted: Any, *more: Any, **named: Any) -> Any:
        at: Any = (address, int(port)) if host == ours else (host, wanted)
        return _usual_lookup(*at, *more, **named)

    socket.getaddrinfo = lookup  # type: ignore[assignment]  # as wide as the usual one


class Visitor(HttpUser):
    """Somebody in a browser, who waits between two pages as long as the original's visitors did."""

    abstract = True
    wait_time = between(1, 3)

    def on_start(self) -> None:
        """Believe the authority of this run."""
        self.client.verify = os.environ["GAS_LOAD_AUTHORITY"]


class Home(Visitor):
    """Somebody who opens the first page again and again: the original's load."""

    @task
    def home(self) -> None:
        """Open it."""
        visits.home(self.client)


class SignedIn(Visitor):
    """Somebody who looks at their jobs, and now and then sends another."""

    def on_start(self) -> None:
        """Become one of those who are signed in."""
        super().on_start()
        self.who = visits.SignedIn(next(_cookies))
        self.content = Path(os.environ["GAS_LOAD_INPUT"]).read_bytes()

    @task(5)
    def list(self) -> None:
        """The list of jobs."""
        visits.list_jobs(self.client, self.who)

    @task(4)
    def details(self) -> None:
        """One job."""
        visits.details(self.client, self.who, random.choice)

    @task(1)
    def submit(self) -> None:
        """Another job."""
        visits.submit(self.client, self.who, self.content, _note)


def _note(sent: visits.Sent) -> None:
    with Path(os.environ["GAS_LOAD_SUBMISSIONS"]).open("a") as file:
        file.write(json.dumps({"job_id": sent.job_id, "acknowledged": sent.acknowledged}) + "\n")
