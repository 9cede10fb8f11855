"""Made-up stories over the whole API: what one answer gives, the next request uses, along the links of the document."""

import zlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.generation import GenerationMode

from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.keys import attempt_keys
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput
from gas.services.open_file import JOB_FILES
from gas_web.api.document import document, operations
from tests.support.api import ApiSite, Caller, make_api_site
from tests.support.api_checks import CHECKS
from tests.support.jobs import RESULT, stored

STORIES, STEPS = 240, 15
"""One story in twenty gets to a job: 60 had none now and then. `GAS_HYPOTHESIS_PROFILE=search` tells many more."""

SITE: ApiSite = make_api_site()
SEEN: Counter[tuple[str, int]] = Counter()


def somebody() -> Caller:
    """A premium user's signed-in browser, which may do everything, tokens too."""
    return SITE.browser(SITE.user(Plan.PREMIUM))


def complete(job: Job) -> Job:
    """Take a job to its result, as controllers and an annotator do."""
    jobs, now = SITE.ports.jobs, SITE.clock.now()
    accepted = job.moved(JobEvent.INPUT_ACCEPTED, now, accepted_input=AcceptedInput("e", 1))
    held = jobs.commit(job, accepted)
    held = jobs.commit(held, held.claimed("annotator-0", now, timedelta(minutes=1)))
    keys = attempt_keys("gas", job.user_id, job.job_id, job.input.file_name, held.fence)
    for key in keys.values():
        SITE.objects.put("gas-results", key, b"{}")
    result = replace(RESULT, outputs=stored(keys))
    return jobs.finish(held, held.finished_with(result, now))


def leave(_job: Job) -> None:
    """Nobody has looked at the job yet."""


def refuse(job: Job) -> None:
    """The job's input is refused."""
    jobs, now = SITE.ports.jobs, SITE.clock.now()
    held = jobs.commit(job, job.moved(JobEvent.INPUT_ACCEPTED, now, accepted_input=AcceptedInput("e", 1)))
    held = jobs.commit(held, held.claimed("annotator-0", now, timedelta(minutes=1)))
    jobs.finish(held, held.refused_with(Reason.INPUT_REFUSED, "line 3 is no VCF.", now))


def archive(job: Job) -> None:
    """The job's result goes to the archive."""
    done, now = complete(job), SITE.clock.now()
    SITE.ports.jobs.commit(done, done.moved(JobEvent.ARCHIVED, now, archive_time=now))


def delete(job: Job) -> None:
    """The job's data is deleted."""
    SITE.ports.jobs.commit(job, job.moved(JobEvent.DELETED, SITE.clock.now()))


FATES = (complete, archive, leave, refuse, complete, delete)
"""A job's file decides: a fate that depended on the stories before would make the same story another one when told again."""


def play_the_rest(operation_id: str, answer: Any) -> None:
    """What others do meanwhile: the browser sends the file, annotators and controllers take the job to some end."""
    if operation_id == "startUpload":
        SITE.links.receive(answer["url"], answer["fields"], b"##fileformat=VCFv4.2\n")
    elif operation_id == "submitJob":
        job = SITE.ports.jobs.get(answer["id"])
        assert job is not None
        if job.status is JobStatus.PENDING:
            FATES[zlib.crc32(job.input.file_name.encode()) % len(FATES)](job)


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", SITE.app)
# The caller's session is the proof; a made-up token beside it would be refused before anything happens.
schema.config.generation.update(
    modes=[GenerationMode.POSITIVE], with_security_parameters=False, codec="ascii"
)
# Only the links of the document lead on: what can be guessed from names has no file behind it.
schema.config.phases.stateful.inference.algorithms = []


class Story(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
    """One caller goes from operation to operation."""

    def setup(self) -> None:
        """Somebody new, so that no story depends on another."""
        self.who = somebody()

    def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
        """Each request is theirs."""
        name, _, secret = self.who.headers["Cookie"].partition("=")
        return {"headers": {"Sec-Fetch-Site": "same-origin"}, "cookies": {name: secret}}

    def validate_response(
        self, response: Any, case: schemathesis.Case[Any], additional_checks: Any = None, **more: Any
    ) -> None:
        """Every answer is one that the document describes."""
        case.validate_response(response, checks=CHECKS)

    def after_call(self, response: Any, case: schemathesis.Case[Any]) -> None:
        """The world goes on."""
        name = case.operation.definition.raw["operationId"]
        SEEN[name, response.status_code] += 1
        if response.status_code in {200, 201} and name in {"startUpload", "submitJob"}:
            play_the_rest(name, response.json())


def test_no_story_breaks_the_api() -> None:
    """Along every link there are answers that the document describes, and most stories get somewhere."""
    Story.run(
        settings=settings(
            max_examples=STORIES if settings().max_examples <= 100 else settings().max_examples,
            stateful_step_count=STEPS,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
    )

    went_well = {name for name, status in SEEN if status < HTTPStatus.BAD_REQUEST}
    assert went_well >= {
        "startUpload",
        "submitJob",
        "listJobs",
        "getJob",
        "deleteJob",
        "createToken",
        "listTokens",
        "revokeToken",
    }
    assert went_well & {f"get{file.value.capitalize()}" for file in JOB_FILES}


def test_every_operation_is_reached_by_a_link_or_needs_none() -> None:
    """An operation on somebody's thing can be gone on to from an answer that names the thing."""
    linked = {
        link["operationId"]
        for _, _, operation in operations(document())
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    }

    assert {op["operationId"] for path, _, op in operations(document()) if "_id}" in path} <= linked
