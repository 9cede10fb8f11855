"""What the views work with, made once for the whole application."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app

from gas.bootstrap import Ports
from gas.config import LOCAL_KEY_ID, Environment, Settings
from gas.domain.hallmark import Hallmark, hallmark_of
from gas.domain.job import Job
from gas.domain.plan import User
from gas.domain.session import SessionRules
from gas.ports.clock import Clock
from gas.ports.messaging import Publisher
from gas.ports.overviews import OverviewBoard
from gas.ports.payments import Payments
from gas.ports.sessions import AccessTokenStore, SessionStore
from gas.ports.stores import UserStore
from gas.services.change_profile import ChangeProfile
from gas.services.export_account import ExportAccount
from gas.services.job_view import JobView, job_view
from gas_web.asked.cookies import Cookies
from gas_web.bulletin_reader import BulletinReader
from gas_web.catalogue_reader import CatalogueReader
from gas_web.issuer.globus import LINKED_SCOPE, globus_sign_out_address, linked_at_globus, revoke_at_globus
from gas_web.issuer.openid import Arrival, OpenIdIssuer, Registration
from gas_web.use_cases import UseCases

_KEY = "gas"


@dataclass(frozen=True)
class WebServices:
    """The ports and rules that views need. Views get it by `web_services()`."""

    users: UserStore
    sessions: SessionStore
    tokens: AccessTokenStore
    payments: Payments
    publisher: Publisher
    clock: Clock
    issuer: OpenIdIssuer
    revoke: Callable[[str], None]
    """Asks the issuer to forget an access token."""
    linked: Callable[[Arrival], tuple[str, ...]]
    """The subjects of the other identities that the issuer says are the same person's; none where it cannot tell."""
    sign_out_address: Callable[[str], str | None]
    """Where the issuer signs people out, with the way back; None when it cannot."""
    session_rules: SessionRules
    login_life: timedelta
    operators: frozenset[str]
    cookies: Cookies
    hallmark: Hallmark
    """Is in each session's secret and each access token that is made here."""
    public_origin: str
    """Scheme, host and port that people see, without a slash at the end."""
    change_profile: ChangeProfile
    export_account: ExportAccount
    cases: UseCases
    """What people can do with jobs."""
    bulletin: BulletinReader
    """What operators tell everybody."""
    catalogue: CatalogueReader
    """What pages tell of references."""
    overviews: OverviewBoard
    """What the controllers tell operators; for reading alone."""

    def view(self, job: Job, user: User, *, operator: bool) -> JobView:
        """What a person is shown of a job, with what is known of references now."""
        return job_view(job, user, self.cases.offer.plans, self.catalogue(), operator=operator)

    @classmethod
    def from_ports(cls, ports: Ports, settings: Settings) -> "WebServices":
        """The services over these ports."""
        web = settings.web
        origin = web.public_origin
        links = web.issuer_is_globus and web.linked_identities
        registration = _registration(settings, f"{origin}/authcallback", LINKED_SCOPE if links else "")
        issuer = OpenIdIssuer(registration)
        return cls(
            users=ports.users,
            sessions=ports.sessions,
            tokens=ports.tokens,
            payments=ports.payments,
            publisher=ports.publisher,
            clock=ports.clock,
            issuer=issuer,
            revoke=(lambda token: revoke_at_globus(registration, token))
            if web.issuer_is_globus
            else issuer.revoke,
            linked=(lambda arrival: linked_at_globus(registration, arrival)) if links else lambda _: (),
            sign_out_address=(lambda back: globus_sign_out_address(registration, back))
            if web.issuer_is_globus
            else issuer.sign_out_address,
            session_rules=SessionRules(
                timedelta(seconds=web.session_idle_seconds), timedelta(seconds=web.session_seconds)
            ),
            login_life=timedelta(seconds=web.login_seconds),
            operators=frozenset(web.operators),
            cookies=Cookies(secure=web.public_url.scheme == "https"),
            # Without that secret nobody signs in; where a test lets somebody in, this application alone knows its own.
            hallmark=hallmark_of(registration.client_secret or secrets.token_urlsafe()),
            public_origin=origin,
            change_profile=ChangeProfile(ports.users, ports.mail_budget, ports.publisher, ports.clock),
            export_account=ExportAccount(ports.jobs, ports.tokens, ports.quotas, ports.uploads),
            cases=UseCases.from_ports(ports, settings),
            bulletin=BulletinReader(ports.bulletins),
            catalogue=CatalogueReader(ports.references),
            overviews=ports.overviews,
        )

    def attach(self, extensions: dict[str, object]) -> None:
        """Let the views of an application find this."""
        extensions[_KEY] = self


def web_services() -> WebServices:
    """The services of the application that answers now.

    Raises:
        TypeError: it was made without any.
    """
    found = current_app.extensions.get(_KEY)
    if not isinstance(found, WebServices):
        raise TypeError("create_app attaches the services; this application has none.")
    return found


def _registration(settings: Settings, redirect_uri: str, more_scope: str) -> Registration:
    web = settings.web
    secret = web.client_secret.get_secret_value() if web.client_secret is not None else ""
    return Registration(
        issuer_url=str(web.issuer_url).rstrip("/"),
        client_id=web.client_id,
        client_secret=secret,
        redirect_uri=redirect_uri,
        pkce=web.pkce,
        refused_key_id=LOCAL_KEY_ID if settings.env is Environment.PRODUCTION else None,
        more_scope=more_scope,
        vouches_for_email=web.issuer_is_globus,
    )
