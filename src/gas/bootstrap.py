"""The composition root: the one place that chooses between AWS and memory, and that turns settings into ports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

from gas.adapters.aws.archive_s3 import S3Archive
from gas.adapters.aws.bucket_cautions import cautions_of
from gas.adapters.aws.bucket_rules import bucket_specs
from gas.adapters.aws.bulletins_dynamodb import DynamoBulletinBoard
from gas.adapters.aws.clock_aws import AwsClock
from gas.adapters.aws.encryption import Encryption
from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.aws.links_s3 import S3Links
from gas.adapters.aws.mail_budget_dynamodb import DynamoMailBudget
from gas.adapters.aws.mailer_ses import SesMailer
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.adapters.aws.overviews_dynamodb import DynamoOverviewBoard
from gas.adapters.aws.publisher_sns import SnsPublisher, TopicArns
from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.aws.quotas_dynamodb import DynamoQuotaStore
from gas.adapters.aws.references_s3 import S3References
from gas.adapters.aws.session import COPY_READ_SECONDS, HASTY_READ_SECONDS, POLL_READ_SECONDS, AwsClients
from gas.adapters.aws.sessions_dynamodb import DynamoAccessTokenStore, DynamoSessionStore
from gas.adapters.aws.uploads_dynamodb import DynamoUploadStore
from gas.adapters.aws.users_dynamodb import DynamoUserStore
from gas.adapters.memory.bulletins import InMemoryBulletinBoard
from gas.adapters.memory.links import InMemoryLinks
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryMailer, InMemoryPublisher, InMemoryQueue
from gas.adapters.memory.objects import InMemoryArchive, InMemoryObjectStore
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.adapters.memory.quotas import InMemoryQuotaStore
from gas.adapters.memory.references import InMemoryReferences
from gas.adapters.memory.sessions import InMemoryAccessTokenStore, InMemorySessionStore
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.adapters.memory.uploads import InMemoryUploadStore
from gas.adapters.no_payments import NoPayments
from gas.adapters.one_click_payments import OneClickPayments
from gas.config import FREE_WORD, PREMIUM_WORD, FurtherPlan, PaymentsChoice, Settings
from gas.domain.errors import GasError
from gas.domain.line import EVERYBODY, Line, channels_of
from gas.domain.names import Bucket, Channel, Names, Table
from gas.domain.plan import Plan, Plans, PlanTerms
from gas.lines import further_lines
from gas.ports.bulletins import BulletinBoard
from gas.ports.clock import Clock
from gas.ports.links import Links
from gas.ports.mail_budget import MailBudget
from gas.ports.messaging import Mailer, MessageQueue, Publisher
from gas.ports.objects import Archive, ObjectStore
from gas.ports.overviews import OverviewBoard
from gas.ports.payments import Payments
from gas.ports.quotas import QuotaStore
from gas.ports.references import PublishedReferences
from gas.ports.sessions import AccessTokenStore, SessionStore
from gas.ports.stores import JobStore, UserStore
from gas.ports.uploads import UploadStore


@dataclass(frozen=True)
class Ports:
    """Everything outside that the use cases of one installation need."""

    jobs: JobStore
    users: UserStore
    sessions: SessionStore
    tokens: AccessTokenStore
    payments: Payments
    quotas: QuotaStore
    uploads: UploadStore
    bulletins: BulletinBoard
    overviews: OverviewBoard
    links: Links
    objects: ObjectStore
    archive: Archive
    references: PublishedReferences
    """Most parts only read; their rights say so."""
    publisher: Publisher
    mailer: Mailer
    mail_budget: MailBudget
    queue: Callable[[Channel], MessageQueue]
    dead_letters: Callable[[Channel], MessageQueue]
    """The queue that keeps a channel's unreadable messages."""
    clock: Clock
    names: Names
    key_prefix: str
    """The first part of every key in the buckets: the instance."""


def aws_ports(settings: Settings) -> Ports:
    """The ports on AWS, or on the local AWS when an endpoint is set. Nothing is called until a port is used."""
    aws = settings.aws
    names = settings.names
    clients = aws_clients(settings)
    clock = aws_clock(clients)
    dynamodb, s3 = clients.client("dynamodb"), clients.client("s3")
    sqs, polls = clients.client("sqs"), clients.client("sqs", POLL_READ_SECONDS)
    encryption = Encryption(aws.kms_key_id)
    topic_arns = TopicArns(clients.client("sts"), names.topic)
    return Ports(
        jobs=DynamoJobStore(dynamodb, names.table(Table.JOBS), aws.due_shards),
        users=DynamoUserStore(dynamodb, names.table(Table.USERS), aws.due_shards),
        sessions=DynamoSessionStore(dynamodb, names.table(Table.SESSIONS)),
        tokens=DynamoAccessTokenStore(dynamodb, names.table(Table.SESSIONS)),
        payments=OneClickPayments()
        if settings.web.payments is PaymentsChoice.ONE_CLICK
        else NoPayments(PREMIUM_WORD),
        quotas=DynamoQuotaStore(dynamodb, names.table(Table.USERS)),
        uploads=DynamoUploadStore(dynamodb, names.table(Table.USERS), aws.due_shards),
        bulletins=DynamoBulletinBoard(dynamodb, names.table(Table.SESSIONS)),
        overviews=DynamoOverviewBoard(dynamodb, names.table(Table.USERS)),
        links=S3Links(_public_clients(clients, settings).client("s3"), clock, encryption),
        objects=S3ObjectStore(s3, encryption),
        archive=S3Archive(clients.client("s3", COPY_READ_SECONDS), encryption),
        references=S3References(
            s3,
            names.bucket(Bucket.REFERENCES),
            names.instance,
            clock,
            encryption,
            hasty=clients.client("s3", HASTY_READ_SECONDS, attempts=1),
        ),
        publisher=SnsPublisher(clients.client("sns"), topic_arns),
        mailer=SesMailer(clients.client("ses"), aws.mail_sender),
        mail_budget=DynamoMailBudget(dynamodb, names.table(Table.SESSIONS)),
        queue=cache(lambda channel: SqsQueue(sqs, names.queue(channel), channel, polls=polls)),
        dead_letters=cache(
            lambda channel: SqsQueue(sqs, names.dead_letter_queue(channel), channel, polls=polls)
        ),
        clock=clock,
        names=names,
        key_prefix=names.instance,
    )


def plans_of(settings: Settings) -> Plans:
    """The plans of an installation: all that is different between them is said here, and asked of the table."""
    plans = settings.plans
    free = PlanTerms(
        Plan.FREE,
        FREE_WORD,
        max_input_bytes=plans.free_max_input_bytes,
        max_cpu_seconds=plans.free_max_cpu_seconds,
        max_active_jobs=plans.free_max_active_jobs,
        max_open_uploads=plans.free_max_open_uploads,
        max_open_bytes=plans.free_max_open_bytes,
        retention=timedelta(seconds=settings.lifecycle.retention_seconds),
        restores=False,
    )
    premium = PlanTerms(
        Plan.PREMIUM,
        PREMIUM_WORD,
        max_input_bytes=plans.premium_max_input_bytes,
        max_cpu_seconds=plans.premium_max_cpu_seconds,
        max_active_jobs=plans.premium_max_active_jobs,
        max_open_uploads=plans.premium_max_open_uploads,
        max_open_bytes=plans.premium_max_open_bytes,
        sold=True,
    )
    lines = {word: line for line, said in further_lines(settings).items() for word in said.plans}
    return Plans(
        tuple(
            replace(terms, line=lines.get(terms.word, EVERYBODY))
            for terms in (free, premium, *map(_further, plans.more))
        )
    )


def _further(plan: FurtherPlan) -> PlanTerms:
    retention = plan.retention_seconds
    return PlanTerms(
        Plan(plan.name),
        plan.word,
        max_input_bytes=plan.max_input_bytes,
        max_cpu_seconds=plan.max_cpu_seconds,
        max_active_jobs=plan.max_active_jobs,
        max_open_uploads=plan.max_open_uploads,
        max_open_bytes=plan.max_open_bytes,
        retention=None if retention is None else timedelta(seconds=retention),
        restores=plan.restores,
    )


def aws_clients(settings: Settings) -> AwsClients:
    """The maker of AWS clients for these settings."""
    endpoint = settings.aws.endpoint_url
    return AwsClients(settings.aws.region, str(endpoint).rstrip("/") if endpoint else None)


def aws_clock(clients: AwsClients) -> AwsClock:
    """The time by AWS, as told by every answer to the clients that are made from now on."""
    clock = AwsClock(clients.client("dynamodb").meta.endpoint_url)
    clock.listen(clients.session.events)
    return clock


def storage_cautions(settings: Settings) -> list[str]:
    """What others set on the buckets and will surprise their users; nothing where there are no credentials to look with."""
    clients = aws_clients(settings)
    if clients.session.get_credentials() is None:
        return []
    s3 = clients.client("s3")
    specs = bucket_specs(
        settings.names,
        inputs_expiry_days=settings.lifecycle.inputs_expiry_days,
        uploads_from=settings.web.public_origin,
        kms_key_id=settings.aws.kms_key_id,
    )
    try:
        return [caution for spec in specs for caution in cautions_of(s3, spec)]
    except GasError as error:
        return [f"The buckets could not be looked at: {error}"]


def _public_clients(clients: AwsClients, settings: Settings) -> AwsClients:
    endpoint = settings.aws.public_endpoint_url or settings.aws.endpoint_url
    if endpoint is not None:
        return replace(clients, endpoint_url=str(endpoint).rstrip("/"))
    # On AWS each bucket has an origin of its own, so that a page may name ours and no other as places to send bytes to.
    return replace(clients, addressing="virtual")


def memory_ports(
    clock: Clock, names: Names | None = None, lines: Sequence[Line] = (EVERYBODY, Line(PREMIUM_WORD))
) -> Ports:
    """The ports in this process, wired as `gas-setup` wires the topics and queues; for tests."""
    names = names or Names()
    queues = {channel: InMemoryQueue(channel, clock) for channel in channels_of(lines)}
    dead = {channel: InMemoryQueue(channel, clock) for channel in channels_of(lines)}
    objects = InMemoryObjectStore()
    return Ports(
        jobs=InMemoryJobStore(),
        users=InMemoryUserStore(),
        sessions=InMemorySessionStore(),
        tokens=InMemoryAccessTokenStore(),
        payments=OneClickPayments(),
        quotas=InMemoryQuotaStore(),
        uploads=InMemoryUploadStore(),
        bulletins=InMemoryBulletinBoard(),
        overviews=InMemoryOverviewBoard(),
        links=InMemoryLinks(objects, clock),
        objects=objects,
        archive=InMemoryArchive(objects, clock),
        references=InMemoryReferences(clock),
        publisher=InMemoryPublisher(queues),
        mailer=InMemoryMailer(),
        mail_budget=InMemoryMailBudget(),
        queue=queues.__getitem__,
        dead_letters=dead.__getitem__,
        clock=clock,
        names=names,
        key_prefix=names.instance,
    )
