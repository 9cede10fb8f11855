"""A browser for tests of the web: keeps cookies, sends what browsers send, and signs in at the local issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.support.waiting import PATIENCE_SECONDS

SECONDS = PATIENCE_SECONDS


@dataclass
class Browser:
    """One person's browser. `public_origin` is where it believes to be."""

    app: Flask
    public_origin: str

    def __post_init__(self) -> None:
        """A browser that has been nowhere."""
        self.client = Client(self.app)

    def open(self, path: str, method: str, **more: Any) -> TestResponse:
        """Any request, with nothing added but the cookies."""
        return self.client.open(path, method=method, base_url=self.public_origin, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        """Follow a link."""
        return self.open(path, "GET", **more)

    def post(
        self, path: str, form: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Submit a form of this site."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": self.public_origin} if headers is None else headers
        return self.open(path, "POST", data=form or {}, headers=own)

    def depart(self, next_path: str | None = None) -> str:
        """Press "Continue to sign in"; returns where the browser is sent."""
        response = self.post("/login", {} if next_path is None else {"next": next_path})
        assert response.status_code == 303, response.text
        return str(response.headers["Location"])

    def come_back(self, address: str, login: str = "free") -> str:
        """Pick a person at the issuer; returns the path and query that it sends the browser back to."""
        answer = requests.get(address, params={"login_hint": login}, allow_redirects=False, timeout=SECONDS)
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def sign_in(self, login: str = "free", next_path: str | None = None) -> TestResponse:
        """The whole dance; returns the answer to its last step."""
        return self.get(self.come_back(self.depart(next_path), login))

    def cookie(self, name: str = "gas") -> str | None:
        """The value of a cookie."""
        found = self.client.get_cookie(name, domain=self._host)
        return None if found is None else str(found.value)

    def plant(self, name: str, value: str) -> None:
        """Put a cookie into the browser."""
        self.client.set_cookie(name, value, domain=self._host)

    @property
    def _host(self) -> str:
        return urlsplit(self.public_origin).hostname or ""

    @property
    def signed_in(self) -> bool:
        """True when the profile page opens."""
        return bool(self.get("/profile").status_code == 200)
