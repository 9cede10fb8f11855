"""The web application over ports in memory, and one local issuer for the whole run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from dev.run.issuer.client import LocalIssuer
from dev.run.issuer.people import OPERATOR_SUBJECT
from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import Ports, memory_ports
from gas.config import Environment, Settings, WebSettings
from gas_web.app import create_app
from gas_web.services import WebServices
from tests.support.browser import Browser

ORIGIN = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Site:
    """One application, its ports and clock, and browsers on it."""

    app: Flask
    ports: Ports
    clock: FakeClock
    issuer: LocalIssuer
    origin: str

    def browser(self) -> Browser:
        """A browser that has been nowhere."""
        return Browser(self.app, self.origin)

    def signed_in(self, login: str = "free") -> Browser:
        """A browser in which somebody is signed in."""
        browser = self.browser()
        assert browser.sign_in(login).status_code == 303
        return browser


@pytest.fixture(scope="session")
def started_issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalIssuer]:
    """The local issuer of the whole run."""
    issuer = LocalIssuer.start(tmp_path_factory.mktemp("issuer"))
    yield issuer
    issuer.stop()


@pytest.fixture
def issuer(started_issuer: LocalIssuer) -> LocalIssuer:
    """The local issuer, with no forgery and no linked identities left from another test."""
    if started_issuer.state()["forgery"] is not None:
        started_issuer.forge(None)
    started_issuer.link()
    return started_issuer


@pytest.fixture
def make_site(issuer: LocalIssuer) -> Callable[..., Site]:
    """Makes an application; settings of the web part may differ."""

    def make(env: Environment = Environment.LOCAL, **web: object) -> Site:
        settings = web_settings(issuer, env, **web)
        clock = FakeClock()
        ports = memory_ports(clock)
        app = create_app(settings, WebServices.from_ports(ports, settings))
        return Site(app, ports, clock, issuer, str(settings.web.public_url).rstrip("/"))

    return make


@pytest.fixture(scope="session")
def usual_app(started_issuer: LocalIssuer) -> Flask:
    """One application for all tests that change none of its settings and routes: making it takes a tenth of a second."""
    settings = web_settings(started_issuer)
    return create_app(settings, WebServices.from_ports(memory_ports(FakeClock()), settings))


@pytest.fixture
def site(usual_app: Flask, issuer: LocalIssuer) -> Site:
    """An application with the usual settings, over ports and a clock of the test's own."""
    clock = FakeClock()
    ports = memory_ports(clock)
    WebServices.from_ports(ports, web_settings(issuer)).attach(usual_app.extensions)
    return Site(usual_app, ports, clock, issuer, ORIGIN)


def web_settings(issuer: LocalIssuer, env: Environment = Environment.LOCAL, **web: object) -> Settings:
    """The usual settings, or others of the web part."""
    fields = {
        "public_url": ORIGIN,
        "issuer_url": issuer.address,
        "client_id": issuer.client_id,
        "client_secret": issuer.client_secret,
        "operators": (OPERATOR_SUBJECT,),
        "logins_per_minute": 1_000_000,
        "requests_per_minute": 1_000_000,
        **web,
    }
    return Settings(env=env, web=WebSettings.model_validate(fields))


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser that has been nowhere."""
    return site.browser()
