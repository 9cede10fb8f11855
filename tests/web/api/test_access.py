"""Who may do what: every operation of the document, tried by everybody. The document is the list; none can be forgotten."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from gas.domain.access_token import Scope
from gas.domain.job import Job, JobStatus
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plan
from gas.domain.session import handle_of
from gas.domain.spec import InputRef
from gas_web.api.document import document, operations
from gas_web.services import WebServices
from tests.support.api import OPERATOR, ApiSite, Caller, make_api_site
from tests.support.crashes import Crashes

PREFIX = "/api/v1"
OPERATIONS = {
    operation["operationId"]: (method, path, operation) for path, method, operation in operations(document())
}

BODIES: dict[str, Callable[["Stage"], dict[str, Any]]] = {
    "startUpload": lambda _stage: {"fileName": "a.vcf"},
    "submitJob": lambda stage: {"key": stage.upload_key, "reference": "rCRS"},
    "restoreJob": lambda _stage: {},
    "chooseReference": lambda _stage: {"contigs": {"chrM": 16569}},
    "createToken": lambda _stage: {"name": "t", "scopes": ["jobs:read"], "days": 1},
}
PUBLIC = {"getServiceInfo", "listReferences"}
ENOUGH = {"getMe": {Scope.PROFILE}, "chooseReference": {Scope.WRITE}, "getReference": {Scope.WRITE}}
"""Another scope that is enough as well: who somebody is, is told to those who may read jobs too, but not their name and address;
and who may submit may ask against what."""

STATES = {"retryJob": JobStatus.FAILED, "restoreJob": JobStatus.ARCHIVED}
"""The state in which the owner may do it; Completed for all others."""

OWNERS_ANSWERS = {
    "getServiceInfo": 200,
    "listReferences": 200,
    "chooseReference": 200,
    "getReference": 200,
    "getMe": 200,
    "exportAccount": 200,
    "listJobs": 200,
    "getJob": 200,
    "listTokens": 200,
    "startUpload": 201,
    "submitJob": 201,
    "cancelJob": 202,
    "retryJob": 202,
    "deleteJob": 202,
    "restoreJob": 403,
    "revokeToken": 204,
    "createToken": 403,
    **{
        f"get{name}": 303
        for name in (
            "Input",
            "Own",
            "Result",
            "Index",
            "Table",
            "Problems",
            "Log",
            "Preview",
            "Statistics",
            "Summary",
            "Provenance",
        )
    },
}
"""Of a free user with an access token of all scopes."""


@dataclass(frozen=True)
class Stage:
    """A site with a job, an upload and a token of one owner."""

    site: ApiSite
    owner: Caller
    upload_key: str
    token_id: str
    job_id: str

    def try_by(self, who: Caller, operation_id: str) -> int:
        """The status that somebody gets for an operation on the owner's things."""
        method, path, _ = OPERATIONS[operation_id]
        address = path.removeprefix(PREFIX).format(job_id=self.job_id, token_id=self.token_id, name="rCRS")
        body = BODIES.get(operation_id)
        more = {} if body is None else {"json": body(self)}
        status: int = who.call(method.upper(), address, **more).status_code
        return status

    def job(self) -> Job | None:
        """The owner's job as it is now."""
        return self.site.ports.jobs.get(self.job_id)


def stage_for(operation_id: str, plan: Plan = Plan.FREE, subject: str = "") -> Stage:
    """A stage whose owner may do the operation, as far as the job's state goes."""
    site = shared_site()
    user = site.user(plan, subject)
    owner = site.caller(user)
    job_id = f"job-{user.user_id}"
    place = InputRef("gas-inputs", f"gas/{user.user_id}/{job_id}-own~mine.bed", "mine.bed")
    seen = site.objects.put(place.bucket, place.key, b"chrM\t1\t9\n")
    own_file = OwnFile(place, seen.etag, seen.size_bytes)
    site.job(user, STATES.get(operation_id, JobStatus.COMPLETED), job_id, own_file=own_file)
    (token,) = site.ports.tokens.tokens_of_user(user.user_id)
    return Stage(site, owner, site.upload(owner)["key"], token.token_id, job_id)


@cache
def shared_site() -> ApiSite:
    """One site for all: each stage has people and things of its own."""
    return make_api_site()


def about_a_thing(operation_id: str) -> bool:
    """True for an operation on something that has an owner."""
    return "_id}" in OPERATIONS[operation_id][1] or operation_id == "submitJob"


def about_a_job(operation_id: str) -> bool:
    """True for an operation on one job."""
    return "{job_id}" in OPERATIONS[operation_id][1]


every_operation = pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
every_guarded_operation = pytest.mark.parametrize("operation_id", sorted(set(OPERATIONS) - PUBLIC))


def test_the_document_has_every_route() -> None:
    """What is routed under the API is documented, and the other way round, but for the document itself."""
    routed = {
        (method.lower(), rule.rule.replace("<string:", "{").replace(">", "}"))
        for rule in make_api_site().app.url_map.iter_rules()
        if rule.rule.startswith(f"{PREFIX}/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    documented = {(method, path) for method, path, _ in OPERATIONS.values()}

    assert routed - documented == {("get", f"{PREFIX}/openapi.json")}
    assert documented <= routed


def test_every_operation_has_an_entry() -> None:
    """An operation that nobody has thought about fails here before anybody can call it."""
    assert set(OWNERS_ANSWERS) == set(OPERATIONS)


def test_nothing_but_the_service_is_public() -> None:
    """Every other operation states the scope that it needs."""
    assert {name for name, (_, _, operation) in OPERATIONS.items() if operation["security"] == []} == PUBLIC


@every_operation
def test_nobody_unknown_gets_anything(operation_id: str) -> None:
    """Without a token everything but the service's own description is 401, with the way to sign in."""
    stage = stage_for(operation_id)

    status = stage.try_by(stage.site.anybody(), operation_id)

    assert status == (200 if operation_id in PUBLIC else 401)


@every_guarded_operation
@pytest.mark.parametrize("kind", ["expired", "revoked", "forged"])
def test_a_token_that_does_not_hold_is_refused(operation_id: str, kind: str) -> None:
    """Expired, revoked and made-up tokens are all 401."""
    stage = stage_for(operation_id)
    who = stage.site.caller(stage.owner.user, days=1)
    assert who.user is not None
    if kind == "expired":
        stage.site.clock.advance(timedelta(days=1))
    elif kind == "revoked":
        newest = stage.site.ports.tokens.tokens_of_user(who.user.user_id)
        for token in newest:
            stage.site.ports.tokens.revoke(who.user.user_id, token.token_id)
    else:
        who = Caller(who.app, None, {"Authorization": f"{who.headers['Authorization'][:-1]}x"})

    assert stage.try_by(who, operation_id) == 401


@every_guarded_operation
@pytest.mark.parametrize("kind", ["ended", "expired"])
def test_a_session_that_does_not_hold_is_refused(operation_id: str, kind: str) -> None:
    """A browser that was signed out, or whose session is over, is nobody."""
    stage = stage_for(operation_id)
    assert stage.owner.user is not None
    browser = stage.site.browser(stage.owner.user)
    if kind == "expired":
        stage.site.clock.advance(timedelta(days=1))
    else:
        services: WebServices = browser.app.extensions["gas"]
        assert services.sessions.close(handle_of(browser.headers["Cookie"].partition("=")[2])) is not None

    assert stage.try_by(browser, operation_id) == 401


@every_guarded_operation
def test_a_token_of_the_wrong_scope_is_refused(operation_id: str) -> None:
    """A token may do what it was made for, and nothing else: not even see more."""
    stage = stage_for(operation_id)
    needed = {Scope(each) for each in OPERATIONS[operation_id][2]["security"][0]["accessToken"]}
    wrong = set(Scope) - needed - ENOUGH.get(operation_id, set())

    statuses = {
        stage.try_by(stage.site.caller(stage.owner.user, *wrong, *(needed - {lacking})), operation_id)
        for lacking in needed
    } | {stage.try_by(stage.site.caller(stage.owner.user, each), operation_id) for each in wrong}

    assert statuses == {403}


@pytest.mark.parametrize("operation_id", sorted(filter(about_a_thing, OPERATIONS)))
@pytest.mark.parametrize("stranger", ["free", "premium", "operator", "browser"])
def test_others_things_are_not_there(operation_id: str, stranger: str) -> None:
    """For another user, whatever their plan or office, it is 404, and nothing has changed."""
    stage = stage_for(operation_id)
    user = stage.site.user(
        Plan.PREMIUM if stranger == "premium" else Plan.FREE, OPERATOR if stranger == "operator" else ""
    )
    who = stage.site.browser(user) if stranger == "browser" else stage.site.caller(user)
    before = stage.job()

    status = stage.try_by(who, operation_id)

    assert status == 404
    assert stage.job() == before
    assert stage.site.ports.tokens.get(stage.token_id) is not None


@every_operation
def test_the_owner_gets_what_is_theirs(operation_id: str) -> None:
    """A free user with a token of all scopes; restoring is for premium users, and a token makes no token."""
    stage = stage_for(operation_id)

    status = stage.try_by(stage.owner, operation_id)

    assert status == OWNERS_ANSWERS[operation_id]


@every_operation
@pytest.mark.parametrize(
    ("plan", "subject"), [(Plan.PREMIUM, ""), (Plan.FREE, OPERATOR)], ids=["premium", "operator"]
)
def test_premium_users_and_operators_may_also_restore(operation_id: str, plan: Plan, subject: str) -> None:
    """Nothing else differs for their own things."""
    stage = stage_for(operation_id, plan, subject)

    status = stage.try_by(stage.owner, operation_id)

    assert status == (202 if operation_id == "restoreJob" else OWNERS_ANSWERS[operation_id])


@every_operation
def test_a_signed_in_browser_may_do_all(operation_id: str) -> None:
    """The owner's browser may also make tokens."""
    stage = stage_for(operation_id)
    assert stage.owner.user is not None

    status = stage.try_by(stage.site.browser(stage.owner.user), operation_id)

    assert status == (201 if operation_id == "createToken" else OWNERS_ANSWERS[operation_id])


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    "operation_id", sorted(name for name, (method, _, _) in OPERATIONS.items() if method != "get")
)
def test_another_site_cannot_use_the_browser(operation_id: str, site: str) -> None:
    """A request that was started elsewhere is refused, though the cookie is right, and nothing has changed."""
    stage = stage_for(operation_id)
    assert stage.owner.user is not None
    browser = stage.site.browser(stage.owner.user)
    before = stage.job()

    status = stage.try_by(
        Caller(browser.app, None, {**browser.headers, "Sec-Fetch-Site": site}), operation_id
    )

    assert status == 403
    assert stage.job() == before


@pytest.mark.parametrize(
    "operation_id", sorted(name for name, (method, _, _) in OPERATIONS.items() if method == "get")
)
def test_looking_changes_nothing(operation_id: str) -> None:
    """No GET writes to a job."""
    stage = stage_for(operation_id)
    before = stage.job()

    stage.try_by(stage.owner, operation_id)

    assert stage.job() == before


def test_what_is_not_there_and_what_is_anothers_look_alike() -> None:
    """Not even the words tell a stranger that a job exists."""
    stage = stage_for("getJob")
    eve = stage.site.caller()

    theirs, none = eve.get(f"/jobs/{stage.job_id}"), eve.get("/jobs/job-2")

    assert (theirs.status_code, theirs.data) == (none.status_code, none.data)


@pytest.mark.parametrize("operation_id", sorted(filter(about_a_job, OPERATIONS)))
def test_what_is_not_there_and_what_is_anothers_cost_the_same(operation_id: str) -> None:
    """Not even the time tells them apart: the same calls of the stores are made for both."""
    stage = stage_for(operation_id)
    site = make_api_site()
    eve, crashes = site.caller(), Crashes()
    site.job(site.user(), STATES.get(operation_id, JobStatus.COMPLETED), stage.job_id)
    services: WebServices = site.app.extensions["gas"]
    jobs = crashes.proxy(services.cases.jobs)
    ask = replace(services.cases.ask_job, jobs=jobs)
    opening = replace(services.cases.open_file, jobs=jobs)
    cases = replace(services.cases, jobs=jobs, ask_job=ask, open_file=opening)
    replace(services, cases=cases).attach(site.app.extensions)
    seen = []

    for job_id in (stage.job_id, "job-of-nobody"):
        before = crashes.calls
        status = replace(stage, job_id=job_id).try_by(eve, operation_id)
        seen.append((status, crashes.calls - before))

    assert seen == [(404, 1), (404, 1)]


@pytest.mark.parametrize("stranger", ["free", "premium", "operator", "browser"])
def test_nobody_brings_anothers_upload(stranger: str) -> None:
    """Beside an input of one's own it is as little there as in its place, and no job is made."""
    stage = stage_for("submitJob")
    user = stage.site.user(
        Plan.PREMIUM if stranger == "premium" else Plan.FREE, OPERATOR if stranger == "operator" else ""
    )
    who = stage.site.caller(user)
    body = {"key": stage.site.upload(who)["key"], "reference": "rCRS", "ownKey": stage.upload_key}
    if stranger == "browser":
        who = stage.site.browser(user)

    answers = [who.post("/jobs", {**body, "ownKey": key}) for key in (stage.upload_key, "nonsense")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert stage.site.ports.jobs.jobs_of_user(user.user_id).jobs == ()
    assert stage.try_by(stage.owner, "submitJob") == 201


def test_every_refusal_is_a_problem_document() -> None:
    """RFC 9457, also for addresses and methods that do not exist."""
    site = make_api_site()
    ada = site.caller()

    answers = [
        site.anybody().get("/jobs"),
        ada.get("/nothing"),
        ada.call("PUT", "/jobs"),
        ada.get("/jobs/none"),
        ada.call("POST", "/uploads", data="{", content_type="application/json"),
        ada.call("POST", "/uploads", data=b"x" * 2_000_000, content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 405, 404, 400, 413]
    for answer in answers:
        problem = answer.get_json()
        assert answer.content_type == "application/problem+json"
        assert (problem["status"], problem["type"]) == (answer.status_code, "about:blank")
        assert problem["detail"].endswith((".", "…"))
    assert answers[0].headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize(
    "sent", ["Basic \xff", "Basic ====", "Basic YQ", "Digest =", "", " ", "\xff", "Bearer", "Bearer a=b"]
)
def test_no_authorization_of_another_kind_is_our_fault(sent: str) -> None:
    """What is no access token is none, on pages as well: neither is it decoded."""
    site = make_api_site()
    browser = site.app.test_client()

    answers = [
        browser.get(path, headers={"Authorization": sent}) for path in ("/api/v1/me", "/", "/annotations")
    ]

    assert [answer.status_code for answer in answers] == [401, 200, 303]
