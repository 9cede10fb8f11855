"""Waiting until a server of the control plane answers, and saying why when it does not."""

import http.client
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from kube.certificates import Certificates
from kube.errors import ControlPlaneError, PortTakenError

READY_SECONDS = 90.0
"""Ready takes 4 to 10 s; a machine that runs other builds may take several times that."""

LOG_LINES = 15
"""Enough for the error and what led to it, on one screen."""

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 2.0


def wait_ready(
    name: str,
    port: int,
    path: str,
    *,
    certificates: Certificates,
    party: str,
    log: Path,
    alive: Callable[[], bool],
    seconds: float = READY_SECONDS,
) -> None:
    """Return once the server answers 200 on its health path.

    Raises:
        PortTakenError: the server ended because somebody else has its port.
        ControlPlaneError: the server ended or did not answer in time; the text holds the end of its log.
    """
    trust = ssl.create_default_context(cafile=str(certificates.authority))
    trust.load_cert_chain(certificates.certificate(party), certificates.key(party))
    deadline = time.monotonic() + seconds
    while not _answers(port, path, trust):
        if not alive():
            tail = log_tail(log)
            kind = PortTakenError if "address already in use" in tail else ControlPlaneError
            raise kind(f"{name} ended before it was ready; the end of {log}:\n{tail}")
        if time.monotonic() > deadline:
            raise ControlPlaneError(
                f"{name} was not ready within {seconds:.0f} s; the end of {log}:\n{log_tail(log)}"
            )
        time.sleep(_POLL_SECONDS)


def log_tail(log: Path, lines: int = LOG_LINES) -> str:
    """The last lines of a log; a sentence when there is none."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return "(no log was written)"
    return "\n".join(text.splitlines()[-lines:])


def _answers(port: int, path: str, trust: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS, context=trust)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
