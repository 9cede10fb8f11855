"""The web application over ports in memory, and people who call its API with access tokens."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.links import InMemoryLinks
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports, memory_ports
from gas.config import Environment, PlanSettings, Settings, WebSettings
from gas.domain.access_token import Scope
from gas.domain.hallmark import Hallmark
from gas.domain.job import Job, JobStatus
from gas.domain.keys import InputKey, attempt_keys
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import AcceptedInput
from gas.domain.spec import InputRef
from gas.services.issue_token import issue_token
from gas.services.sign_in import new_user_id, open_session
from gas_web.app import create_app
from gas_web.services import WebServices
from tests.support.jobs import RESULT, job_in, stored

V1 = "/api/v1"
OPERATOR = "operator-subject"
VCF = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API: with a token, with a signed-in browser's cookie, or with nothing."""

    app: Flask
    user: User | None
    headers: Mapping[str, str]

    def get(self, path: str, **more: Any) -> TestResponse:
        """GET below /api/v1."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> TestResponse:
        """POST JSON below /api/v1."""
        return self.call("POST", path, **({} if body is None else {"json": body}), headers=headers or {})

    def delete(self, path: str) -> TestResponse:
        """DELETE below /api/v1."""
        return self.call("DELETE", path)

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        """Any request below /api/v1."""
        return Client(self.app, use_cookies=False).open(
            V1 + path, method=method, headers={**self.headers, **(headers or {})}, **more
        )


@dataclass(frozen=True)
class ApiSite:
    """One application with its ports and clock."""

    app: Flask
    ports: Ports
    clock: FakeClock

    @property
    def links(self) -> InMemoryLinks:
        """The links, which can also be used as a browser uses them."""
        assert isinstance(self.ports.links, InMemoryLinks)
        return self.ports.links

    @property
    def objects(self) -> InMemoryObjectStore:
        """The objects."""
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        return self.ports.objects

    def user(self, plan: Plan = Plan.FREE, subject: str = "") -> User:
        """A new user."""
        standing = PlanStanding(plan, self.clock.now())
        user = User(new_user_id(), "ada@example.org", "Ada Ångström", standing, subject=subject)
        assert self.ports.users.create(user)
        return user

    def caller(
        self, user: User | None = None, *scopes: Scope, days: int = 30, plan: Plan = Plan.FREE
    ) -> Caller:
        """Somebody with an access token of these scopes, by default of all."""
        user = user or self.user(plan)
        text = issue_token(
            self.ports.tokens,
            user,
            "test",
            hallmark=Hallmark(b"of a test"),
            scopes=frozenset(scopes or Scope),
            days=days,
            now=self.clock.now(),
        ).text
        return Caller(self.app, user, {"Authorization": f"Bearer {text}"})

    def browser(self, user: User) -> Caller:
        """The user in a signed-in browser, on a page of ours."""
        secret = secrets.token_urlsafe(32)
        services: WebServices = self.app.extensions["gas"]
        open_session(self.ports.sessions, user, services.session_rules, self.clock.now(), secret=secret)
        cookie = f"{services.cookies.session}={secret}"
        return Caller(self.app, user, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})

    def anybody(self) -> Caller:
        """Somebody unknown."""
        return Caller(self.app, None, {})

    def upload(self, who: Caller, name: str = "a.vcf", content: bytes = VCF) -> dict[str, Any]:
        """What a client does first: asks for a form and sends the file with it."""
        answer = who.post("/uploads", {"fileName": name})
        assert answer.status_code == 201, answer.text
        form: dict[str, Any] = answer.get_json()
        assert self.links.receive(form["url"], form["fields"], content) == 201
        return form

    def submit(self, who: Caller, name: str = "a.vcf") -> str:
        """A new job's id."""
        answer = who.post("/jobs", {"key": self.upload(who, name)["key"], "reference": "rCRS"})
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    def job(self, user: User, status: JobStatus, job_id: str = "job-1", **changes: Any) -> Job:
        """A job of that user in a state, with its files where they belong."""
        key = str(InputKey("gas", user.user_id, job_id, "a.vcf"))
        keys = attempt_keys("gas", user.user_id, job_id, "a.vcf", 1)
        job = job_in(status, job_id=job_id, user_id=user.user_id, input=InputRef("gas-inputs", key, "a.vcf"))
        if job.result is not None:
            job = replace(
                job,
                result=replace(RESULT, outputs=stored(keys)),
            )
            for output, place in keys.items():
                self.objects.put("gas-results", place, output.suffix.encode())
        seen = self.objects.put("gas-inputs", key, VCF)
        if job.accepted_input is not None:
            job = replace(job, accepted_input=AcceptedInput(seen.etag, 100))
        job = replace(job, **changes)
        assert self.ports.jobs.create(job)
        return job


def make_api_site(*, plans: PlanSettings | None = None, **web: Any) -> ApiSite:
    """An application; nobody signs in at an issuer here."""
    fields = {
        "public_url": "http://127.0.0.1:8080",
        "issuer_url": "http://127.0.0.1:9",
        "client_id": "gas",
        "client_secret": "local-client-secret",
        "operators": (OPERATOR,),
        "requests_per_minute": 1_000_000,
        **web,
    }
    settings = Settings(
        env=Environment.LOCAL, web=WebSettings.model_validate(fields), plans=plans or PlanSettings()
    )
    clock = FakeClock()
    ports = memory_ports(clock)
    return ApiSite(create_app(settings, WebServices.from_ports(ports, settings)), ports, clock)


MINUTE = timedelta(minutes=1)
