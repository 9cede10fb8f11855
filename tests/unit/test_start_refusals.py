"""Each program refuses to start in production with a part that only a developer's machine may have."""

from collections.abc import Callable

import pytest

from gas_annotator.main import main as annotator
from gas_controllers.main import main as controllers
from gas_web.main import main as web

PROGRAMS = [
    pytest.param(annotator, id="annotator"),
    pytest.param(controllers, id="controllers"),
    pytest.param(web, id="web"),
]
SAFE = {
    "GAS_ENV": "production",
    "GAS_AWS__MAIL_SENDER": "gas@hospital.example",
    "GAS_WEB__PUBLIC_URL": "https://gas.hospital.example",
}


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(
            "GAS_AWS__ENDPOINT_URL", "http://127.0.0.1:5000", id="local-aws"
        ),
        pytest.param(
            "GAS_WEB__PUBLIC_URL", "http://gas.hospital.example", id="plain-http"
        ),
        pytest.param("GAS_AWS__MAIL_SENDER", "gas@example.org", id="example-sender"),
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


@pytest.mark.parametrize("main", PROGRAMS)
def test_production_accepts_safe_settings(
    main: Callable[[list[str]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With AWS itself, https and a sender of one's own, the check passes."""
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)

    assert main(["--check"]) == 0
