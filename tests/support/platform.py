"""The controllers and an annotator over in-memory ports: a whole platform that a test moves by hand."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryMailer, InMemoryPublisher, InMemoryQueue
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore
from gas.adapters.memory.quotas import InMemoryQuotaStore
from gas.adapters.memory.references import InMemoryReferences
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.bootstrap import memory_ports
from gas.domain.decision import Lane, Rules
from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus, created
from gas.domain.keys import attempt_keys
from gas.domain.line import Line
from gas.domain.names import Channel, Names
from gas.domain.outputs import Output
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import Intents, Result
from gas.domain.spec import JobPolicy
from gas.services.send_mail import MailLimit, SendMail
from gas_controllers.cluster import manifests
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.pod_costs import PodCosts
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.lanes.items import LookAtJob, MailOwed
from gas_controllers.lanes.sweep import resync
from gas_controllers.lanes.turns import Turns
from gas_controllers.reconciler import Reconciler
from gas_controllers.telling.pass_notes import PassNotes
from gas_controllers.telling.user_notes import UserNotes
from tests.support.crashes import Crashes
from tests.support.fake_cluster import FakeCluster
from tests.support.jobs import INPUT, JOB_ID, NOW, PREFIX, RESULT, RESULTS, RULES, USER, stored
from tests.support.plans import LINES

CONTENT = b"annotated"
LEASE = timedelta(minutes=1)
WINDOW = 60.0


class Platform:
    """One installation with one user. `restart` stands for a new process of the controllers."""

    def __init__(self, plan: Plan = Plan.FREE, archive: type[InMemoryArchive] = InMemoryArchive) -> None:
        self.clock = FakeClock(NOW)
        self.jobs, self.users = InMemoryJobStore(), InMemoryUserStore()
        self.objects = InMemoryObjectStore()
        self.archive = archive(self.objects, self.clock)
        self.queues = {line.channel: InMemoryQueue(line.channel, self.clock) for line in LINES}
        self.requests = self.queues[Channel.JOB_REQUESTS]
        self.publisher = InMemoryPublisher(self.queues)
        self.annotators_up: dict[Line, bool | None] = {}
        self.quotas = InMemoryQuotaStore()
        self.next_turns: list[LookAtJob] = []
        self.references = InMemoryReferences(self.clock)
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
        self._send_mail = SendMail(
            jobs=seen(self.jobs),
            users=seen(self.users),
            mailer=seen(self.mailer),
            limit=MailLimit(InMemoryMailBudget(), self.clock, 1000),
            public_url="https://gas.example.org",
            plans=self.rules.plans,
            references=self.references,
            onlooker=UserNotes(),
        )
        ports = replace(
            memory_ports(self.clock, Names("gas")),
            jobs=seen(self.jobs),
            users=seen(self.users),
            objects=seen(self.objects),
            archive=seen(self.archive),
            references=seen(self.references),
            publisher=seen(self.publisher),
            queue=lambda channel: seen(self.queues[channel]),
            quotas=seen(self.quotas),
        )
        self.notes = PassNotes(
            self.resources, Turns(self.next_turns.append), self.pod_costs, self.clock, self.rules.plans
        )
        self.reconciler = Reconciler.of(
            ports,
            self.rules,
            cluster=cluster,
            resources=self.resources,
            absences=self.absences,
            annotators_up=self.annotators_up.get,
            start_mail=self._start_mail,
            notes=self.notes,
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
                    "rCRS",
                    self.clock.now(),
                    JobPolicy(**policy),
                    submitted_etag=found.etag if found else None,
                )
            )
        )

    def apply(self, **spec: Any) -> None:
        """The cluster's door: a resource."""
        job = Job(JOB_ID, USER, INPUT, "rCRS", self.clock.now())
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

    def compare(self) -> None:
        """The comparison of everything that the controllers make now and then; it asks for passes over nothing."""
        resync(
            cast("Cluster", self.cluster),
            self.resources,
            self.jobs,
            lambda _: None,
            self.clock.now(),
            first=False,
            away=set(),
        )

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
        for key in keys.values():
            self.objects.put(RESULTS, key, CONTENT)
        result = replace(RESULT, outputs=stored(keys, len(CONTENT), hashlib.sha256(CONTENT).hexdigest()))
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
        """A plan change, and what `ServeUser` does about it."""
        self.users.change_plan(USER, plan, self.clock.now())
        self.jobs.make_due(JOB_ID, self.clock.now())

    def send_mails(self) -> list[str]:
        """One round of the mail lane; the subjects of all mails that were ever sent. What fails waits for the next."""
        for item in tuple(self.mails):
            self.mails.remove(item)
            try:
                self._send_mail(item.job_id, item.mail)
            except GasError:
                self.mails.append(item)
        return [mail.subject for mail in self.mailer.sent]

    @property
    def hot(self) -> bool:
        """True when the right bytes of every file that goes to the archive are at its own place."""
        found = (self.objects.objects.get((RESULTS, each.key)) for each in self._result.archivable.values())
        return all(stored is not None and stored.content == CONTENT for stored in found)

    @property
    def cold(self) -> bool:
        """True when the right bytes of each are in the archive, under the ids that the record knows."""
        copies = self._result.copies
        found = (self.archive.look(RESULTS, archive_id) for archive_id in copies.values())
        right = all(copy is not None and copy.size_bytes == len(CONTENT) for copy in found)
        return right and len(copies) == len(self._result.archivable)

    @property
    def copies(self) -> int:
        """How many copies are in the archive, recorded or not."""
        return len(self.archive._archived)

    def lose_copies(self, *outputs: Output) -> None:
        """Somebody deletes the archived copies of these files, or of all."""
        for output, archive_id in self._result.copies.items():
            if output in outputs or not outputs:
                self.archive.delete(RESULTS, archive_id)

    @property
    def _result(self) -> Result:
        return self.job.result or RESULT

    def assert_safe(self) -> None:
        """The bytes are where the record says, unless somebody wants them gone."""
        job = self.job
        if job.intents.delete_requested is not None:
            return
        if job.status in {JobStatus.COMPLETED, JobStatus.RESTORED}:
            assert self.hot
        if job.archived:
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
