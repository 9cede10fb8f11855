"""Through the Ingress with TLS, as people come."""

import base64
import gzip
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from dev import ROOT
from dev.run.cluster.installation import HOST, Installation
from tests.support.inputs import short_vcf
from tests.support.waiting import PATIENCE_SECONDS, until

SECONDS = 90
OTHER = "other.gas.test"


def test_tls_is_ours(installation: Installation, record_property: Any) -> None:
    """The ingress controller shows the Secret's certificate, and leads to the web."""
    answer = until(lambda: _answers(installation, HOST), seconds=60, pause=0.5)

    record_property("server", HOST)
    assert answer is not None
    assert "Know what each variant does" in answer.text
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_plain_http_is_sent_to_tls(installation: Installation) -> None:
    """Who comes without TLS is sent to come again with it."""
    answer = requests.get(
        f"http://{installation.target.ingress_http}/",
        headers={"Host": HOST},
        timeout=PATIENCE_SECONDS,
        allow_redirects=False,
    )

    assert answer.status_code in {301, 302, 307, 308}
    assert answer.headers["Location"].startswith(f"https://{HOST}")


def test_proxy_is_believed_and_nobody_else(installation: Installation) -> None:
    """The web knows that people come by TLS and under which name, whatever they claim; its metrics stay inside."""
    forged = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "X-Forwarded-For": "10.9.8.7"}

    page = installation.get("/", headers=forged)
    unknown = installation.get("/annotations", headers=forged, allow_redirects=False)
    metrics = installation.get("/metrics")

    assert page.status_code == 200
    assert "evil.test" not in page.text
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert unknown.status_code in {302, 303}
    assert "evil.test" not in unknown.headers["Location"]
    assert not unknown.headers["Location"].startswith("http:")
    assert metrics.status_code == 404


def test_too_much_is_refused(installation: Installation, record_property: Any) -> None:
    """More than a form may hold is refused by a sentence and not by a broken connection; files go to the object store."""
    # For each call: a bundle that the environment names would win over one of the session.
    trust = str(installation.authority.write(installation.folder / "authority.pem"))
    token = installation.give_token()
    with requests.Session() as session:
        answer = session.post(
            f"https://{HOST}/api/v1/uploads",
            data=b"x" * 2_000_000,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            verify=trust,
            timeout=30,
        )
        after = session.get(f"https://{HOST}/api/v1/service-info", verify=trust, timeout=PATIENCE_SECONDS)

    record_property("status", answer.status_code)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert after.status_code == 200


STALLED = 200
STALLS = {
    "half a request line": b"GET / HT",
    "half its headers": f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: a".encode(),
    "half a body": (
        f"POST /login HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 1000\r\n\r\nnext=/profi"
    ).encode(),
    "an idle connection": f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
}
"""What clients have sent before they stall."""


@pytest.mark.parametrize("stall", STALLS)
def test_stalled_clients_cost_others_no_second(
    installation: Installation, stall: str, record_property: Any
) -> None:
    """With 200 of them at the Ingress, others wait a second at most, or ten times as long as before on a busy machine."""
    quiet = _slowest(installation)

    with ExitStack() as stack:
        for _ in range(STALLED):
            stack.enter_context(_connected(installation)).sendall(STALLS[stall])
        slow = _slowest(installation)

    record_property("secondsQuiet", round(quiet, 2))
    record_property("secondsBesideStalled", round(slow, 2))
    assert slow <= max(1.0, 10 * quiet)


def test_person_gets_a_result(installation: Installation, record_property: Any) -> None:
    """A browser signs in, uploads, watches the first annotator wake, and downloads the result."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or not (ROOT / "web" / "node_modules" / "playwright-core").is_dir():
        pytest.fail("there is no Chromium on the path, or npm's packages are missing: `make assets`")
    installation.store_on_loopback = True
    try:
        installation.upgrade()
    finally:
        installation.store_on_loopback = False
    installation.await_nobody()
    until(lambda: installation.pods("web", ending=True) == installation.pods("web", ready=True), 120, 0.5)
    plan = {
        "browser": browser,
        "host": HOST,
        "ingress": installation.target.ingress,
        "key": _key_of(installation),
        "person": "Fay Free",
        "file": base64.b64encode(short_vcf()).decode(),
        "seconds": SECONDS,
    }

    done = subprocess.run(
        ["node", str(ROOT / "web" / "screens" / "front_door.mjs")],
        input=json.dumps(plan),
        text=True,
        capture_output=True,
        timeout=4 * SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    record_property("sentences", seen["sentences"])
    result = gzip.decompress(base64.b64decode(seen["bytes"]))
    record_property("resultSha256", hashlib.sha256(result).hexdigest())
    assert seen["state"] == "Completed"
    assert seen["faults"] == []
    assert seen["file"].endswith(".annot.vcf.gz")
    assert b"CSQ=" in result
    assert any("one is being started" in sentence for sentence in seen["sentences"]), seen["sentences"]
    session = next(each for each in seen["cookies"] if each["name"].startswith("__Host-"))
    assert session["secure"]
    assert session["httpOnly"]


def test_host_follows(installation: Installation, record_property: Any) -> None:
    """When the Ingress gets another host by `helm upgrade`, the route follows and the old one ends."""
    installation.rename(OTHER)
    try:
        seconds = installation.upgrade()

        answer = until(lambda: _answers(installation, OTHER), seconds=60, pause=0.5)
        gone = until(lambda: _refuses(installation, HOST), seconds=60, pause=0.5)
        record_property("secondsOfUpgrade", round(seconds, 1))
    finally:
        installation.rename(HOST)
        installation.upgrade()

    assert answer is not None
    assert gone


def _answers(installation: Installation, host: str) -> requests.Response | None:
    try:
        answer = installation.get("/", host)
    except requests.RequestException:
        return None
    return answer if answer.status_code == 200 else None


def _refuses(installation: Installation, host: str) -> bool:
    """True once nothing answers to a host any more; the connection is another's, whose certificate is good."""
    return installation.get("/", OTHER, headers={"Host": host}).status_code == 404


def _slowest(installation: Installation, looks: int = 8) -> float:
    """How long the slowest of some looks at the home page took, in seconds."""
    answers = [installation.get("/") for _ in range(looks)]
    assert {answer.status_code for answer in answers} == {200}
    return max(answer.elapsed.total_seconds() for answer in answers)


def _connected(installation: Installation) -> ssl.SSLSocket:
    """A connection to the ingress controller, whose certificate was verified."""
    trust = ssl.create_default_context(
        cafile=str(installation.authority.write(installation.folder / "authority.pem"))
    )
    address, _, port = installation.target.ingress.rpartition(":")
    raw = socket.create_connection((address, int(port)), timeout=PATIENCE_SECONDS)
    try:
        return trust.wrap_socket(raw, server_hostname=HOST)
    except OSError:
        raw.close()
        raise


def _key_of(installation: Installation) -> str:
    """The hash of the public key that the ingress controller shows."""
    with _connected(installation) as secured:
        shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    public = x509.load_der_x509_certificate(shown).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()
