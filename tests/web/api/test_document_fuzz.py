"""Schemathesis over the whole document, in this process: no server error, and no answer that the document does not know."""

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from tests.support.api import Caller, make_api_site
from tests.support.api_checks import CHECKS

EXAMPLES = 12
"""For each operation; `GAS_HYPOTHESIS_PROFILE=search` tries many more."""


@cache
def premium_caller() -> Caller:
    """Somebody with a job in each state, who may do everything."""
    site = make_api_site()
    caller = site.caller(plan=Plan.PREMIUM)
    assert caller.user is not None
    for status in JobStatus:
        site.job(caller.user, status, f"job-{status.value.lower()}")
    return caller


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", premium_caller().app)


@schema.parametrize()
@settings(
    max_examples=max(EXAMPLES, settings().max_examples if settings().max_examples > 100 else 0),
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api(case: schemathesis.Case[Any]) -> None:
    """Whatever the document allows, and much that it does not, gets an answer that it describes."""
    case.call_and_validate(headers=dict(premium_caller().headers), checks=CHECKS)


@pytest.mark.parametrize("status", [status.value.lower() for status in JobStatus])
@pytest.mark.parametrize(
    "operation",
    ["getJob", "getResult", "getLog", "getInput", "cancelJob", "retryJob", "restoreJob", "deleteJob"],
)
def test_every_answer_about_a_job_is_in_the_document(operation: str, status: str) -> None:
    """For a job in each state, which no generator would guess the id of."""
    found = schema.find_operation_by_id(operation)
    case = found.Case(path_parameters={"job_id": f"job-{status}"})
    if operation == "restoreJob":
        case.body, case.media_type = {}, "application/json"

    case.call_and_validate(headers=dict(premium_caller().headers), checks=CHECKS)
