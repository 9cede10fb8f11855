"""Each program refuses to start in production with a part that only a developer's machine may have."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from gas.config import Settings, unsafe_for_production, unsafe_web_for_production
from gas.startup import settings_or_exit_code
from gas_annotator.main import main as annotator
from gas_controllers.main import main as controllers
from gas_web.main import main as web
from tests.support.listening import listening

PROGRAMS = [
    pytest.param(annotator, id="annotator"),
    pytest.param(controllers, id="controllers"),
    pytest.param(web, id="web"),
]
SAFE = {
    "GAS_ENV": "production",
    "GAS_AWS__MAIL_SENDER": "gas@hospital.example",
    "GAS_WEB__PUBLIC_URL": "https://gas.hospital.example",
    "GAS_WEB__CLIENT_ID": "e0b1",
    "GAS_WEB__CLIENT_SECRET": "s3cret-of-an-issuer",
}


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nowhere are there any, so that a check asks AWS nothing, and looks for none by the network."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("GAS_AWS__ENDPOINT_URL", "http://127.0.0.1:5000", id="local-aws"),
        pytest.param("GAS_WEB__PUBLIC_URL", "http://gas.hospital.example", id="plain-http"),
        pytest.param("GAS_AWS__MAIL_SENDER", "gas@example.org", id="example-sender"),
        pytest.param("GAS_ANNOTATOR__PACE_SECONDS", "40", id="pace-of-load-runs"),
        pytest.param("GAS_WEB__PUBLIC_URL", "https://127.0.0.1", id="public-on-this-machine"),
        pytest.param("GAS_AWS__PUBLIC_ENDPOINT_URL", "https://127.1", id="objects-on-this-machine"),
        pytest.param("GAS_AWS__PUBLIC_ENDPOINT_URL", "http://s3.example", id="plain-http-objects"),
        pytest.param("GAS_PLANS__FREE_MAX_ACTIVE_JOBS", "1000000", id="a-million-jobs"),
        pytest.param("GAS_PLANS__FREE_MAX_INPUT_BYTES", "1000000000000", id="a-terabyte"),
        pytest.param("GAS_PLANS__PREMIUM_MAX_INPUT_BYTES", "1000000000000", id="a-premium-terabyte"),
        pytest.param("GAS_PLANS__FREE_MAX_CPU_SECONDS", "1000000", id="a-processor-for-days"),
        pytest.param("GAS_PLANS__PREMIUM_MAX_CPU_SECONDS", "1000000", id="a-premium-processor-for-days"),
        pytest.param("GAS_LIFECYCLE__FORGET_SECONDS", "10000000000", id="names-for-centuries"),
        pytest.param("GAS_LIFECYCLE__DELETE_SETTLES_SECONDS", "10000000000", id="a-copy-for-centuries"),
        pytest.param("GAS_ANNOTATOR__LEASE_SECONDS", "1000000000", id="a-lease-for-decades"),
        pytest.param("GAS_ANNOTATOR__WALL_SECONDS", "1000000000", id="a-run-of-decades"),
        pytest.param("GAS_ANNOTATOR__WALL_SECONDS", "inf", id="a-run-without-end"),
        pytest.param("GAS_ANNOTATOR__MEMORY_BYTES", "1000000000000000", id="a-petabyte-of-memory"),
        pytest.param("GAS_ANNOTATOR__FILE_BYTES", "10000000000000000", id="petabytes-of-a-file"),
        pytest.param("GAS_ANNOTATOR__MAX_RECORDS", "1000000000000", id="a-trillion-records"),
        pytest.param("GAS_ANNOTATOR__MAX_LINE_BYTES", "1000000000000", id="a-line-of-a-terabyte"),
    ],
)
def test_production_refuses_each_local_part(
    main: Callable[[list[str]], int],
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code is 2, and one sentence names the setting."""
    for each, safe in {**SAFE, name: value}.items():
        monkeypatch.setenv(each, safe)

    code = main(["--check"])

    said = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(said) == 1
    assert said[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("GAS_WEB__ISSUER_URL", "http://issuer.example", id="plain-http-issuer"),
        pytest.param("GAS_WEB__ISSUER_URL", "https://127.0.0.1:4000", id="loopback-issuer"),
        pytest.param("GAS_WEB__ISSUER_URL", "https://[::1]:4000", id="loopback-issuer-ipv6"),
        pytest.param("GAS_WEB__ISSUER_URL", "https://localhost", id="localhost-issuer"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https://127.1"]', id="loopback-origin"),
        pytest.param("GAS_WEB__CLIENT_ID", "", id="no-client-id"),
        pytest.param("GAS_WEB__CLIENT_ID", " ", id="a-blank-client-id"),
        pytest.param("GAS_WEB__CLIENT_SECRET", "", id="no-client-secret"),
        pytest.param("GAS_WEB__CLIENT_SECRET", " " * 40, id="a-blank-client-secret"),
        pytest.param("GAS_WEB__CLIENT_SECRET", "local-client-secret", id="the-local-secret"),
        pytest.param("GAS_WEB__CLIENT_SECRET", "local-client-secret\n", id="the-local-secret-and-a-break"),
        pytest.param("GAS_WEB__PAYMENTS", "one-click", id="premium-for-nothing"),
        pytest.param("GAS_WEB__PKCE", "false", id="no-pkce"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["http://objects.example"]', id="plain-http-origin"),
        pytest.param("GAS_WEB__OPERATORS", '["*"]', id="everybody-operates"),
        pytest.param("GAS_WEB__OPERATORS", '[""]', id="nobody-operates"),
        pytest.param("GAS_WEB__REQUESTS_PER_MINUTE", "1000000", id="a-million-requests"),
        pytest.param("GAS_WEB__LOGINS_PER_MINUTE", "1000000", id="a-million-sign-ins"),
        pytest.param("GAS_WEB__LOGIN_SECONDS", "1000000", id="a-sign-in-of-days"),
        pytest.param("GAS_WEB__SESSION_IDLE_SECONDS", "31536000", id="a-year-unused"),
        pytest.param("GAS_WEB__SESSION_SECONDS", "31536000", id="a-session-of-a-year"),
    ],
)
def test_the_web_part_refuses_the_local_issuer(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the web part needs an issuer, so only it refuses; the sentence never repeats the secret."""
    for each, safe in {**SAFE, name: value}.items():
        monkeypatch.setenv(each, safe)

    codes = [main(["--check"]) for main in (web, annotator, controllers)]

    said = capsys.readouterr().err.strip().splitlines()
    assert codes == [2, 0, 0]
    assert len(said) == 1
    assert said[0].startswith(name)
    assert "local-client-secret" not in said[0]


def test_a_developers_machine_may_have_the_local_issuer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A developer's machine may have all the local parts."""
    monkeypatch.setenv("GAS_ENV", "local")
    monkeypatch.setenv("GAS_WEB__ISSUER_URL", "http://127.0.0.1:4000")

    assert web(["--check"]) == 0


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize("environment", ["local", "production"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("GAS_WEB__PUBLIC_URL", "https://gas.example/annotate", id="path"),
        pytest.param("GAS_WEB__PUBLIC_URL", "https://gas.example/?a=1", id="query"),
        pytest.param("GAS_WEB__PUBLIC_URL", "https://gas.example/#a", id="fragment"),
        pytest.param("GAS_WEB__PUBLIC_URL", "https://ada:s3cr3t@gas.example", id="user"),
        pytest.param("GAS_WEB__PUBLIC_URL", "https://ada:s3cr3t@gas.example/a?b#c", id="all-of-it"),
        pytest.param("GAS_WEB__ISSUER_URL", "https://ada:s3cr3t@issuer.example/realms/a", id="issuers-user"),
        pytest.param("GAS_AWS__PUBLIC_ENDPOINT_URL", "https://s3.example/?a=1", id="objects-query"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["*"]', id="any-origin"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https://*.example"]', id="origin-pattern"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https:"]', id="scheme"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https://10.0.0.256"]', id="no-address"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https://a.example:99999"]', id="no-port"),
        pytest.param("GAS_WEB__OBJECT_STORE_ORIGINS", '["https://a.example/b"]', id="origin-path"),
        pytest.param(
            "GAS_WEB__OBJECT_STORE_ORIGINS", '["https://a.example; script-src *"]', id="another-rule"
        ),
    ],
)
def test_an_address_says_where_and_nothing_else(
    main: Callable[[list[str]], int],
    environment: str,
    name: str,
    value: str,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Links, cookies and headers are made of it, so more would be lost or believed; a password is not repeated."""
    for each, safe in {**SAFE, "GAS_ENV": environment, name: value}.items():
        monkeypatch.setenv(each, safe)

    code = main(["--check"])

    said = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(said) == 1
    assert said[0].startswith(f"{name} has ")
    assert "s3cr3t" not in said[0]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
        *("localhost", "LOCALHOST.", "gas.localhost", "localhost.localdomain"),
    ],
)
def test_every_spelling_of_this_machine_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows such an address asks their own machine; one sentence for each setting that has it."""
    names = ["GAS_WEB__PUBLIC_URL", "GAS_AWS__PUBLIC_ENDPOINT_URL", "GAS_WEB__ISSUER_URL"]
    for name, value in {**SAFE, **dict.fromkeys(names, f"https://{host}")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GAS_WEB__OBJECT_STORE_ORIGINS", json.dumps([f"https://{host}"]))

    settings = Settings()
    said = [*unsafe_for_production(settings), *unsafe_web_for_production(settings)]

    assert [sentence.split()[0] for sentence in said] == [*names, "GAS_WEB__OBJECT_STORE_ORIGINS"]


@pytest.mark.parametrize(
    "sender",
    [
        *("gas@EXAMPLE.Com", "gas@mail.example.net.", "root@localhost", "gas@lab.invalid"),
        *(
            "",
            "gas",
            "GAS <gas@hospital.example>",
            "a@b.example,c@d.example",
            "a@b.example\r\nBcc: c@d.example",
        ),
    ],
)
def test_a_sender_is_one_address_of_somebody(sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what was set, in one line, and what to set."""
    for name, value in {**SAFE, "GAS_AWS__MAIL_SENDER": sender}.items():
        monkeypatch.setenv(name, value)

    [said] = unsafe_for_production(Settings())

    assert said.startswith(f"GAS_AWS__MAIL_SENDER is {sender!r}")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("main", PROGRAMS)
def test_production_accepts_safe_settings(
    main: Callable[[list[str]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With AWS itself, https and a sender of one's own, the check passes."""
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)

    assert main(["--check"]) == 0


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("GAS_CONTROLLERS__SWEEP_SECONDS", "abc", id="not-a-number"),
        pytest.param("GAS_CONTROLLERS__SWEEP_SECONDS", "0", id="busy-loop"),
        pytest.param("GAS_ANNOTATOR__LEASE_SECONDS", "0", id="no-lease"),
        pytest.param("GAS_INSTANCE", "Bad_Name!", id="no-name"),
        pytest.param("GAS_LOG_LEVEL", "loud", id="no-level"),
        pytest.param("GAS_LIFECYCLE__RETENTION_SECOND", "5", id="mistyped"),
    ],
)
def test_wrong_settings_are_refused_with_one_sentence_each(
    main: Callable[[list[str]], int],
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The check ends with 2 and names the variable, also on a developer's machine."""
    monkeypatch.setenv("GAS_ENV", "local")
    monkeypatch.setenv(name, value)

    code = main(["--check"])

    said = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    assert len(said) == 1
    assert said[0].startswith(name)


@pytest.mark.parametrize("main", PROGRAMS)
def test_settings_of_the_last_release_are_told_and_not_refused(
    main: Callable[[list[str]], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check passes, with one sentence for each on what to set instead."""
    former = {
        "GAS_PLANS__PREMIUM_QUEUE": "true",
        "GAS_ANNOTATOR__PREMIUM": "true",
        "GAS_WEB__REFERENCES": '["rCRS"]',
    }
    for name, value in {**SAFE, **former}.items():
        monkeypatch.setenv(name, value)

    code = main(["--check"])

    said = capsys.readouterr().err
    assert code == 0
    assert "GAS_PLANS__PREMIUM_QUEUE is a setting of the last release" in said
    assert "GAS_ANNOTATOR__PREMIUM is a setting of the last release" in said
    assert "GAS_WEB__REFERENCES is a setting of the last release, and is not read any more" in said


def test_a_program_that_starts_says_so_in_its_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A warning for each setting of the last release, and none where there is none."""
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    settings_or_exit_code("gas-test", "Tries it.", [])
    without = capsys.readouterr().out
    monkeypatch.setenv("GAS_PLANS__PREMIUM_QUEUE", "true")

    settings_or_exit_code("gas-test", "Tries it.", [])

    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert without == ""
    assert told["level"] == "warning"
    assert told["said"].startswith("GAS_PLANS__PREMIUM_QUEUE")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GAS_PLANS__FREE_MAX_OPEN_UPLOADS", "1"),
        ("GAS_PLANS__PREMIUM_MAX_OPEN_UPLOADS", "1"),
        (
            "GAS_PLANS__MORE",
            json.dumps(
                [
                    {
                        "name": "team",
                        "word": "team",
                        "maxInputBytes": 6_000_000,
                        "maxActiveJobs": 5,
                        "maxCpuSeconds": 60,
                        "maxOpenUploads": 1,
                    }
                ]
            ),
        ),
    ],
    ids=["free", "premium", "further"],
)
def test_a_job_with_an_own_file_can_be_sent(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is made of two uploads: where only one may be open, nobody could bring such a file."""
    monkeypatch.setenv(name, value)

    assert web(["--check"]) == 2
    assert name in capsys.readouterr().err


@contextmanager
def aws_that_is_ahead(seconds: float) -> Iterator[str]:
    """The address of who tells a time that is ahead of this machine's, with a refusal as AWS does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Refuse it."""
            self.send_error(400)

        def date_time_string(self, timestamp: float | None = None) -> str:
            """The time in the answer's header."""
            now = datetime.now(UTC) if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
            return format_datetime(now + timedelta(seconds=seconds), usegmt=True)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with listening(Handler) as address:
        yield address


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize(
    ("seconds", "said"),
    [(600, "seconds behind AWS's"), (-600, "seconds ahead of AWS's"), (0, "")],
    ids=["behind", "ahead", "right"],
)
def test_a_wrong_clock_is_refused(
    main: Callable[[list[str]], int],
    seconds: float,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--check` asks AWS for the time, needs no access keys for it, and says in one sentence how wrong the machine's clock is."""
    monkeypatch.setenv("GAS_ENV", "local")
    with aws_that_is_ahead(seconds) as address:
        monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", address)
        code = main(["--check"])

    told = capsys.readouterr().err.splitlines()
    assert (code, len(told)) == ((2, 1) if said else (0, 0))
    assert said in "".join(told)
