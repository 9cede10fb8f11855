"""The checker's readers on the local AWS: what lies there is read as it is, and planted losses and doubles are found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.measure.load.checker import Evidence, Submission, judge
from dev.measure.load.readers import read_evidence
from gas.adapters.aws.mailer_ses import SesMailer
from gas.bootstrap import Ports, aws_ports
from gas.config import AwsSettings, Environment, Settings
from gas.domain.job import Job, JobEvent, created
from gas.domain.keys import InputKey, attempt_keys
from gas.domain.names import Bucket, Table
from gas.domain.outputs import Output
from gas.domain.owed_mails import MailKind
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import AcceptedInput, Result, StoredOutput
from gas.domain.spec import InputRef
from gas.services.send_mail import compose
from tests.support.aws import TestCloud, unique
from tests.support.plans import PLANS

USER = "u" * 26
SENDER = "gas@example.org"


class Place:
    """An instance on the local AWS, in which jobs are put as the product puts them."""

    def __init__(self, cloud: TestCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        self._cloud = cloud
        self.instance = unique("load")[:20].rstrip("-")
        endpoint: Any = cloud.local.endpoint
        settings = Settings(
            env=Environment.LOCAL,
            instance=self.instance,
            aws=AwsSettings(endpoint_url=endpoint, due_shards=1),
        )
        self.ports: Ports = aws_ports(settings)
        self.s3, self.dynamodb = cloud.client("s3"), cloud.client("dynamodb")
        names = self.ports.names
        self.s3.create_bucket(Bucket=names.bucket(Bucket.RESULTS))
        self.dynamodb.create_table(
            TableName=names.table(Table.JOBS),
            KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        cloud.client("ses").verify_email_identity(EmailAddress=SENDER)
        self.resources: list[dict[str, Any]] = []

    def finish(self, job_id: str, fence: int = 1) -> Job:
        """A job that was done as it should: record, files of its attempt, resource and mail."""
        job = self._done(job_id, fence)
        assert job.result is not None
        for key in job.result.all_keys:
            self.s3.put_object(Bucket=job.result.bucket, Key=key, Body=b"annotated")
        assert self.ports.jobs.create(job)
        self.resources.append({"metadata": {"name": job_id}, "status": {"phase": job.status.value}})
        self.mail(job, MailKind.COMPLETED)
        return job

    def mail(self, job: Job, kind: MailKind) -> None:
        """Tell the owner."""
        now = datetime.now(UTC)
        user = User(USER, "ada@example.org", "Ada", PlanStanding(Plan.PREMIUM, now), email_confirmed=True)
        mailer = SesMailer(self._cloud.client("ses"), SENDER)
        mailer.send(compose(kind, job, user, PLANS, "https://gas.test"))

    def evidence(self) -> Evidence:
        """What the readers find; only mails of this instance's jobs, for other tests send some too."""
        outbox = [mail for mail in self._cloud.local.mail() if self.instance in mail["text"]]
        return read_evidence(self.dynamodb, self.s3, self.resources, outbox, self.instance)

    def _done(self, job_id: str, fence: int) -> Job:
        now = datetime.now(UTC)
        names, prefix = self.ports.names, self.ports.key_prefix
        place = InputRef(names.bucket(Bucket.INPUTS), str(InputKey(prefix, USER, job_id, "a.vcf")), "a.vcf")
        job = created(Job(job_id, USER, place, "rCRS", now))
        keys = attempt_keys(prefix, USER, job_id, "a.vcf", fence)
        result = Result(
            bucket=names.bucket(Bucket.RESULTS),
            outputs={output: StoredOutput(key, 9, "ab" * 32) for output, key in keys.items()},
            variants=1,
        )
        queued = job.moved(JobEvent.INPUT_ACCEPTED, now, accepted_input=AcceptedInput("etag", 9))
        held = replace(queued.claimed("pod:7", now, timedelta(minutes=1)), fence=fence)
        return held.finished_with(result, now)


@pytest.fixture
def place(cloud: TestCloud, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A new instance."""
    return Place(cloud, monkeypatch)


def test_what_was_done_well_is_ok(place: Place) -> None:
    """Record, result, resource and mail of every job are found."""
    names = [f"{place.instance}-{number}" for number in range(3)]
    for name in names:
        place.finish(name)

    judgement = judge([Submission(name, acknowledged=True) for name in names], place.evidence())

    assert judgement.clean
    assert set(judgement.ok) == set(names)
    assert judgement.without_mail == 0


def test_planted_faults_are_found(place: Place) -> None:
    """A deleted result, one that was cut, a second one, a second mail, a missing record and a stranger: each is told, and by its name."""
    lost, cut, kept, told, gone, stranger, good = (
        f"{place.instance}-{each}" for each in ("l", "c", "k", "t", "g", "s", "o")
    )
    jobs = {name: place.finish(name) for name in (lost, cut, kept, told, gone, stranger, good)}
    results = jobs[lost].result
    assert results is not None
    place.s3.delete_object(Bucket=results.bucket, Key=results.key)
    halved = jobs[cut].result
    assert halved is not None
    place.s3.put_object(Bucket=halved.bucket, Key=halved.key, Body=b"anno")
    second = attempt_keys(place.ports.key_prefix, USER, kept, "a.vcf", 2)[Output.RESULT]
    place.s3.put_object(Bucket=results.bucket, Key=second, Body=b"annotated")
    place.mail(jobs[told], MailKind.COMPLETED)
    place.dynamodb.delete_item(TableName=f"{place.instance}-jobs", Key={"job_id": {"S": gone}})

    tried = [Submission(name, acknowledged=True) for name in (lost, cut, kept, told, gone, good)]
    judgement = judge(tried, place.evidence())

    assert set(judgement.lost) == {lost, cut, gone}
    assert judgement.lost[cut] == "the result has 4 of 9 bytes"
    assert judgement.duplicated == {kept: "2 results", told: "2 mails"}
    assert judgement.unexpected == {stranger: "record, resource, result, mail"}
    assert good in judgement.ok


def test_mail_of_a_restore_is_no_second_mail(place: Place) -> None:
    """Only those that tell of an end are counted."""
    name = f"{place.instance}-r"
    place.mail(place.finish(name), MailKind.RESTORED)

    judgement = judge([Submission(name, acknowledged=True)], place.evidence())

    assert judgement.clean
