"""The pages over ports in memory, with people who are signed in already: no issuer is asked."""

import json
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.links import InMemoryLinks
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports, memory_ports
from gas.config import Environment, PlanSettings, Settings, WebSettings
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import InputKey, attempt_keys
from gas.domain.names import Bucket
from gas.domain.outputs import Output
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import Result
from gas.domain.spec import InputRef
from gas.services.sign_in import new_session_secret, open_session
from gas_web.app import create_app
from gas_web.services import WebServices
from tests.support.browser import Browser
from tests.support.jobs import BEFORE, NOW, job_in, stored

ORIGIN = "http://127.0.0.1:8080"
OPERATOR = "olu-the-operator"
STATISTICS: dict[str, Any] = {
    "records": 1200,
    "annotated_records": 1100,
    "alleles": 1210,
    "consequences": {"missense_variant": 30, "synonymous_variant": 10},
    "impacts": {"HIGH": 0, "MODERATE": 30, "LOW": 10, "MODIFIER": 0},
    "classes": {"SNV": 40},
    "genes": {"MT-ND4": 25, "MT-CO1": 15},
    "transition_transversion_ratio": 2.5,
    "problems": {},
    "first_problems": [],
}
PREVIEW: dict[str, Any] = {
    "total_records": 1200,
    "records": [
        {
            "chrom": "MT",
            "pos": pos,
            "ref": "G",
            "alt": "A",
            "consequences": [
                {"consequence": "missense_variant", "impact": impact, "symbol": symbol, "aa": "340R>340H"}
            ],
        }
        for pos, impact, symbol in (("11778", "MODERATE", "MT-ND4"), ("5904", "LOW", "MT-CO1"))
    ],
}
CONTENT = {output: output.value.encode() for output in Output} | {
    Output.RESULT: b"annotated",
    Output.LOG: b"Total: 1200\n<b>not bold</b>\n",
    Output.PREVIEW: json.dumps(PREVIEW).encode(),
    Output.STATISTICS: json.dumps(STATISTICS).encode(),
    Output.PROVENANCE: b"{}",
}


@dataclass(frozen=True)
class PageSite:
    """One application, its ports, and browsers on it."""

    app: Flask
    ports: Ports
    services: WebServices

    @property
    def links(self) -> InMemoryLinks:
        """What the object store answers."""
        assert isinstance(self.ports.links, InMemoryLinks)
        return self.ports.links

    def user(self, letter: str = "a", plan: Plan = Plan.FREE, subject: str = "") -> User:
        """Somebody whose id is one letter many times."""
        user = User(
            letter * 26,
            f"{letter}@example.org",
            letter.upper(),
            PlanStanding(plan, BEFORE),
            subject=subject,
            email_confirmed=True,
        )
        self.ports.users.create(user)
        return user

    def session(self, user: User) -> str:
        """The cookie of a browser in which that user is signed in."""
        secret = new_session_secret(self.services.hallmark)
        rules, now = self.services.session_rules, self.ports.clock.now()
        open_session(self.services.sessions, user, rules, now, secret=secret)
        return secret

    def browser(self, user: User | None) -> Browser:
        """A browser in which that user is signed in, or nobody."""
        browser = Browser(self.app, ORIGIN)
        if user is not None:
            secret = self.session(user)
            browser.client.set_cookie(self.services.cookies.session, secret, domain="127.0.0.1")
        return browser

    def job(
        self, user: User, status: JobStatus, job_id: str = "job-1", name: str = "a.vcf", **changes: Any
    ) -> Job:
        """A job of that user in that state, with the files that the state goes with."""
        names = self.ports.names
        place = InputRef(names.bucket(Bucket.INPUTS), str(InputKey("gas", user.user_id, job_id, name)), name)
        job = replace(
            job_in(status),
            job_id=job_id,
            user_id=user.user_id,
            input=place,
            reference="rCRS",
            due=None,
            **changes,
        )
        if job.result is not None:
            job = replace(job, result=self._stored(job, job.result))
        self.put(place.bucket, place.key, b"##fileformat=VCFv4.2\n")
        seen = self.ports.objects.head(place.bucket, place.key)
        if seen is not None and job.accepted_input is not None:
            job = replace(job, accepted_input=replace(job.accepted_input, etag=seen.etag))
        self.ports.jobs.create(job)
        return job

    def new_job(self, user: User, number: int, name: str) -> Job:
        """A job that was just submitted, later than those with smaller numbers."""
        job_id = f"job-{number:04}"
        place = InputRef("gas-inputs", str(InputKey("gas", user.user_id, job_id, name)), name)
        job = created(Job(job_id, user.user_id, place, "rCRS", BEFORE.replace(second=number % 60)))
        self.ports.jobs.create(job)
        return job

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Let an object be there."""
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        self.ports.objects.put(bucket, key, content)

    def _stored(self, job: Job, result: Result) -> Result:
        keys = attempt_keys("gas", job.user_id, job.job_id, job.input.file_name, 1)
        for output, key in keys.items():
            self.put(result.bucket, key, CONTENT[output])
        return replace(
            result,
            outputs=stored(keys),
            variants=1200,
            annotated_variants=1100,
        )


def make_page_site(
    origin: str = ORIGIN, store: str = "https://objects.example", plans: PlanSettings | None = None
) -> PageSite:
    """An application with the usual settings, at the moment that the sample jobs know as now."""
    web = {
        "public_url": origin,
        "issuer_url": "http://127.0.0.1:9",
        "operators": (OPERATOR,),
        "requests_per_minute": 100_000,
        "logins_per_minute": 100_000,
        "object_store_origins": (store,),
    }
    settings = Settings(
        env=Environment.LOCAL, web=WebSettings.model_validate(web), plans=plans or PlanSettings()
    )
    ports = memory_ports(FakeClock(NOW))
    assert isinstance(ports.links, InMemoryLinks)
    ports.links.base_url = store
    services = WebServices.from_ports(ports, settings)
    return PageSite(create_app(settings, services), ports, services)
