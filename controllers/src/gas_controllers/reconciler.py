"""Makes passes over jobs on the lanes, and measures them; and puts together what passes are made with."""

import time
from collections.abc import Callable
from typing import Self

from gas import tracing
from gas.bootstrap import Ports
from gas.domain.decision import Lane, Rules
from gas.domain.line import Line
from gas.domain.names import Bucket
from gas.domain.owed_mails import OwedMail
from gas.services.find_shared_files import FindSharedFiles
from gas.services.has_turn import HasTurn
from gas.services.make_pass import Again, MakePass
from gas.services.read_fact import ReadFact
from gas.services.run_effect import RunEffect
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.cluster.world import ClusterWorld
from gas_controllers.lanes.items import LookAtJob, MailOwed
from gas_controllers.telling import metrics
from gas_controllers.telling.pass_notes import PassNotes
from gas_controllers.telling.status_writer import StatusWriter


class Reconciler:
    """Takes jobs through their states. `look_at` is safe to call at any time, any number of times."""

    def __init__(self, make_pass: MakePass) -> None:
        self._make_pass = make_pass

    @classmethod
    def of(
        cls,
        ports: Ports,
        rules: Rules,
        *,
        cluster: Cluster,
        resources: ResourceCache,
        absences: Absences,
        annotators_up: Callable[[Line], bool | None],
        start_mail: Callable[[MailOwed], None],
        notes: PassNotes,
    ) -> Self:
        """One over these ports and this cluster, whose resources the cache and the absences know."""
        read_fact = ReadFact(
            objects=ports.objects,
            archive=ports.archive,
            references=ports.references,
            queue=ports.queue,
            annotators_up=annotators_up,
            has_turn=HasTurn(ports.quotas, ports.jobs, rules.jobs_in_line),
            shared_files=FindSharedFiles(ports.jobs),
        )
        run_effect = RunEffect(
            objects=ports.objects,
            archive=ports.archive,
            publisher=ports.publisher,
            results_bucket=ports.names.bucket(Bucket.RESULTS),
            onlooker=notes,
        )
        world = ClusterWorld(
            read_fact=read_fact,
            run_effect=run_effect,
            cluster=cluster,
            resources=resources,
            absences=absences,
            status=StatusWriter(cluster, resources, ports.clock, ports.names.namespace, rules.plans),
            names=ports.names,
            clock=ports.clock,
        )

        def start(job_id: str, mail: OwedMail) -> None:
            start_mail(MailOwed(job_id, mail))

        return cls(
            MakePass(
                jobs=ports.jobs,
                users=ports.users,
                world=world,
                rules=rules,
                clock=ports.clock,
                start_mail=start,
                begin_trace=_begin_trace,
                onlooker=notes,
            )
        )

    def look_at(self, item: LookAtJob, lane: Lane) -> Again:
        """Make one pass; say when, and on which lane, the job is to be looked at again.

        Raises:
            GasError: something outside failed; the pass is to be made again.
        """
        started = time.monotonic()
        again = self._make_pass(item.job_id, lane)
        metrics.RECONCILES.labels("settled" if again.delay_seconds else "handed-over").inc()
        metrics.RECONCILE_SECONDS.observe(time.monotonic() - started)
        return again


def _begin_trace() -> str | None:
    tracing.begin()
    return tracing.traceparent()
