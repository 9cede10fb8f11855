"""How controllers start: what they go on with, and what they do where there is no kind of resource."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryQueue
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.adapters.memory.uploads import InMemoryUploadStore
from gas.bootstrap import Ports
from gas.config import ControllersSettings
from gas.domain.errors import FatalError
from gas.domain.job import JobStatus
from gas.domain.names import Names
from gas.domain.overview import Overview, PauseCause
from gas.domain.record import ClusterSight, ResourceState
from gas_controllers.cluster.absences import FEW
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.controllers import Controllers
from tests.support.by_hand import UNREADABLE, write_by_hand
from tests.support.fake_cluster import Backup
from tests.support.jobs import JOB_ID, RULES
from tests.support.plans import CHANNELS, LINES
from tests.support.platform import Platform
from tests.support.waiting import until


class Started:
    """Controllers over a platform in memory."""

    def __init__(self, **settings: Any) -> None:
        self.platform = Platform()
        self.board = InMemoryOverviewBoard()
        self.settings = ControllersSettings(
            sweep_seconds=1, wait_seconds=0, pod_deletion_cost=False, **settings
        )

    @contextmanager
    def controllers(self) -> Iterator[Controllers]:
        """New ones, stopped in the end."""
        platform, nothing = self.platform, cast("Any", None)
        queues = {c: InMemoryQueue(c, platform.clock) for c in CHANNELS} | platform.queues
        dead = {c: InMemoryQueue(c, platform.clock) for c in CHANNELS}
        controllers = Controllers(
            ports=Ports(
                jobs=platform.jobs,
                users=platform.users,
                sessions=nothing,
                tokens=nothing,
                payments=nothing,
                quotas=nothing,
                uploads=InMemoryUploadStore(),
                bulletins=nothing,
                overviews=self.board,
                links=nothing,
                objects=platform.objects,
                archive=platform.archive,
                references=platform.references,
                publisher=platform.publisher,
                mailer=platform.mailer,
                mail_budget=InMemoryMailBudget(),
                queue=queues.__getitem__,
                dead_letters=dead.__getitem__,
                clock=platform.clock,
                names=Names("gas"),
                key_prefix=RULES.key_prefix,
            ),
            cluster=cast("Cluster", platform.cluster),
            rules=RULES,
            lines=dict.fromkeys(LINES, ""),
            settings=self.settings,
            public_url="https://gas.example.org",
        )
        try:
            yield controllers
        finally:
            controllers.stop()

    def missing(self, count: int) -> None:
        """So many jobs whose resources are gone."""
        platform = self.platform
        platform.submit()
        platform.look()
        job = platform.job
        for number in range(1, count):
            platform.jobs.create(replace(job, job_id=f"other-{number}"))
        platform.cluster.resources.clear()

    def backups_around_a_job(self) -> tuple[Backup, Backup]:
        """The cluster before a job was submitted, and after."""
        before = self.platform.cluster.back_up()
        self.platform.submit()
        self.platform.look()
        return before, self.platform.cluster.back_up()

    def set_back_to(self, backup: Backup, controllers: Controllers) -> None:
        """Set the cluster back below running controllers, which find that one resource is missing."""
        self.platform.cluster.set_back(backup)
        controllers._watched.look()
        until(lambda: controllers._absences.count == 1)


def test_without_the_kind_jobs_go_on_and_get_their_resources_with_it() -> None:
    """Controllers that start while the CRD is gone sweep and work; when it is there, they compare and make what lacks."""
    started = Started()
    platform = started.platform
    platform.cluster.served = False
    with started.controllers() as controllers:
        controllers.start()
        platform.submit()
        until(lambda: platform.job.status is JobStatus.QUEUED)
        early = platform.job.resource.state, controllers._absences.calm

        platform.cluster.served = True
        assert controllers.await_kind()
        controllers.compare()
        platform.clock.advance(RULES.second_look)
        until(lambda: platform.job.resource.state is ResourceState.PRESENT)

    assert early == (ResourceState.NEVER, False)
    assert JOB_ID in platform.cluster.resources


@pytest.mark.parametrize(("limit", "paused"), [(2, True), (3, False)], ids=["same-limit", "raised"])
def test_a_restart_is_no_decision(limit: int, *, paused: bool) -> None:
    """A pause goes on with the next controllers although few are missing by then; a higher limit counts them anew."""
    started = Started(absence_limit=2)
    started.missing(3)
    with started.controllers() as controllers:
        controllers.start()
        until(lambda: _paused(started.board.read()))
    # Somebody applies one again, so that two are left: no more than the limit.
    started.platform.apply()
    started.settings = started.settings.model_copy(update={"absence_limit": limit})

    with started.controllers() as controllers:
        controllers.start()

        assert controllers._absences.count == 2
        assert controllers._absences.paused is paused


@pytest.mark.parametrize("count", [4, 5])
def test_all_that_there_was_is_gone(count: int) -> None:
    """A handful may have been deleted; five that were all are too many, however far from the limit."""
    started = Started()
    started.missing(count)
    with started.controllers() as controllers:
        controllers.start()

        assert controllers._absences.count == count
        assert controllers._absences.cause is (PauseCause.MOST if count > FEW else None)


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "all-there"])
def test_a_cluster_that_was_set_back_while_no_controllers_ran(*, missing: bool) -> None:
    """The last overview says how far it had come: what its backup lacks waits for a person, and nothing else does."""
    started = Started()
    before, after = started.backups_around_a_job()
    with started.controllers() as controllers:
        controllers.start()
        until(lambda: _sight(started.board.read()) is not None)

    started.platform.cluster.set_back(before if missing else after)
    with started.controllers() as controllers:
        controllers.start()
        cause, absent = controllers._absences.cause, controllers._absences.count

    assert cause is (PauseCause.SET_BACK if missing else None)
    assert absent == missing


def test_a_cluster_that_is_set_back_is_compared_at_once() -> None:
    """Not only when the next comparison is due: until then nobody knows what is missing."""
    started = Started()
    before, _ = started.backups_around_a_job()
    with started.controllers() as controllers:
        controllers.start()

        started.set_back_to(before, controllers)

        assert controllers._absences.cause is PauseCause.SET_BACK


def test_a_pause_ends_though_it_is_found_again_that_the_cluster_was_set_back() -> None:
    """A pass over a job that was edited finds so after the comparison: everything is compared once more, and at once."""
    started = Started()
    before, after = started.backups_around_a_job()
    with started.controllers() as controllers:
        controllers.start()
        started.set_back_to(before, controllers)

        started.platform.cluster.set_back(after)
        controllers._absences.set_back()

        until(lambda: controllers._absences.cause is None)


def test_an_overview_that_cannot_be_read_is_taken_for_a_pause() -> None:
    """A newer release may have written it: the controllers start, and believe no absence before all are counted."""
    started = Started(absence_limit=2)

    def refuse() -> None:
        raise FatalError("The overview was written by a newer GAS.")

    started.board.read = refuse  # type: ignore[method-assign]
    with started.controllers() as controllers:
        controllers._resume()

        assert controllers._absences.paused


@pytest.mark.parametrize("attributes", UNREADABLE)
def test_one_record_that_cannot_be_read_stops_nobody_else(attributes: dict[str, Any]) -> None:
    """Its resource is not in the cluster: the controllers start, other jobs move, and its own pass says what is wrong."""
    started = Started()
    platform = started.platform
    platform.submit()
    platform.look()
    later = platform.clock.now() + RULES.second_look
    platform.jobs.create(replace(platform.job, job_id="broken", due=later))
    write_by_hand(platform.jobs, "broken", attributes)
    with capture_logs() as logs, started.controllers() as controllers:
        controllers.start()
        until(lambda: any(_failed(line) for line in logs))
        platform.intend(cancel_requested=platform.clock.now())
        until(lambda: platform.job.status is JobStatus.CANCELLED)

        assert {line["job_id"] for line in logs if _failed(line)} == {"broken"}
        assert controllers._absences.count == 0
    assert list(platform.cluster.resources) == [JOB_ID]


def _failed(line: Mapping[str, Any]) -> bool:
    return line.get("outcome") == "failed"


def _sight(overview: Overview | None) -> ClusterSight | None:
    return None if overview is None else overview.sight


def _paused(overview: Overview | None) -> bool:
    return overview is not None and overview.absences_paused
