"""Who may see and do what on pages: every route of the application, tried by everybody.

The routes are those that the application has, and each has an entry here: a new one without an entry fails. What lies
under /api/v1 is tried by `api/test_access.py`, whose list is the API's document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from gas.domain.access_token import Scope
from gas.domain.job import Job, JobStatus
from gas.domain.keys import InputKey
from gas.domain.plan import Plan, PlanStanding, User
from gas.services.issue_token import issue_token
from gas.services.sign_in import new_secret, new_user_id, open_session
from tests.support.browser import Browser
from tests.support.jobs import BEFORE
from tests.support.pages import OPERATOR, ORIGIN, PageSite, make_page_site
from tests.support.safe_headers import missing_headers

FILE = "secret-study-of-somebody.vcf"
"""The name of every job's file: it stands in no answer to anybody but its owner."""

UPLOAD = "upload.vcf"
"""The name of what is uploaded and not yet submitted: whoever tries to submit it has said it."""

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class For(Enum):
    """Whom a page is for."""

    EVERYBODY = "everybody"
    MEMBERS = "members"
    OWNER = "owner"
    OPERATORS = "operators"


@dataclass(frozen=True)
class Page:
    """A route: whom it is for, and the status that they get. Statuses of some may differ."""

    whom: For
    status: int = 200
    state: JobStatus = JobStatus.COMPLETED
    """The state of the job that it is about."""
    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    """Statuses by person, where they are not as for all."""


_AS_NOBODY = {"anonymous": 401, "ended": 401, "expired": 401, "token": 401, "read-token": 401}
_SEES_ALL = dict.fromkeys(_AS_NOBODY, 200)

PAGES: dict[str, Page] = {
    "GET /": Page(For.EVERYBODY),
    "GET /livez": Page(For.EVERYBODY),
    "GET /readyz": Page(For.EVERYBODY),
    "GET /static/<path:filename>": Page(For.EVERYBODY),
    "GET /login": Page(For.EVERYBODY, 303, others=_SEES_ALL),
    # The issuer of this site is away: nobody is sent anywhere. Who is signed in goes on.
    "POST /login": Page(For.EVERYBODY, 303, others=dict.fromkeys(_AS_NOBODY, 503)),
    "GET /authcallback": Page(For.EVERYBODY, 303, others=dict.fromkeys(_AS_NOBODY, 400)),
    "GET /login/account": Page(For.EVERYBODY, 303),
    "POST /login/account": Page(For.EVERYBODY, 400),
    "POST /logout": Page(For.EVERYBODY, 303),
    "GET /profile": Page(For.MEMBERS),
    "POST /profile": Page(For.MEMBERS, 303, form={"name": "Ada", "email": "a@example.org"}),
    "POST /profile/email/again": Page(For.MEMBERS, 303),
    # A secret of nobody's letter: the link of a letter works for its user alone (tests/web/pages/test_profile_email.py).
    "GET /profile/email/<secret>": Page(For.MEMBERS, 404),
    "POST /profile/email/<secret>": Page(For.MEMBERS, 400),
    "GET /profile/delete": Page(For.MEMBERS),
    "POST /profile/delete": Page(For.MEMBERS, 303),
    "GET /profile/export": Page(For.MEMBERS),
    "POST /profile/tokens": Page(For.MEMBERS, 303, form={"name": "t", "scope": "jobs:read", "days": "7"}),
    "POST /profile/tokens/<token_id>/revoke": Page(For.OWNER, 303),
    "POST /profile/sign-out-everywhere": Page(For.MEMBERS, 303),
    "GET /subscribe": Page(For.MEMBERS),
    "POST /subscribe": Page(For.MEMBERS, 303),
    "GET /unsubscribe": Page(For.MEMBERS, 303, others={"other-premium": 200, "owner-premium": 200}),
    "POST /unsubscribe": Page(For.MEMBERS, 303),
    "GET /annotate": Page(For.MEMBERS),
    "GET /signed-in": Page(For.MEMBERS),
    "GET /annotate/form": Page(For.MEMBERS, query="name=a.vcf"),
    # Nothing is looked up: whose key it is stands in the key.
    "GET /annotate/uploaded": Page(For.OWNER, query="key={key}"),
    "GET /annotations": Page(For.MEMBERS),
    "POST /annotations": Page(For.OWNER, 303, form={"key": "{key}"}),
    "GET /annotations/<job_id>": Page(For.OWNER),
    "GET /annotations/<job_id>/status": Page(For.OWNER, others=_AS_NOBODY),
    "GET /annotations/<job_id>/received": Page(For.OWNER, 303),
    "GET /annotations/<job_id>/input": Page(For.OWNER, 303),
    "GET /annotations/<job_id>/result": Page(For.OWNER, 303),
    "GET /annotations/<job_id>/download/<file>": Page(For.OWNER, 303),
    "GET /annotations/<job_id>/log": Page(For.OWNER),
    "GET /annotations/<job_id>/preview": Page(For.OWNER),
    "POST /annotations/<job_id>/cancel": Page(For.OWNER, 303, JobStatus.RUNNING),
    "POST /annotations/<job_id>/retry": Page(For.OWNER, 303, JobStatus.FAILED),
    "POST /annotations/<job_id>/restore": Page(For.OWNER, 303, JobStatus.ARCHIVED, others={"owner": 403}),
    "GET /annotations/<job_id>/delete": Page(For.OWNER),
    "POST /annotations/<job_id>/delete": Page(For.OWNER, 303),
    "GET /operations": Page(For.OPERATORS),
    "GET /operations/overview": Page(For.OPERATORS, others=_AS_NOBODY),
    "POST /operations/plan": Page(
        For.OPERATORS, 303, form={"user": "{owner}", "plan": "free", "sure": "yes"}
    ),
    "POST /operations/suspend": Page(
        # Nobody suspends themselves.
        For.OPERATORS,
        303,
        form={"user": "{owner}"},
        others={"owner-operator": 400},
    ),
    "POST /operations/bulletin": Page(For.OPERATORS, 303, form={"banner": "Back at noon"}),
}

NOBODY = ("anonymous", "ended", "expired", "token", "read-token")
"""People who are signed in nowhere: without anything, with a session that was ended or is over, and with an access
token, of all scopes or of one, which is for the API."""

STRANGERS = ("other", "other-premium", "other-operator")
OWNERS = ("owner", "owner-premium", "owner-operator")
EVERYBODY = (*NOBODY, *STRANGERS, *OWNERS)


@cache
def shared_site() -> PageSite:
    """One application for all: each stage has people and things of its own."""
    return make_page_site()


@dataclass(frozen=True)
class Stage:
    """A job, an upload and an access token of one owner, and somebody who tries."""

    site: PageSite
    owner: User
    job: Job
    token_id: str
    upload: str
    browser: Browser
    headers: Mapping[str, str]

    def attempt(self, route: str) -> TestResponse:
        """The answer."""
        method, rule = route.split(" ", 1)
        page = PAGES[route]
        path = rule.replace("<job_id>", self.job.job_id).replace("<token_id>", self.token_id)
        path = path.replace("<file>", "provenance").replace("<path:filename>", "gas.css")
        form = {
            name: value.format(key=self.upload, owner=self.owner.user_id) for name, value in page.form.items()
        }
        return self.browser.open(
            path,
            method,
            query_string=page.query.format(key=self.upload),
            headers=self.headers,
            **({"data": form} if form else {}),
        )

    def named(self, route: str) -> list[str]:
        """What of the owner's the request itself names, as it may come back: nothing else of it may."""
        page, user_id = PAGES[route], self.owner.user_id
        sent = [*page.form.values(), page.query]
        return [
            *([self.job.job_id] if "<job_id>" in route else []),
            *([self.upload, quote(self.upload, safe="")] if any("{key}" in each for each in sent) else []),
            *([f'value="{user_id}"', f"user={user_id}"] if "{owner}" in sent else []),
        ]

    def things(self) -> list[Any]:
        """Everything of the owner's, and of everybody's, that a stranger could have changed."""
        ports = self.site.ports
        return [
            ports.jobs.get(self.job.job_id),
            ports.jobs.jobs_of_user(self.owner.user_id),
            ports.tokens.get(self.token_id),
            ports.users.get(self.owner.user_id),
            ports.bulletins.read(),
        ]


def stage_for(route: str, who: str) -> Stage:
    """A stage on which that person tries that route."""
    site = shared_site()
    plan = Plan.PREMIUM if who.endswith("premium") else Plan.FREE
    subject = OPERATOR if who.endswith("operator") else ""
    owner = _user(site, plan if who in OWNERS else Plan.FREE, subject if who in OWNERS else "")
    job_id = f"job-{owner.user_id}"
    job = site.job(owner, PAGES[route].state, job_id, FILE)
    upload = str(InputKey("gas", owner.user_id, f"upload-{owner.user_id}", UPLOAD))
    site.put("gas-inputs", upload, b"##fileformat=VCFv4.2\n")
    token = issue_token(
        site.ports.tokens,
        owner,
        "t",
        hallmark=site.services.hallmark,
        scopes=frozenset({Scope.READ}),
        days=9,
        now=site.ports.clock.now(),
    )
    somebody = owner if who not in STRANGERS else _user(site, plan, subject)
    browser, headers = _browser(site, who, somebody)
    return Stage(site, owner, job, token.token.token_id, upload, browser, headers)


def _user(site: PageSite, plan: Plan, subject: str) -> User:
    user = User(
        new_user_id(),
        "a@example.org",
        "Ada",
        PlanStanding(plan, BEFORE),
        subject=subject,
        email_confirmed=True,
    )
    assert site.ports.users.create(user)
    return user


def _browser(site: PageSite, who: str, user: User) -> tuple[Browser, dict[str, str]]:
    own = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
    now = site.ports.clock.now()
    match who:
        case "anonymous":
            return site.browser(None), own
        case "ended":
            browser = site.browser(user)
            browser.post("/logout")
            return browser, own
        case "expired":
            browser, secret = site.browser(None), new_secret()
            then = now - timedelta(days=2)
            open_session(site.services.sessions, user, site.services.session_rules, then, secret=secret)
            browser.plant(site.services.cookies.session, secret)
            return browser, own
        case "token" | "read-token":
            scopes = frozenset(Scope) if who == "token" else frozenset({Scope.READ})
            issued = issue_token(
                site.ports.tokens,
                user,
                "t",
                hallmark=site.services.hallmark,
                scopes=scopes,
                days=9,
                now=now,
            )
            return site.browser(None), {**own, "Authorization": f"Bearer {issued.text}"}
        case _:
            return site.browser(user), own


def expected(route: str, who: str) -> int:
    """The status that somebody should get."""
    page = PAGES[route]
    if who in page.others:
        return page.others[who]
    if page.whom is For.EVERYBODY:
        return page.status
    if who in NOBODY:
        # A link leads to the sign-in page and back; what was posted has to be posted again.
        return 303 if route.startswith("GET") else 401
    if page.whom is For.OPERATORS:
        return page.status if who.endswith("operator") else 404
    return 404 if page.whom is For.OWNER and who in STRANGERS else page.status


def test_every_route_has_an_entry() -> None:
    """A page that nobody has thought about fails here before anybody can see it."""
    routed = {
        f"{method} {rule.rule}"
        for rule in make_page_site().app.url_map.iter_rules()
        if not rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) & METHODS
    }

    assert routed == set(PAGES)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("route", PAGES)
def test_who_gets_what(route: str, who: str) -> None:
    """The expected status, with all headers; and whoever is not the owner learns of nothing and changes nothing."""
    stage = stage_for(route, who)
    before = stage.things()

    answer = stage.attempt(route)

    text = answer.get_data().decode(errors="replace")
    operates = PAGES[route].whom is For.OPERATORS and answer.status_code < 400
    assert answer.status_code == expected(route, who)
    assert missing_headers(answer) == set()
    if who not in OWNERS:
        assert FILE not in text
    if who not in OWNERS:
        for sent in stage.named(route):
            text = text.replace(sent, "")
        assert stage.owner.user_id not in text
    if route.startswith("GET") or (who not in OWNERS and not operates):
        assert stage.things() == before


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("route", [route for route, page in PAGES.items() if page.whom is For.OWNER])
def test_anothers_thing_looks_like_none(route: str, who: str) -> None:
    """What a stranger gets for a thing of somebody is, to the letter, what one gets for a thing of nobody."""
    stage = stage_for(route, who)
    nothing = replace(
        stage,
        job=replace(stage.job, job_id="job-of-nobody"),
        token_id="0" * 32,
        upload=str(InputKey("gas", "n" * 26, "job-of-nobody", UPLOAD)),
    )

    theirs, none = stage.attempt(route), nothing.attempt(route)

    assert theirs.status_code == none.status_code == 404
    assert theirs.text.replace(stage.upload, "") == none.text.replace(nothing.upload, "")
