"""The controllers and an annotator over in-memory ports: a whole platform that a test moves by hand."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryMailer, InMemoryPublisher, InMemoryQueue
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore
from gas.adapters.memory.quotas import InMemoryQuotaStore
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.decision import Lane, Rules
from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import attempt_keys
from gas.domain.names import Channel, Names
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import Intents
from gas.domain.spec import JobPolicy
from gas.services.has_turn import HasTurn
from gas_controllers import manifests
from gas_controllers.absences import Absences
from gas_controllers.effects import World
from gas_controllers.items import LookAtJob, MailOwed
from gas_controllers.mails import MailLimit, MailSender
from gas_controllers.pod_costs import PodCosts
from gas_controllers.reconciler import Reconciler
from gas_controllers.resource_cache import ResourceCache
from gas_controllers.status_writer import StatusWriter
from gas_controllers.turns import Turns
from tests.support.crashes import Crashes
from tests.support.fake_cluster import FakeCluster
from tests.support.jobs import INPUT, JOB_ID, NOW, PREFIX, RESULT, RESULTS, RULES, USER

CONTENT = b"annotated"
LEASE = timedelta(minutes=1)
WINDOW = 60.0


class Platform:
    """One installation with one user. `restart` stands for a new process of the controllers."""

    def __init__(self, plan: Plan = Plan.FREE) -> None:
        self.clock = FakeClock(NOW)
        self.jobs, self.users = InMemoryJobStore(), InMemoryUserStore()
        self.objects = InMemoryObjectStore()
        self.archive = InMemoryArchive(self.objects, self.clock)
        lines = (Channel.JOB_REQUESTS, Channel.PREMIUM_REQUESTS)
        self.queues = {channel: InMemoryQueue(channel, self.clock) for channel in lines}
        self.requests = self.queues[Channel.JOB_REQUESTS]
        self.publisher = InMemoryPublisher(self.queues)
        self.annotators_up: dict[Channel, bool | None] = {}
        self.quotas = InMemoryQuotaStore()
        self.next_turns: list[LookAtJob] = []
        self.rules = RULES
        self.mailer = InMemoryMailer()
        self.cluster = FakeCluster(self.clock)
        self.mails: list[MailOwed] = []
        self.mails_wait = False
        self.users.create(
            User(
                USER,
                "ada@example.org",
                "Ada",
                PlanStanding(plan, NOW - timedelta(days=1)),
                email_confirmed=True,
            )
        )
        self.objects.put(INPUT.bucket, INPUT.key, b"vcf")
        self.restart()

    def restart(self, crashes: Crashes | None = None, absence_limit: int = 50) -> None:
        """Fresh controllers, which list what is in the cluster; with `crashes` all their calls are counted."""
        seen = crashes.proxy if crashes is not None else lambda port: port
        names = Names("gas")
        self.absences = Absences(absence_limit, WINDOW, lambda: self.clock.now().timestamp())
        self.resources = ResourceCache(self.absences)
        self.resources.home = self.cluster.home() if self.cluster.served else None
        if self.cluster.served:
            for body in self.cluster.list_all():
                self.resources.observe(body)
        else:
            self.absences.uncounted()
        cluster = seen(self.cluster)
        self.mails.clear()
        self.pod_costs = PodCosts(cluster, self.clock)
        self._mail_sender = MailSender(
            seen(self.jobs),
            seen(self.users),
            seen(self.mailer),
            MailLimit(InMemoryMailBudget(), self.clock, 1000),
            "https://gas.example.org",
        )
        self.reconciler = Reconciler(
            jobs=seen(self.jobs),
            users=seen(self.users),
            world=World(
                objects=seen(self.objects),
                archive=seen(self.archive),
                publisher=seen(self.publisher),
                queue=lambda channel: seen(self.queues[channel]),
                annotators_up=self.annotators_up.get,
                has_turn=HasTurn(seen(self.quotas), seen(self.jobs), self.rules.jobs_in_line),
                cluster=cluster,
                resources=self.resources,
                names=names,
                clock=self.clock,
            ),
            status=StatusWriter(cluster, self.resources, self.clock, names.namespace),
            absences=self.absences,
            rules=self.rules,
            clock=self.clock,
            turns=Turns(self.next_turns.append),
            start_mail=self._start_mail,
            seen=self.pod_costs.note,
        )

    def rules_with(self, **changes: Any) -> Rules:
        """The rules with changes, to be set before a restart."""
        return replace(self.rules, **changes)

    def _start_mail(self, item: MailOwed) -> None:
        if item not in self.mails:
            self.mails.append(item)

    @property
    def job(self) -> Job:
        """The record as it is."""
        job = self.jobs.get(JOB_ID)
        assert job is not None
        return job

    @property
    def status(self) -> dict[str, Any]:
        """What the resource shows."""
        shown = self.cluster.resources[JOB_ID]["status"]
        assert isinstance(shown, dict)
        return shown

    @property
    def ready(self) -> tuple[str, str]:
        """Status and reason of the Ready condition that is shown."""
        (condition,) = (c for c in self.status["conditions"] if c["type"] == "Ready")
        return condition["status"], condition["reason"]

    @property
    def phases(self) -> list[str]:
        """The phases that were shown, one for every write."""
        return [status["phase"] for status in self.cluster.written]

    def submit(self, **policy: Any) -> None:
        """The web's door: a record, with what the web saw of the file."""
        found = self.objects.head(INPUT.bucket, INPUT.key)
        self.jobs.create(
            created(
                Job(
                    JOB_ID,
                    USER,
                    INPUT,
                    "grch38",
                    self.clock.now(),
                    JobPolicy(**policy),
                    submitted_etag=found.etag if found else None,
                )
            )
        )

    def apply(self, **spec: Any) -> None:
        """The cluster's door: a resource."""
        job = Job(JOB_ID, USER, INPUT, "grch38", self.clock.now())
        manifest = manifests.annotation_job(job, "gas", self.clock.now())
        manifest["spec"] |= spec
        self.cluster.create(manifest)
        self.watch()

    def watch(self) -> None:
        """What the watch would tell of the resource now."""
        body = self.cluster.get(JOB_ID)
        if body is None:
            self.resources.doubt(JOB_ID)
        else:
            self.resources.observe(body)

    def edit(self, **spec: Any) -> None:
        """Edit the resource's spec."""
        self.cluster.edit(JOB_ID, **spec)
        self.watch()

    def intend(self, **intents: Any) -> None:
        """An intent from the web."""
        self.jobs.add_intents(JOB_ID, Intents(**intents), self.clock.now())

    def look(self) -> float:
        """One pass over all its lanes, that of the mails too; the seconds until the next."""
        lane = Lane.STATE
        while True:
            again = self.reconciler.look_at(LookAtJob(JOB_ID), lane)
            if not self.mails_wait:
                self.send_mails()
            if again.delay_seconds > 0:
                return again.delay_seconds
            lane = again.lane

    def claim(self) -> Job:
        """An annotator takes the job."""
        return self.jobs.commit(self.job, self.job.claimed("annotator-0", self.clock.now(), LEASE))

    def finish(self) -> None:
        """The annotator stores what it made and finishes."""
        held = self.job
        keys = attempt_keys(PREFIX, USER, JOB_ID, "a.vcf", held.fence)
        for output in keys:
            self.objects.put(RESULTS, keys[output], CONTENT)
        result = replace(
            RESULT,
            **{
                name: getattr(RESULT, name).replace("~f1~", f"~f{held.fence}~")
                for name in (
                    *("key", "log_key", "preview_key", "statistics_key", "provenance_key"),
                    *("index_key", "table_key", "problems_key", "summary_key"),
                )
            },
            size_bytes=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
        )
        self.jobs.finish(held, held.finished_with(result, self.clock.now()))

    def complete(self, **policy: Any) -> None:
        """Submit and go on until the result is downloadable."""
        self.submit(**policy)
        self.look()
        self.claim()
        self.look()
        self.finish()
        self.look()

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, sweeping whenever something is due."""
        end = self.clock.now() + span
        while (due := self.job.due) is not None and due <= end:
            self.clock.set(max(due, self.clock.now()))
            self.look()
        self.clock.set(end)

    def change_plan(self, plan: Plan) -> None:
        """A plan change, and what `PlanChanges` does about it."""
        self.users.change_plan(USER, plan, self.clock.now())
        self.jobs.make_due(JOB_ID, self.clock.now())

    def send_mails(self) -> list[str]:
        """One round of the mail lane; the subjects of all mails that were ever sent. What fails waits for the next."""
        for item in tuple(self.mails):
            self.mails.remove(item)
            try:
                self._mail_sender.send(item)
            except GasError:
                self.mails.append(item)
        return [mail.subject for mail in self.mailer.sent]

    @property
    def hot(self) -> bool:
        """True when the right bytes are at the result's place."""
        return self._content(self.objects.objects.get((RESULTS, self._key)))

    @property
    def cold(self) -> bool:
        """True when the right bytes are in the archive."""
        copy = self.archive.look(RESULTS, f"archive/{self._key}")
        return copy is not None and copy.size_bytes == len(CONTENT)

    @property
    def _key(self) -> str:
        result = self.job.result
        return result.key if result is not None else RESULT.key

    def _content(self, stored: Any) -> bool:
        return stored is not None and stored.content == CONTENT

    def assert_safe(self) -> None:
        """The bytes are where the record says, unless somebody wants them gone."""
        job = self.job
        if job.intents.delete_requested is not None:
            return
        if job.status in {JobStatus.COMPLETED, JobStatus.RESTORED}:
            assert self.hot
        if job.archived:
            assert job.archive_id is not None
            assert self.cold

    def try_look(self) -> GasError | None:
        """One pass that may fail; the error."""
        try:
            self.look()
        except GasError as error:
            return error
        return None


def at(moment: datetime) -> str:
    """A time as the resource shows it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
