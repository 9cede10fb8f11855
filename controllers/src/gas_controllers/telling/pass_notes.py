"""Looks on while passes are made: counts, measures, traces, and notes who waits for what and who needs a person."""

import structlog

from gas import tracing
from gas.domain.decision import Decision, Effect, PublishRequest
from gas.domain.errors import GasError, NotTakenError
from gas.domain.explanation import Reader, explain
from gas.domain.job import Job, JobStatus
from gas.domain.line import Line
from gas.domain.plan import Plans
from gas.domain.reasons import Reason
from gas.domain.retrieval_policies import out_of_tries
from gas.domain.spec import RetrievalTier
from gas.ports.clock import Clock
from gas_controllers.cluster.pod_costs import PodCosts
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.lanes.turns import Turns
from gas_controllers.telling import metrics
from gas_controllers.telling.stopwatch import Stopwatch

log = structlog.get_logger()


class PassNotes:
    """Implements `PassOnlooker`."""

    def __init__(
        self, resources: ResourceCache, turns: Turns, pod_costs: PodCosts, clock: Clock, plans: Plans
    ) -> None:
        self._resources = resources
        self._turns = turns
        self._pod_costs = pod_costs
        self._clock = clock
        self._plans = plans
        self._stopwatch = Stopwatch()

    def found(self, job: Job) -> None:
        """Let the pass be a part of the trace of the job's life."""
        tracing.join(job.traceparent)

    def taken_up(self, job: Job) -> None:
        """Note where the job stands, whoever brought it there."""
        self._pod_costs.note(job)
        self._turns.note(job)
        self._stopwatch.note(job)
        if job.status is JobStatus.PENDING:
            # Before anything can fail: a job that cannot be accepted commits nothing that would tell of it.
            self._resources.note(job)

    def stepped(self, before: Job, after: Job, decision: Decision, line: Line) -> None:
        """Note what a committed step was, for those who look at the whole."""
        self._resources.note(after, line=line)
        self._turns.note(after)
        self._stopwatch.note(after)
        for effect in decision.effects:
            if isinstance(effect, PublishRequest) and after.reason is Reason.WAKING_ANNOTATOR:
                self._stopwatch.woke(after, self._clock.now(), line=effect.line)
        _count(before, after, decision, self._plans)

    def overtaken(self) -> None:
        """Count it."""
        metrics.RECONCILES.labels("conflict").inc()

    def without_resource(self, job: Job, error: NotTakenError) -> None:
        """Say which job it is."""
        # That there is no kind is said once, by who waits for it, and not of every job every minute.
        write = log.warning if error.refused else log.debug
        write("job goes on without its resource", job_id=job.job_id, error=str(error))

    def effect_failed(self, effect: Effect, job: Job, error: GasError) -> None:
        """Say what failed."""
        log.warning("effect failed", effect=type(effect).__name__, job_id=job.job_id, error=str(error))

    def retrieval_asked(self, tier: RetrievalTier, error: GasError | None) -> None:
        """Count it by what the archive said."""
        outcome = "accepted" if error is None else type(error).__name__
        metrics.RETRIEVALS.labels(tier.value, outcome).inc()


def _lost(job: Job) -> tuple[str, ...]:
    return () if job.result is None else tuple(output.value for output in job.result.lost)


def _count(before: Job, after: Job, decision: Decision, plans: Plans) -> None:
    """Count what a committed step was, and say when it left something that only a person can put right."""
    if after.status is not before.status:
        metrics.TRANSITIONS.labels(before.status.value, after.status.value).inc()
    lost = after.look_for_result is not None and before.look_for_result is None
    gave_up = _lost(after) if _lost(after) != _lost(before) else ()
    if gave_up:
        log.warning("files of a result are lost", job_id=after.job_id, files=gave_up)
    if decision.drift or lost or gave_up:
        metrics.DRIFT.labels("bytes").inc()
    refused = after.refusal is not None and before.refusal is None
    for kind, given_up in (
        ("result", lost),
        ("storage", refused),
        ("retrieval", out_of_tries(after) and not out_of_tries(before)),
    ):
        if given_up:
            metrics.GAVE_UP.labels(kind).inc()
            why = explain(after, plans, reader=Reader.OPERATOR)
            log.error("job needs a person", job_id=after.job_id, kind=kind, why=why)
