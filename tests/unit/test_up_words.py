"""What `make up` and `make env` print."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from dev.up.__main__ import down
from dev.up.errors import PlatformError
from dev.up.options import ROOT, Options
from dev.up.platform import Platform
from dev.up.shell import exports
from dev.up.welcome import welcome

UP: dict[str, Any] = {
    "instance": "gas",
    "aws": "http://127.0.0.1:1",
    "web": "http://127.0.0.1:2",
    "kubeconfig": "/a folder/admin.kubeconfig",
    "kubectl": "/a folder/kubectl",
    "tokens": {"free": "gas_free", "premium": "gas_premium", "operator": "gas_operator"},
}
JOB = f"{UP['web']}/annotations/970dc179-bb1a-50cf-bfb9-d7622dd63e59"


def test_the_welcome_tells_addresses_people_and_commands() -> None:
    """Three addresses, three names, what to type; no secret, and no line that a terminal would break."""
    text = welcome(UP, JOB, Options())

    for told in (f"{UP['web']}/\n", JOB, f"{UP['web']}/api/v1/openapi.json", "build/up.json"):
        assert told in text
    for name in ("Fay Free", "Pat Premium", "Olu Operator", 'eval "$(make -s env)"', "gas list", "make down"):
        assert name in text
    assert "gas_" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_welcome_says_where_e_mails_are() -> None:
    """GAS speaks of e-mails everywhere; on one machine nobody gets any, and they can be read all the same."""
    text = welcome(UP, JOB, Options())

    assert f"E-mail  {UP['aws']}/_gas/mail\n" in text
    assert "sent to nobody" in text


def test_nothing_to_stop_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second `make down` finds what it wants: nothing runs."""
    monkeypatch.setenv("GAS_INSTANCE", "never-started")

    code = down()

    assert (code, capsys.readouterr().out) == (0, "Nothing runs: there is nothing to stop.\n")


def test_a_second_platform_is_told_what_the_first_one_costs(tmp_path: Path) -> None:
    """`make demo` beside `make up` does not start, and says what stopping the other one loses."""

    class Elsewhere(Options):
        """Options whose platform is said to run."""

        @property
        def up_file(self) -> Path:
            """A file that is there."""
            return tmp_path

    with pytest.raises(PlatformError, match=r"one at a time.*`make down` first, which forgets every job"):
        Platform.start(Elsewhere())


def test_another_instance_is_named_in_its_commands() -> None:
    """What is printed can be typed as it stands."""
    text = welcome(UP, JOB, Options(instance="a-long-name"))

    assert 'eval "$(GAS_INSTANCE=a-long-name make -s env)"  first, once in each shell' in text
    assert "GAS_INSTANCE=a-long-name make down" in text
    assert "build/up-a-long-name.json" in text


def test_the_exports_are_for_any_shell() -> None:
    """Blanks in folders are quoted; our kubectl comes first on the path and our Python last."""
    lines = exports(Platform(Options(), UP)).splitlines()
    words = [shlex.split(line) for line in lines]
    values = dict(word[1].split("=", 1) for word in words)

    assert {word[0] for word in words} == {"export"}
    assert (values["GAS_URL"], values["GAS_TOKEN"]) == (UP["web"], "gas_free")
    assert (values["KUBECONFIG"], values["AWS_ENDPOINT_URL"]) == (UP["kubeconfig"], UP["aws"])
    assert values["GAS_WEB__PUBLIC_URL"] == UP["web"]
    assert values["PATH"] == f"/a folder:$PATH:{Path(ROOT) / '.venv/bin'}"
