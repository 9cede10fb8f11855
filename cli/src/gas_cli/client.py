"""Talks to GAS's API: timeouts on every call, and retries of whatever may be sent twice, which is everything here."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from gas_cli.credentials import Credentials
from gas_cli.errors import CommandError, not_signed_in, refused, unreachable

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and to wait for each part of an answer."""

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each further try: four in all."""

LONGEST_PAUSE = 30.0
"""When the service asks to come back later than this, the person decides."""

_AGAIN = frozenset({429, 502, 503, 504})
_UNAUTHORIZED, _NOT_MODIFIED, _CLIENT_ERROR, _SERVER_ERROR = 401, 304, 400, 500


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The `auth` of every request: where none is given, requests puts a password of ~/.netrc in place of the token."""
    return request


@dataclass
class Client:
    """One GAS, seen by one user."""

    credentials: Credentials
    sleep: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=requests.Session)

    def page(self, job_id: str) -> str:
        """Where a browser shows a job."""
        return f"{self.credentials.url}/annotations/{job_id}"

    def get(self, path: str, **query: Any) -> Any:
        """What a GET answers."""
        return self._told(self.call("GET", path, params=query))

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """What a POST answers. Only for operations that may be sent again."""
        return self._told(self.call("POST", path, json=body, headers=headers or {}))

    def get_if_changed(self, path: str, etag: str | None) -> tuple[Any, str | None]:
        """What a GET answers and its ETag; None when it is as it was."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self.call("GET", path, headers=headers)
        if answer.status_code == _NOT_MODIFIED:
            return None, etag
        return self._told(answer), answer.headers.get("ETag")

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """A good answer of the API.

        Raises:
            CommandError: it refused, nobody answered, or the token is not accepted.
        """
        url = f"{self.credentials.url}/api/v1{path}"
        sent = {
            "Authorization": f"Bearer {self.credentials.token}",
            "User-Agent": "gas-cli",
            **(headers or {}),
        }
        failure = unreachable(f"{self.credentials.url} does not answer.")
        for pause in (*PAUSES, None):
            wait = pause
            try:
                answer = self.session.request(
                    method, url, headers=sent, auth=as_it_is, timeout=TIMEOUT, allow_redirects=False, **more
                )
            except requests.RequestException as error:
                failure = unreachable(
                    f"{self.credentials.url} does not answer ({_kind(error)}): check the address and your network."
                )
            else:
                if answer.status_code not in _AGAIN:
                    return _judged(answer, self.credentials.url)
                failure = _problem(answer, self.credentials.url)
                wait = _asked_pause(answer, pause)
            if wait is None or pause is None:
                break
            self.sleep(wait)
        raise failure

    def _told(self, answer: requests.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise _no_gas(self.credentials.url) from error


def _judged(answer: requests.Response, url: str) -> requests.Response:
    if answer.status_code >= _CLIENT_ERROR:
        raise _problem(answer, url)
    if answer.status_code != _NOT_MODIFIED and "json" not in answer.headers.get("Content-Type", ""):
        raise _no_gas(url)
    return answer


def _no_gas(url: str) -> CommandError:
    return unreachable(f"{url} answers, but not as a GAS does: check the address.")


def _problem(answer: requests.Response, url: str) -> CommandError:
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return unreachable(f"{url} answers {answer.status_code}, and not as a GAS does: check the address.")
    if answer.status_code == _UNAUTHORIZED:
        return not_signed_in(detail)
    return unreachable(detail) if answer.status_code >= _SERVER_ERROR else refused(detail)


def _asked_pause(answer: requests.Response, usual: float | None) -> float | None:
    asked = answer.headers.get("Retry-After", "")
    if usual is None or not asked.isdecimal():
        return usual
    return max(usual, float(asked)) if float(asked) <= LONGEST_PAUSE else None


def _kind(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    return "it took too long" if isinstance(error, requests.Timeout) else "no connection"
