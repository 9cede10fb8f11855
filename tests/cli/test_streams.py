"""The command's standard streams when somebody closed them, or when what they go to is full."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gas.domain.plan import User
from gas_cli.errors import Exit
from tests.support.api import VCF, Caller
from tests.support.live_api import LiveSite, live_site
from tests.support.waiting import PATIENCE_SECONDS

Gas = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSite]:
    """One server for all tests; each has users of its own."""
    with live_site() as site:
        yield site


@pytest.fixture
def ada(live: LiveSite) -> Caller:
    """A new free user with an access token."""
    return live.site.caller()


@pytest.fixture
def gas(live: LiveSite, ada: Caller, tmp_path: Path) -> Gas:
    """Runs the command as Ada, as a shell does that redirects its streams: `2>&1`, `> /dev/full`, `>&-`."""
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    environment = {"GAS_URL": live.url, "GAS_TOKEN": token, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    program = f'"{sys.executable}" -c "from gas_cli.main import main; main()"'
    (tmp_path / "a.vcf").write_bytes(VCF)

    def call(arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            ["sh", "-c", f"{program} {arguments}"],
            env={**os.environ, **environment},
            cwd=tmp_path,
            check=False,
            timeout=PATIENCE_SECONDS,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        )

    return call


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("arguments", ["--help", "submit --help", "--version", "list", "list 2>&1"])
def test_a_closed_pipe_is_no_failure(gas: Gas, unread: int, arguments: str) -> None:
    """Whoever reads may have had enough, of help and of sentences, too."""
    ended = gas(arguments, stdout=unread)

    assert (ended.returncode, b"Traceback" in ended.stderr) == (Exit.OK, False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("list --state bogus", Exit.USAGE), ("nonsense", Exit.USAGE), ("get none", Exit.REFUSED)],
)
def test_a_failure_keeps_its_code_where_nobody_reads_why(
    gas: Gas, unread: int, arguments: str, code: Exit
) -> None:
    """A script goes by the code."""
    assert gas(arguments, stderr=unread).returncode == code


@pytest.mark.parametrize("where", ["", "2>/dev/full", "2>&-"], ids=["unread", "full", "closed"])
def test_sentences_that_nobody_reads_stop_no_submission(
    gas: Gas, live: LiveSite, ada: Caller, unread: int, where: str
) -> None:
    """The reference is told before the file is sent, and the file is sent whoever listens."""
    ended = gas(f"submit a.vcf {where}", stderr=unread)

    (job,) = _jobs(live, ada.user)
    assert (ended.returncode, ended.stdout) == (Exit.OK, f"{job}\n".encode())


@pytest.mark.parametrize("arguments", ["export", "references", "--help", "submit a.vcf"])
def test_a_full_disk_is_told(gas: Gas, arguments: str) -> None:
    """A file that is not whole is no success; said once, and by nothing else."""
    ended = gas(f"{arguments} > /dev/full")

    assert ended.returncode == Exit.USAGE
    *_, last = ended.stderr.decode().splitlines()
    assert last == "gas: standard output: No space left on device."
    assert b"Traceback" not in ended.stderr


def test_what_is_closed_is_nobody(gas: Gas, live: LiveSite, ada: Caller) -> None:
    """Closed output takes what is printed, and closed input holds no token."""
    sent, asked = gas("submit a.vcf >&-"), gas("login <&-")

    assert (sent.returncode, len(_jobs(live, ada.user))) == (Exit.OK, 1)
    assert (asked.returncode, b"Traceback" in asked.stderr) == (Exit.NOT_SIGNED_IN, False)


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "caf\\udce9", b"caf\xe9"),
        ("utf-8", "caf\\xe9", b"caf\xc3\xa9"),
        ("ascii", "caf\\xe9", b"caf\\xe9"),
    ],
    ids=["path", "text", "narrow"],
)
def test_every_name_can_be_printed(encoding: str, text: str, written: bytes) -> None:
    """A script goes on with a path, byte by byte; what a terminal does not know ends no command."""
    program = f"import gas_cli.streams as s, gas_cli.display as d; s.stand_by(); d.print_line('{text}')"

    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert (ended.stdout, ended.stderr) == (written + b"\n", b"")


def _jobs(live: LiveSite, user: User | None) -> list[str]:
    assert user is not None
    return [job.job_id for job in live.site.ports.jobs.jobs_of_user(user.user_id).jobs]
