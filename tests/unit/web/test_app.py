"""The web application as far as it goes."""

from gas.config import Environment, Settings
from gas_web.app import create_app


def test_service_info_tells_the_limits_of_each_plan() -> None:
    """Scripts can read the limits before they upload anything."""
    client = create_app(Settings(env=Environment.LOCAL)).test_client()

    plans = client.get("/api/v1/service-info").get_json()["plans"]

    assert plans["free"] == {"maxInputBytes": 153_600, "retentionSeconds": 300}
    assert plans["premium"]["maxInputBytes"] > plans["free"]["maxInputBytes"]


def test_the_probes_answer() -> None:
    """Kubernetes can ask whether the web part is alive and ready."""
    client = create_app(Settings(env=Environment.LOCAL)).test_client()

    answers = [client.get(path).status_code for path in ("/livez", "/readyz")]

    assert answers == [200, 200]
