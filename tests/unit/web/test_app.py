"""The web application as far as it goes."""

from flask import Flask

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.config import Environment, Settings
from gas_web.app import create_app
from gas_web.services import WebServices


def _app() -> Flask:
    settings = Settings(env=Environment.LOCAL)
    return create_app(settings, WebServices.from_ports(memory_ports(FakeClock()), settings))


def test_service_info_tells_the_limits_of_each_plan() -> None:
    """Scripts can read the limits before they upload anything."""
    client = _app().test_client()

    plans = client.get("/api/v1/service-info").get_json()["plans"]

    assert (plans["free"]["maxInputBytes"], plans["free"]["retentionSeconds"]) == (153_600, 300)
    assert plans["premium"]["maxInputBytes"] > plans["free"]["maxInputBytes"]


def test_the_probes_answer() -> None:
    """Kubernetes can ask whether the web part is alive and ready."""
    client = _app().test_client()

    answers = [client.get(path).status_code for path in ("/livez", "/readyz")]

    assert answers == [200, 200]
