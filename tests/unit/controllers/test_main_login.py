"""How the watch finds the API server from inside a pod."""

from typing import Any, cast

import kopf
import pytest
from kopf._core.intents.causes import Activity

from gas_controllers.controllers import Controllers
from gas_controllers.main import WatchEnd, watch_registry

NAMED = kopf.ConnectionInfo(server="https://kubernetes.default.svc", token="t", ca_path="/ca.crt")
ADDRESS = "https://[fd00::1]:443"


def login() -> kopf.ConnectionInfo | None:
    """What the watch logs in with."""
    registry = watch_registry(cast("Controllers", None), ADDRESS, WatchEnd())
    [handler] = registry._activities.get_handlers(Activity.AUTHENTICATION)
    ask: Any = handler.fn
    return cast("kopf.ConnectionInfo | None", ask())


def test_address_takes_the_place_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pod the watch needs no DNS; token and authority stay."""
    monkeypatch.setattr(kopf, "login_with_service_account", lambda **_: NAMED)

    found = login()

    assert found is not None
    assert (found.server, found.token, found.ca_path) == (ADDRESS, NAMED.token, NAMED.ca_path)


def test_nobody_to_log_in_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token and a kubeconfig there is no login."""
    monkeypatch.setattr(kopf, "login_with_service_account", lambda **_: None)
    monkeypatch.setattr(kopf, "login_with_kubeconfig", lambda **_: None)

    assert login() is None
