"""The controllers as one thing that starts and stops: the lanes and everything that feeds them."""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any, assert_never

import structlog

from gas.bootstrap import Ports
from gas.config import ControllersSettings
from gas.domain.decision import Lane, Rules
from gas.domain.errors import FatalError, GasError
from gas.domain.line import Line
from gas.domain.names import Channel
from gas.domain.overview import PauseCause
from gas.services.forget_account import ForgetAccount
from gas.services.make_pass import SETTLED, Again
from gas.services.remove_uploads import RemoveUploads
from gas.services.send_letter import SendLetter
from gas.services.send_mail import MailLimit, SendMail
from gas.services.serve_user import ServeUser
from gas.services.sign_in import new_secret
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.annotators import Annotators
from gas_controllers.cluster.errors import NotServedError
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.pod_costs import PodCosts
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.cluster.watched_cluster import WatchedCluster
from gas_controllers.health import Health, LoopBeat
from gas_controllers.lanes.consumers import Consumer
from gas_controllers.lanes.glance import Glance
from gas_controllers.lanes.items import (
    Item,
    LetterOwed,
    LookAtJob,
    LookAtUploads,
    LookAtUser,
    MailOwed,
    about,
)
from gas_controllers.lanes.lanes import Lanes
from gas_controllers.lanes.sweep import Periodic, resync, sweep
from gas_controllers.lanes.turns import Turns
from gas_controllers.reconciler import Reconciler
from gas_controllers.telling import metrics
from gas_controllers.telling.overviews import OverviewWriter
from gas_controllers.telling.pass_notes import PassNotes
from gas_controllers.telling.user_notes import UserNotes

log = structlog.get_logger()

COSTS_SECONDS = 1.0
"""How often changed costs are written: the autoscaler looks every 15 seconds."""

COLLECT_SECONDS = 1.0
"""A deletion is looked into a moment later: one that is followed by another resource of that name is none."""

KIND_SECONDS = 1.0
"""How often it is looked whether the kind has come back."""

SAY_SECONDS = 60.0
"""How often the log says that it has not."""

APPLY_IT = (
    "Install the chart again, or apply crds/annotationjobs.gas.io.yaml. Jobs go on by their records, and their resources are "
    "made again from them"
)

STOP_SECONDS = 25.0
"""For the passes under way: shorter than a pod's usual 30 seconds of grace."""


class Controllers:
    """Everything but the watch, which `resource_seen` stands for. `lines` names the annotators' Deployment of each line."""

    def __init__(
        self,
        *,
        ports: Ports,
        cluster: Cluster,
        rules: Rules,
        lines: Mapping[Line, str],
        settings: ControllersSettings,
        public_url: str,
    ) -> None:
        self._cluster = cluster
        self._jobs, self._clock, self._board = ports.jobs, ports.clock, ports.overviews
        self._absences = Absences(settings.absence_limit, settings.absence_seconds)
        self._resources = ResourceCache(self._absences)
        notes = UserNotes()
        self._remove_uploads = RemoveUploads(
            uploads=ports.uploads,
            jobs=ports.jobs,
            users=ports.users,
            objects=ports.objects,
            clock=ports.clock,
            rules=rules,
            onlooker=notes,
        )
        forget_account = ForgetAccount(
            jobs=ports.jobs,
            users=ports.users,
            tokens=ports.tokens,
            quotas=ports.quotas,
            remove_uploads=self._remove_uploads,
            mailer=ports.mailer,
            clock=ports.clock,
            look_at_job=self._look_at_job,
            onlooker=notes,
        )
        self._serve_user = ServeUser(
            ports.jobs, ports.users, ports.clock, forget_account, self._look_at_job, self._start_letter
        )
        self._send_mail = SendMail(
            jobs=ports.jobs,
            users=ports.users,
            mailer=ports.mailer,
            limit=MailLimit(ports.mail_budget, ports.clock, settings.mails_per_hour),
            public_url=public_url,
            plans=rules.plans,
            references=ports.references,
            onlooker=notes,
        )
        self._send_letter = SendLetter(ports.users, ports.mailer, ports.clock, public_url, new_secret, notes)
        self._lanes = Lanes(
            self._work,
            {
                Lane.STATE: settings.state_workers,
                Lane.COPY: settings.copy_workers,
                Lane.MAIL: settings.mail_workers,
            },
            _about,
        )
        annotators = Annotators(cluster, lines)
        self._pod_costs = PodCosts(cluster, ports.clock)
        self._glance = Glance(ports.jobs, ports.users, self._resources, ports.clock, rules)
        self._reconciler = Reconciler.of(
            ports,
            rules,
            cluster=cluster,
            resources=self._resources,
            absences=self._absences,
            annotators_up=annotators.up,
            start_mail=lambda mail: self._lanes.put(mail, Lane.MAIL, patient=True),
            notes=PassNotes(self._resources, Turns(self._put), self._pod_costs, ports.clock, rules.plans),
        )
        put = self._put
        self._consumers = [
            Consumer(c, ports.queue(c), put, ports.jobs.job_with_archive_id, settings.wait_seconds)
            for c in Channel.OTHERS
        ]
        self._sweep = Periodic(
            "sweep",
            settings.sweep_seconds,
            partial(
                sweep,
                ports.jobs,
                ports.users,
                ports.uploads,
                ports.clock,
                partial(self._lanes.put, patient=True),
                failing=self._lanes.failing,
            ),
        )
        self._watched = WatchedCluster(cluster, self._absences.set_back)
        overviews = OverviewWriter(
            board=ports.overviews,
            resources=self._resources,
            absences=self._absences,
            lines=tuple(lines),
            queue=ports.queue,
            dead_letters=ports.dead_letters,
            sweep=self._sweep,
            clock=ports.clock,
            period_seconds=settings.overview_seconds,
            sight=lambda: self._watched.sight,
        )
        # A thread of its own: nothing waits for it, and it may fail.
        self._overview = Periodic("overview", settings.overview_seconds, overviews.write)
        self._resync = Periodic("resync", settings.resync_seconds, self._resync_once, at_once=False)
        self._absences.on_pause = self._pause_begins
        # Twice a window: that the cluster was set back is known before an absence in it is believed.
        looks_seconds = settings.absence_seconds / 2
        cluster_looks = Periodic("cluster-look", looks_seconds, self._watched.look, at_once=False)
        self._periodics = [self._resync, self._sweep, self._overview, cluster_looks]
        if settings.pod_deletion_cost:
            self._periodics.append(Periodic("pod-costs", COSTS_SECONDS, self._pod_costs.write))
        self._resynced_before = False
        self._away = set[str]()
        self._resyncing = threading.Lock()
        self.beat = LoopBeat()
        self.health = Health(self._sweep, self._resync, self._consumers, self._lanes, self.beat)

    def await_kind(self) -> bool:
        """Return once resources can be listed; until then say what is missing, in the log and by the readiness probe.

        True when everything is to be compared now: it had to be waited for, or could not be listed at the start.

        Raises:
            GasError: the API server does not answer, or refuses.
        """
        told, waited = -math.inf, False
        while (missing := self._kind_missing()) is not None:
            waited = True
            self.beat.rest()
            self.health.waits_for = f"{missing}: {APPLY_IT}"
            if time.monotonic() - told > SAY_SECONDS:
                told = time.monotonic()
                log.error("waiting for the AnnotationJob resource", missing=missing, advice=APPLY_IT)
            time.sleep(KIND_SECONDS)
        self.health.waits_for = None
        return waited or not self._resynced_before

    def _kind_missing(self) -> str | None:
        try:
            self._cluster.serves()
            self._resources.home = self._cluster.home()
        except NotServedError as error:
            self._resources.home = None
            return str(error)
        return "it is being deleted" if self._resources.home.terminating else None

    def begin_watch(self, end: Callable[[], None]) -> None:
        """Note in which cluster a watch begins, and how it is ended when the cluster is another one."""
        self._watched.begin(end)

    def compare(self) -> None:
        """Compare everything anew, after the watch was cut: what it did not tell of is found."""
        try:
            self._resync_once()
        except GasError as error:
            log.warning("resources cannot be compared now", error=str(error))

    def start(self) -> None:
        """Start everything. The first listing comes before the first pass, so that no resource seems absent.

        Where there is no kind that could be listed, jobs go on by their records, and `compare` makes up for it later.

        Raises:
            GasError: the API server or the store does not answer, or refuses.
        """
        self._resume()
        listed: list[LookAtJob] = []
        try:
            # First, so that nothing is taken for deleted that a backup never had.
            self._watched.look()
            self._resync_once(listed.append)
        except NotServedError as error:
            self._resources.home = None
            self._absences.uncounted()
            log.warning("jobs go on by their records", missing=str(error))
        self._lanes.start()
        first_look = threading.Thread(target=self._look_first, args=(listed,), name="first-look", daemon=True)
        for thread in (first_look, *self._periodics, *self._consumers):
            thread.start()

    def _resume(self) -> None:
        """Go on with what the controllers before these saw, and with their pause; what cannot be read may have been one."""
        try:
            overview = self._board.read()
        except FatalError as error:
            log.warning("no absence is believed before all are counted anew", error=str(error))
            self._absences.resume_pause(None)
            return
        if overview is None:
            return
        self._watched.resume(overview.sight)
        if overview.absences_paused:
            self._absences.resume_pause(overview.absence_limit, overview.pause_cause or PauseCause.MANY)

    def _pause_begins(self) -> None:
        """Write the pause down at once, for whoever starts next goes on with it."""
        self._overview.wake()
        if self._absences.cause is PauseCause.SET_BACK:
            # The watch told of nothing that is missing by it.
            self._resync.wake()

    def stop(self) -> None:
        """Take no more work and wait for the passes under way; what is left is still due in the records."""
        for periodic in self._periodics:
            periodic.stop()
        for consumer in self._consumers:
            consumer.stop()
        self._lanes.stop(STOP_SECONDS)

    def resource_seen(self, event_type: str | None, body: dict[str, Any]) -> None:
        """Note what the watch said of a resource, and ask for a pass when it is news."""
        metrics.WATCH_LAST_EVENT.set_to_current_time()
        name = body["metadata"]["name"]
        if event_type == "DELETED":
            if self._resources.removed(name):
                self._lanes.put(LookAtJob(name), delay_seconds=COLLECT_SECONDS)
        elif self._resources.observe(body):
            self._put(LookAtJob(name))

    def _look_first(self, listed: Iterable[LookAtJob]) -> None:
        # Everything is news at the start, and nearly everything at rest.
        for name in self._glance.unsettled(item.job_id for item in listed):
            self._put(LookAtJob(name))

    def _resync_once(self, put: Callable[[LookAtJob], None] | None = None) -> None:
        with self._resyncing:
            resync(
                self._cluster,
                self._resources,
                self._jobs,
                put or self._put,
                self._clock.now(),
                first=not self._resynced_before,
                away=self._away,
            )
            self._resynced_before = True

    def _put(self, item: Item) -> None:
        self._lanes.put(item)

    def _look_at_job(self, job_id: str) -> None:
        self._lanes.put(LookAtJob(job_id))

    def _start_letter(self, user_id: str) -> None:
        self._lanes.put(LetterOwed(user_id), Lane.MAIL, patient=True)

    def _work(self, item: Hashable, lane: Lane) -> Again:
        assert isinstance(item, Item)
        match item:
            case LookAtJob():
                return self._reconciler.look_at(item, lane)
            case LookAtUser(user_id):
                return self._serve_user(user_id)
            case LookAtUploads(user_id):
                self._remove_uploads(user_id)
            case LetterOwed(user_id):
                self._send_letter(user_id)
            case MailOwed(job_id, mail):
                self._send_mail(job_id, mail)
            case _:
                assert_never(item)
        return SETTLED


def _about(item: Hashable) -> dict[str, str]:
    assert isinstance(item, Item)
    return about(item)
