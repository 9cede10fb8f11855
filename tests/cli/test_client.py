"""The command's calls when the network is not kind: sent again, never doubled, and ended with a sentence."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from gas.domain.job import JobStatus
from gas_cli import jobs, transfer
from gas_cli.client import PAUSES, Client
from gas_cli.credentials import Credentials
from gas_cli.display import harmless
from gas_cli.errors import CommandError, Exit
from gas_cli.jobs import LONGEST_LOOK, PATIENCE
from tests.support.api import VCF
from tests.support.live_api import LiveSite, live_site


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSite]:
    """One server for all tests."""
    with live_site() as site:
        yield site


class Network(requests.Session):
    """Goes wrong as it is told: each entry is for one request; afterwards it works."""

    def __init__(self, *troubles: Any) -> None:
        super().__init__()
        self.troubles = list(troubles)
        self.requests = 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """One request."""
        self.requests += 1
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble == "lost":
            super().request(*args, **kwargs)
            raise requests.ReadTimeout
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            return answer(*trouble)
        return super().request(*args, **kwargs)


def answer(
    status: int,
    retry_after: str = "",
    content_type: str = "application/problem+json",
    content: bytes = b'{"detail": "Not now."}',
) -> requests.Response:
    """An answer of the service, or of something in front of it."""
    made = requests.Response()
    made.status_code = status
    made.headers["Content-Type"] = content_type
    made._content = content if "json" in content_type else b"<html>"
    if retry_after:
        made.headers["Retry-After"] = retry_after
    return made


def client_over(live: LiveSite, network: Network, pauses: list[float]) -> Client:
    """A client of a new user."""
    token = live.site.caller().headers["Authorization"].removeprefix("Bearer ")
    return Client(Credentials(live.url, token), pauses.append, network)


def test_a_call_is_tried_again_with_growing_pauses(live: LiveSite) -> None:
    """What passes by is waited out; a pause that the service asks for is kept."""
    pauses: list[float] = []
    network = Network(requests.ConnectionError(), (503, "7"), (502, "", "text/html"))

    me = client_over(live, network, pauses).get("/me")

    assert me["plan"] == "free"
    assert pauses == [PAUSES[0], 7.0, PAUSES[2]]


@pytest.mark.parametrize(
    ("troubles", "code", "said", "requests_sent"),
    [
        ([requests.ConnectTimeout()] * 4, Exit.UNREACHABLE, "took too long", 4),
        ([requests.exceptions.SSLError()] * 4, Exit.UNREACHABLE, "certificate", 4),
        ([(503,)] * 4, Exit.UNREACHABLE, "Not now.", 4),
        ([(429, "3600")], Exit.REFUSED, "Not now.", 1),
        ([(500,)], Exit.UNREACHABLE, "Not now.", 1),
        ([(409,)], Exit.REFUSED, "Not now.", 1),
        ([(401,)], Exit.NOT_SIGNED_IN, "Not now.", 1),
        ([(404, "", "text/html")], Exit.UNREACHABLE, "not as a GAS does", 1),
        ([(200, "", "text/html")], Exit.UNREACHABLE, "not as a GAS does", 1),
        ([(200, "", "application/json", b'{"id":')], Exit.UNREACHABLE, "not as a GAS does", 1),
    ],
)
def test_what_does_not_pass_by_ends_with_a_sentence(
    live: LiveSite, troubles: list[Any], code: Exit, said: str, requests_sent: int
) -> None:
    """After a few tries, or at once when trying again would change nothing."""
    network = Network(*troubles)

    with pytest.raises(CommandError, match=said) as ended:
        client_over(live, network, []).get("/me")

    assert ended.value.code is code
    assert network.requests == requests_sent


def a_finished_job(live: LiveSite, client: Client) -> str:
    """The id of a job of the client's user that is done."""
    user_id = client.get("/me")["id"]
    user = live.site.ports.users.get(user_id)
    assert user is not None
    return live.site.job(user, JobStatus.COMPLETED, f"job-{user_id}").job_id


def test_waiting_outlasts_a_silence(live: LiveSite) -> None:
    """A service that is away for a minute, or a gateway that speaks for it, ends nobody's wait."""
    network = Network()
    client = client_over(live, network, [])
    job_id, pauses = a_finished_job(live, client), list[float]()
    network.troubles = [*[requests.ConnectionError()] * 12, (404, "", "text/html")]

    job = jobs.wait(client, job_id, pauses.append)

    assert job["state"] == "Completed"
    assert len(pauses) == 4


def test_waiting_for_nobody_ends(live: LiveSite) -> None:
    """After minutes without an answer the wait ends, with the sentence of the last try."""
    network = Network()
    client = client_over(live, network, [])
    job_id, pauses = a_finished_job(live, client), list[float]()
    network.troubles = [requests.ConnectionError()] * 1000

    with pytest.raises(CommandError, match="does not answer") as ended:
        jobs.wait(client, job_id, pauses.append)

    assert ended.value.code is Exit.UNREACHABLE
    assert PATIENCE <= sum(pauses) < PATIENCE + LONGEST_LOOK


def test_waiting_takes_a_refusal_at_its_word(live: LiveSite) -> None:
    """What asking again would not change ends the wait at once."""
    with pytest.raises(CommandError) as ended:
        jobs.wait(client_over(live, Network(), []), "job-of-nobody", lambda _seconds: None)

    assert ended.value.code is Exit.REFUSED


def test_a_submission_whose_answer_is_lost_makes_one_job(live: LiveSite, tmp_path: Path) -> None:
    """Sent again with the same Idempotency-Key, it names the job that the first one made."""
    (tmp_path / "a.vcf").write_bytes(VCF)
    client = client_over(live, Network(None, "lost", "lost"), [])

    job = jobs.submit(client, tmp_path / "a.vcf", "rCRS")

    assert [each["id"] for each in client.get("/jobs")["jobs"]] == [job["id"]]


def test_an_upload_is_streamed_and_counted(live: LiveSite, tmp_path: Path) -> None:
    """The form is sent piece by piece with its length known, and progress adds up to the file."""
    path = tmp_path / "a.vcf"
    path.write_bytes(VCF * 1000)
    form = live.site.caller().post("/uploads", {"fileName": "a.vcf"}).get_json()
    counts: list[int] = []

    transfer.send(form["url"], form["fields"], path, path.stat().st_size, counts.append)

    assert sum(counts) == path.stat().st_size
    assert live.site.objects.objects["gas-inputs", form["key"]].content == VCF * 1000


@pytest.mark.parametrize(
    ("change", "code"),
    [({"key": "other"}, Exit.REFUSED), (None, Exit.UNREACHABLE)],
    ids=["refused", "nobody"],
)
def test_an_upload_that_is_not_taken(
    live: LiveSite, tmp_path: Path, change: dict[str, str] | None, code: Exit
) -> None:
    """The store's refusal and its silence are told apart."""
    path = tmp_path / "a.vcf"
    path.write_bytes(VCF)
    form = live.site.caller().post("/uploads", {"fileName": "a.vcf"}).get_json()
    url = "http://127.0.0.1:9/" if change is None else form["url"]

    with pytest.raises(CommandError) as ended:
        transfer.send(url, {**form["fields"], **(change or {})}, path, len(VCF), lambda _count: None)

    assert ended.value.code is code


def test_a_password_for_the_machine_is_not_sent(
    live: LiveSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ~/.netrc says of the machine is for other programs: the token goes to GAS, and links need nothing."""
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(passwords))
    client = client_over(live, Network(), [])
    sent: list[str | None] = []
    for method in ("get", "post"):
        usual = getattr(requests, method)

        def noted(*args: Any, usual: Any = usual, **more: Any) -> requests.Response:
            answer: requests.Response = usual(*args, **more)
            sent.append(answer.request.headers.get("Authorization"))
            return answer

        monkeypatch.setattr(requests, method, noted)

    told = client.get("/jobs")
    with pytest.raises(CommandError):
        transfer.read(f"{live.url}/nothing", 10)
    (tmp_path / "a.vcf").write_bytes(VCF)
    with pytest.raises(CommandError):
        transfer.send(f"{live.url}/nothing", {}, tmp_path / "a.vcf", len(VCF), lambda _: None)

    assert "jobs" in told
    assert sent == [None, None]


def test_a_file_that_is_too_long_to_show_is_not_held(live: LiveSite) -> None:
    """A log is read up to a limit."""
    live.site.objects.put("gas-results", "k", b"x" * 100)
    url = live.site.links.download("gas-results", "k", "log", timedelta(seconds=60)).url

    assert transfer.read(url, 100) == b"x" * 100
    with pytest.raises(CommandError, match="gas download"):
        transfer.read(url, 99)


def test_no_file_gives_orders_to_a_terminal() -> None:
    """Escape sequences become visible signs."""
    assert harmless("a\x1b[2Jb\tc\né\x9b1m\r") == "a\ufffd[2Jb\tc\né\ufffd1m\ufffd"
