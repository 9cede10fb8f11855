"""What visitors ask of the web: plain requests over any client that has `get` and `post`, so that a test can make them.

Each is named, because figures are kept by name: an address has as many values as there are jobs.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser sends with a form of the page that it is on."""


@dataclass
class SignedIn:
    """Somebody in a browser that is signed in, and the jobs that they have sent from it."""

    cookie: str
    """The whole header, as `name=value`."""
    jobs: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends with every request."""
        return {"Cookie": self.cookie}


@dataclass(frozen=True)
class Sent:
    """A try to submit, and whether the web said yes."""

    job_id: str
    acknowledged: bool


def home(client: Any) -> None:
    """Open the first page."""
    client.get("/", name="home")


def list_jobs(client: Any, who: SignedIn) -> None:
    """Open the list of one's jobs."""
    client.get("/annotations", name="list", headers=who.headers)


def details(client: Any, who: SignedIn, choose: Callable[[list[str]], str]) -> None:
    """Open the page of one of one's jobs, or the list while there is none."""
    if not who.jobs:
        list_jobs(client, who)
        return
    client.get(f"/annotations/{choose(who.jobs)}", name="details", headers=who.headers)


def submit(client: Any, who: SignedIn, content: bytes, note: Callable[[Sent], None]) -> None:
    """Ask for a form, send the file to the object store, and submit it: as the page does.

    `note` is told before the submission that it is tried, and afterwards when the web has said yes.
    """
    wanted = {"fileName": f"load-{secrets.token_hex(4)}.vcf", "sizeBytes": len(content)}
    form = client.post("/api/v1/uploads", name="form", json=wanted, headers=who.headers | OWN_PAGE)
    if form.status_code != HTTPStatus.CREATED:
        return
    upload: Mapping[str, Any] = form.json()
    files = {"file": (wanted["fileName"], content)}
    stored = client.post(upload["url"], name="upload to the local cloud", data=upload["fields"], files=files)
    if stored.status_code >= HTTPStatus.BAD_REQUEST:
        return
    note(Sent(upload["jobId"], acknowledged=False))
    answer = client.post(
        "/annotations",
        name="submit",
        data={"key": upload["key"], "reference": "rCRS"},
        headers=who.headers | OWN_PAGE,
        allow_redirects=False,
    )
    if answer.status_code == HTTPStatus.SEE_OTHER:
        who.jobs.append(upload["jobId"])
        note(Sent(upload["jobId"], acknowledged=True))
