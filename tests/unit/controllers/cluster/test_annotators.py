"""Whether an annotator is up: looked at seldom, and never guessed."""

import pytest

from gas.domain.errors import FatalError, GasError, TransientError
from gas.domain.line import EVERYBODY
from gas.domain.plan import Plan
from gas_controllers.cluster.annotators import Annotators
from tests.support.plans import LINED, PLANS, PREMIUM_LINE
from tests.support.platform import Platform


class Deployments:
    """A cluster with one Deployment; `error` is raised instead of an answer."""

    def __init__(self, ready: int, error: GasError | None = None) -> None:
        self.ready, self.error, self.asked = ready, error, list[str]()

    def ready_pods(self, deployment: str) -> int:
        """How many pods are ready."""
        self.asked.append(deployment)
        if self.error is not None:
            raise self.error
        return self.ready


@pytest.mark.parametrize(("ready", "up"), [(0, False), (1, True), (7, True)], ids=str)
def test_ready_pods_are_annotators_that_are_up(ready: int, *, up: bool) -> None:
    """One ready pod is enough."""
    annotators = Annotators(Deployments(ready), {EVERYBODY: "gas-annotator"})

    assert annotators.up(EVERYBODY) is up


def test_many_jobs_cost_one_look() -> None:
    """A thousand jobs that are published at once ask the API server once for each queue."""
    cluster = Deployments(0)
    annotators = Annotators(cluster, {EVERYBODY: "gas-annotator", PREMIUM_LINE: "gas-annotator-premium"})

    for _ in range(1000):
        annotators.up(EVERYBODY)
        annotators.up(PREMIUM_LINE)

    assert cluster.asked == ["gas-annotator", "gas-annotator-premium"]


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), FatalError("forbidden")], ids=["down", "forbidden"]
)
def test_unknown_is_not_none(error: GasError) -> None:
    """An API server that does not tell leaves it unknown, and so does a Deployment that nobody named."""
    annotators = Annotators(Deployments(0, error), {EVERYBODY: "gas-annotator"})

    assert annotators.up(EVERYBODY) is None
    assert annotators.up(PREMIUM_LINE) is None


def test_a_job_at_zero_pods_says_so_to_everybody() -> None:
    """The record, which the web shows, and the resource say WakingAnnotator with the first publication."""
    platform = Platform()
    platform.rules = platform.rules_with(annotators_counted=True)
    platform.annotators_up[EVERYBODY] = False
    platform.restart()

    platform.submit()
    platform.look()

    assert platform.ready == ("False", "WakingAnnotator")
    assert platform.job.reason is not None
    assert platform.job.reason.value == "WakingAnnotator"
    assert platform.phases == ["Pending", "Queued"]


def test_a_premium_users_job_goes_to_the_premium_queue() -> None:
    """Its request is in that queue and in no other; without such annotators it is where everybody's are."""
    depths = {}
    for premium_queue in (True, False):
        platform = Platform(Plan.PREMIUM)
        platform.rules = platform.rules_with(plans=LINED if premium_queue else PLANS)
        platform.restart()
        platform.submit()
        platform.look()
        depths[premium_queue] = [queue.empty() for queue in platform.queues.values()]

    assert depths == {True: [True, False], False: [False, True]}
