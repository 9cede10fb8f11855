"""For Locust: who visits the web, and how often. `dev.load.web_load` starts it; `dev.load.visits` says what is asked.

GAS_LOAD_VISITORS names a file with a JSON list of cookies, one for each signed-in user, GAS_LOAD_INPUT the file that they
send, and GAS_LOAD_SUBMISSIONS the file that gets a JSON line for every try to submit.
"""

import itertools
import json
import os
import random
import sys
from pathlib import Path

# Locust has an environment of its own, in which this project is not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from locust import HttpUser, between, task

from dev.load import visits

_cookies = itertools.cycle(
    json.loads(Path(os.environ["GAS_LOAD_VISITORS"]).read_text())
    if "GAS_LOAD_VISITORS" in os.environ
    else [""]
)


class Home(HttpUser):
    """Somebody who opens the first page again and again: the original's load."""

    wait_time = between(1, 3)

    @task
    def home(self) -> None:
        """Open it."""
        visits.home(self.client)


class SignedIn(HttpUser):
    """Somebody who looks at their jobs, and now and then sends another."""

    wait_time = between(1, 3)

    def on_start(self) -> None:
        """Become one of those who are signed in, and send a first job."""
        self.who = visits.SignedIn(next(_cookies))
        self.content = Path(os.environ["GAS_LOAD_INPUT"]).read_bytes()
        self.submit()

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
