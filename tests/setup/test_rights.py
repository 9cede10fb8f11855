"""The rights that `gas-setup --print rights` gives are enough for each part, and hold nothing that no part uses.

Each part runs its real code, by its settings, behind a gateway that refuses what its rights do not allow.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from dev.run.issuer.client import LocalIssuer
from dev.run.issuer.issuer import CLIENT_ID
from dev.run.issuer.people import OPERATOR_SUBJECT, PEOPLE
from dev.run.up.inputs import write_inputs
from gas.adapters.aws.large_files_s3 import LARGE_BYTES
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.adapters.aws.session import AwsClients
from gas.adapters.system_clock import SystemClock
from gas.adapters.wire_overview import OVERVIEW_KEY
from gas.bootstrap import Ports, aws_ports
from gas.config import LOCAL_CLIENT_SECRET, Settings
from gas.domain.access_token import Scope
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue, with_built_in
from gas.domain.errors import NotFoundError
from gas.domain.job import Job, JobStatus
from gas.domain.line import EVERYBODY, Line
from gas.domain.names import Bucket, Channel, Names, Table
from gas.domain.session import Identity
from gas.domain.uploads import UploadState
from gas.services.forget_account import QUIET
from gas_controllers.cluster import manifests
from gas_controllers.controllers import Controllers
from gas_controllers.main import deployments, rules
from gas_controllers.main import main as check
from gas_setup.arns import Place
from gas_setup.main import main as setup
from gas_setup.rights import ANNOTATOR_ATTRIBUTES, rights_of_parts
from gas_web.app import create_app
from gas_web.services import WebServices
from tests.support.aws import TestCloud, unique
from tests.support.browser import Browser
from tests.support.fake_cluster import FakeCluster
from tests.support.iam import ACCOUNT, REGION, GuardedGateway, Need, Rights, allows
from tests.support.plans import LINES, PREMIUM_LINE
from tests.support.references import a_bundle, an_entry
from tests.support.waiting import PATIENCE_SECONDS, until

SENDER = "gas@annotation.test"
ORIGIN = "http://127.0.0.1:8080"
PARTS = ("setup", "web", "annotator", "controllers", "publisher")
"""KEDA is no program of ours: its one action is looked at below."""


def settings(instance: str, endpoint: str, **more: str) -> dict[str, str]:
    """The environment of a part; short times show a whole life in seconds."""
    return {
        "GAS_ENV": "local",
        "GAS_INSTANCE": instance,
        "GAS_AWS__ENDPOINT_URL": endpoint,
        "GAS_AWS__DUE_SHARDS": "1",
        "GAS_AWS__MAIL_SENDER": SENDER,
        "GAS_LIFECYCLE__RETENTION_SECONDS": "2",
        "GAS_LIFECYCLE__LINK_SECONDS": "1",
        "GAS_LIFECYCLE__DELETE_SETTLES_SECONDS": "1",
        "GAS_LIFECYCLE__RETRIEVAL_POLL_SECONDS": "1",
        "GAS_LINES": '{"premium": {"plans": ["premium"]}}',
        # So few places that it has to be looked up which are free again.
        "GAS_PLANS__PREMIUM_MAX_ACTIVE_JOBS": "2",
        "GAS_ANNOTATOR__LEASE_SECONDS": "3",
        "GAS_ANNOTATOR__WAIT_SECONDS": "1",
        "GAS_CONTROLLERS__SWEEP_SECONDS": "1",
        "GAS_CONTROLLERS__WAIT_SECONDS": "1",
        **more,
    }


@dataclass
class Installation:
    """One installation on the local AWS, each part behind its own rights."""

    cloud: TestCloud
    names: Names
    gates: dict[str, GuardedGateway]
    folder: Path
    cluster: FakeCluster = field(default_factory=lambda: FakeCluster(SystemClock()))

    def environment(self, part: str, **more: str) -> dict[str, str]:
        """What a part is started with."""
        return settings(self.names.instance, self.gates[part].address, **more)

    def ports(self, part: str, **more: str) -> Ports:
        """The ports as a part has them."""
        return aws_ports(self.settings(part, **more))

    def settings(self, part: str, **more: str) -> Settings:
        """The settings as a part reads them."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment(part, **more).items():
                patch.setenv(name, value)
            return Settings()

    def run_setup(self, **more: str) -> int:
        """One run of `gas-setup`."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment("setup", **more).items():
                patch.setenv(name, value)
            return setup([])

    def check_controllers(self) -> int:
        """What the controllers say of settings and buckets before they are started."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment("controllers").items():
                patch.setenv(name, value)
            return check(["--check"])

    @contextmanager
    def annotator(self, line: Line) -> Iterator[None]:
        """An annotator, as a program."""
        environment = {
            **self.environment("annotator", GAS_ANNOTATOR__LINE=line.name),
            "GAS_ANNOTATOR__PROBE_PORT": "0",
            "GAS_ANNOTATOR__WORK_DIR": str(self.folder / "work"),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PATH": os.defpath,
        }
        program = str(Path(sys.executable).parent / "gas-annotator")
        with subprocess.Popen([sys.executable, program], env=environment, cwd=self.folder) as process:
            try:
                yield
            finally:
                process.terminate()
                process.wait(30)

    @contextmanager
    def controllers(self) -> Iterator[Controllers]:
        """The controllers, with a cluster in memory."""
        chosen = self.settings("controllers")
        ports = aws_ports(chosen)
        running = Controllers(
            ports=ports,
            cluster=self.cluster,  # type: ignore[arg-type]  # it has the same methods
            rules=rules(chosen, ports),
            lines=deployments(chosen),
            settings=chosen.controllers,
            public_url=ORIGIN,
        )
        running.start()
        try:
            yield running
        finally:
            running.stop()

    def web(self, issuer: LocalIssuer) -> Browser:
        """A browser on the web part."""
        chosen = self.settings(
            "web",
            GAS_WEB__PUBLIC_URL=ORIGIN,
            GAS_WEB__ISSUER_URL=issuer.address,
            GAS_WEB__ISSUER_IS_GLOBUS="false",
            GAS_WEB__PAYMENTS="one-click",
            GAS_WEB__CLIENT_ID=CLIENT_ID,
            GAS_WEB__CLIENT_SECRET=LOCAL_CLIENT_SECRET,
            GAS_WEB__OPERATORS=json.dumps([OPERATOR_SUBJECT]),
        )
        return Browser(create_app(chosen, WebServices.from_ports(aws_ports(chosen), chosen)), ORIGIN)

    def job(self, job_id: str) -> Job:
        """A record, read past all rights."""
        chosen = settings(self.names.instance, self.cloud.local.endpoint)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in chosen.items():
                patch.setenv(name, value)
            found = aws_ports(Settings()).jobs.get(job_id)
        assert found is not None
        return found

    def wait(self, job_id: str, *states: JobStatus) -> Job:
        """The job, once it is in one of the states."""
        until(lambda: self.job(job_id).status in states, PATIENCE_SECONDS, 0.1)
        return self.job(job_id)


@dataclass(frozen=True)
class Told:
    """The gateways of an installation that has lived, and its names."""

    gates: dict[str, GuardedGateway]
    names: Names


@pytest.fixture(scope="module")
def told(started_cloud: TestCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The gateways after everything that the parts do has been done once."""
    if started_cloud.second:
        pytest.skip("rights are judged on the local AWS")
    names = Names(unique("p")[:20])
    given = rights_of_parts(names, Place(REGION, ACCOUNT), LINES, SENDER)
    with ExitStack() as stack:
        gates = {
            part: stack.enter_context(GuardedGateway(started_cloud.local.endpoint, given[part]))
            for part in PARTS
        }
        folder = tmp_path_factory.mktemp("rights")
        issuer = LocalIssuer.start(folder / "issuer")
        stack.callback(issuer.stop)
        installation = Installation(started_cloud, names, gates, folder)
        set_up(installation)
        publish(installation)
        live(installation, issuer)
        yield Told(gates, names)


def set_up(here: Installation) -> None:
    """From nothing, again, and after somebody changed this and that."""
    assert here.run_setup() == 0
    assert here.run_setup() == 0
    assert here.check_controllers() == 0
    for bucket in Bucket:
        here.cloud.client("s3").put_bucket_versioning(
            Bucket=here.names.bucket(bucket), VersioningConfiguration={"Status": "Enabled"}
        )
    sqs, sns = here.cloud.client("sqs"), here.cloud.client("sns")
    dynamodb = here.cloud.client("dynamodb")
    url = sqs.get_queue_url(QueueName=here.names.queue(Channel.THAW))["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "9"})
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{here.names.topic(Channel.THAW)}"
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue='{"Version":"2012-10-17","Statement":[]}'
    )
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="RawMessageDelivery",
        AttributeValue="false",
    )
    table = here.names.table(Table.USERS)
    [index, _] = dynamodb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    dynamodb.update_table(
        TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": index["IndexName"]}}]
    )
    assert here.run_setup() == 0


def publish(here: Installation) -> None:
    """A bundle comes and goes; every other part reads the catalogue, before there is one and after, and fetches the bundle."""
    references = here.ports("publisher").references
    bundle = a_bundle(here.folder / "bundle", model=b"genes", sequence=b"0" * (2 * LARGE_BYTES))
    readers = ("web", "annotator", "controllers")
    for part in readers:
        assert here.ports(part).references.catalogue() == Catalogue(BUILT_IN)
    references.upload(bundle.digest, bundle.files, bundle.manifest)
    for entry in (an_entry(digest=bundle.digest), an_entry(digest=bundle.digest, default=True)):
        before = references.catalogue()
        references.replace(before, Catalogue((*BUILT_IN, entry)))
    for part in readers:
        assert here.ports(part).references.catalogue() == with_built_in([entry], BUILT_IN)
    fetched = here.ports("annotator").references
    fetched.manifest(bundle.digest)
    for _ in range(2):
        fetched.download(bundle.digest, "model.bin", here.folder / "fetched")
    with pytest.raises(NotFoundError):
        fetched.manifest("0" * 64)
    for name in bundle.files:
        references.checksum(bundle.digest, name)
    assert here.ports("publisher").overviews.read() is None
    for digest in references.stored():
        references.remove(digest)


def live(here: Installation, issuer: LocalIssuer) -> None:
    """What people, operators, annotators and controllers do."""
    browser, operator = here.web(issuer), here.web(issuer)
    browser.sign_in("free")
    operator.sign_in("operator")
    assert operator.get("/operations").status_code == 200
    assert operator.post("/operations/bulletin", {"banner": "Welcome."}).status_code == 303
    token = make_token(browser)
    files = {name: path.read_bytes() for name, path in write_inputs(here.folder / "inputs").items()}
    with ExitStack() as stack:
        controllers = stack.enter_context(here.controllers())
        stack.enter_context(here.annotator(EVERYBODY))
        stack.enter_context(here.annotator(PREMIUM_LINE))
        for channel in (Channel.JOB_REQUESTS, Channel.RESTORE):
            send_nonsense(here, channel)
        free = submit(browser, token, files["free"])
        refused = submit(browser, token, files["broken"])
        submit_nothing(browser, token)
        first = here.wait(free, JobStatus.COMPLETED, JobStatus.ARCHIVED)
        look_around(browser, token, free)
        here.wait(refused, JobStatus.FAILED)
        here.wait(from_the_cluster(controllers, here, first), JobStatus.COMPLETED, JobStatus.ARCHIVED)
        here.wait(free, JobStatus.ARCHIVED)
        until(lambda: here.job(free).delete_hot_after is None, PATIENCE_SECONDS, 0.1)
        assert browser.post("/subscribe").status_code == 303
        here.wait(free, JobStatus.RESTORED)
        until(lambda: here.job(free).archive_id is None, PATIENCE_SECONDS, 0.1)
        premium = submit(browser, token, files["premium"], own=b"chrM\t0\t16569\tall of it\n")
        moved_by_a_rule(here, here.wait(premium, JobStatus.COMPLETED))
        assert browser.get(f"/annotations/{premium}/result").status_code == HTTPStatus.CONFLICT
        here.wait(premium, JobStatus.RESTORED)
        assert browser.post(f"/annotations/{premium}/delete").status_code == 303
        here.wait(premium, JobStatus.DELETED)
        ports = here.ports("controllers")
        let_go(ports, first.user_id)
        for line in LINES:
            ports.queue(line.channel).empty()
        # As controllers do that start where there are resources already.
        assert set(ports.jobs.get_many([free, premium, "none"])) == {free, premium}
        assert ports.objects.head(here.names.bucket(Bucket.INPUTS), f"{here.names.instance}/none") is None
    with here.controllers():  # started again, they read all records at once
        until(lambda: "dynamodb:BatchGetItem" in here.gates["controllers"].used, PATIENCE_SECONDS, 0.1)
    leave(here, issuer)
    [held] = call(browser, token, "GET", "/tokens")["tokens"]
    call(browser, token, "DELETE", f"/tokens/{held['id']}")
    browser.post("/profile", {"name": "Fay", "email": "fay@university.example", "institution": "Here"})
    browser.post("/profile/sign-out-everywhere")
    operator.post("/logout")


def let_go(ports: Ports, user_id: str) -> None:
    """An upload that was never submitted is over, and the sweep removes it."""
    held = ports.uploads.get(user_id)
    (job_id,) = held.uploads
    ports.uploads.commit(user_id, held, held.with_going(job_id, ports.clock.now()))
    until(
        lambda: ports.uploads.get(user_id).uploads[job_id].state is UploadState.REMOVED, PATIENCE_SECONDS, 0.1
    )


def moved_by_a_rule(here: Installation, job: Job) -> None:
    """A lifecycle rule of somebody else moves a hot result to GLACIER."""
    assert job.result is not None
    place = {"Bucket": job.result.bucket, "Key": job.result.key}
    here.cloud.client("s3").copy_object(**place, CopySource=place, StorageClass="GLACIER")


def leave(here: Installation, issuer: LocalIssuer) -> None:
    """Somebody without jobs asks for a letter, makes a token, and has the account deleted."""
    browser = here.web(issuer)
    browser.sign_in("premium")
    make_token(browser)
    users = here.ports("web").users
    user_id = users.user_id_of(Identity(issuer.address, PEOPLE["premium"].subject))
    assert user_id is not None
    assert browser.post("/profile/delete", {}).status_code == 303
    leaving = users.get(user_id)
    assert leaving is not None
    assert leaving.delete_requested is not None
    # As if it were long ago that they asked.
    users.commit(leaving, replace(leaving, delete_requested=leaving.delete_requested - QUIET))
    with here.controllers():
        until(lambda: users.get(user_id) is None, PATIENCE_SECONDS, 0.1)


def call(browser: Browser, token: str, method: str, path: str, body: Any = None) -> Any:
    """One call of the API with an access token, which must go well."""
    answer = Client(browser.app, use_cookies=False).open(
        f"/api/v1{path}",
        method=method,
        json=body,
        base_url=ORIGIN,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code < 300, answer.text
    return answer.get_json(silent=True)


def make_token(browser: Browser) -> str:
    """A token from the profile page."""
    scopes = [scope.value for scope in Scope]
    browser.post("/profile/tokens", {"name": "test", "scope": scopes, "days": "30"})
    page = browser.get("/profile")
    found = re.search(r"gas_[a-z2-7]{52}[0-9a-f]{8}", page.text)
    assert found is not None, page.text
    return found[0]


def submit(browser: Browser, token: str, content: bytes, own: bytes = b"") -> str:
    """A job of a file, as a script makes it, perhaps with one of its owner's own beside it."""
    job = {"key": sent(browser, token, {"fileName": "sample.vcf"}, content), "reference": "rCRS"}
    if own:
        job["ownKey"] = sent(browser, token, {"fileName": "mine.bed", "use": "own"}, own)
    return str(call(browser, token, "POST", "/jobs", job)["id"])


def sent(browser: Browser, token: str, wanted: dict[str, str], content: bytes) -> str:
    """The key of a file that went to the object store by the form that the web signed."""
    form = call(browser, token, "POST", "/uploads", wanted)
    answer = requests.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=PATIENCE_SECONDS
    )
    assert answer.status_code == 201, answer.text
    return str(form["key"])


def send_nonsense(here: Installation, channel: Channel) -> None:
    """A message that nobody can read, which its reader hides until it is put aside."""
    sqs = here.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=here.names.queue(channel))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="nonsense")


def submit_nothing(browser: Browser, token: str) -> None:
    """A job of a file that was never sent is refused, and not for want of a right."""
    form = call(browser, token, "POST", "/uploads", {"fileName": "never.vcf"})
    answer = Client(browser.app, use_cookies=False).post(
        "/api/v1/jobs",
        json={"key": form["key"], "reference": "rCRS"},
        base_url=ORIGIN,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert 400 <= answer.status_code < 500, answer.text


def look_around(browser: Browser, token: str, job_id: str) -> None:
    """Every page about a job, and a download by its link."""
    for path in ("/annotations", f"/annotations/{job_id}", f"/annotations/{job_id}/log"):
        assert browser.get(path).status_code == 200, path
    assert browser.get(f"/annotations/{job_id}/preview").status_code == 200
    assert browser.get("/profile").status_code == 200
    # Links live one second here, which a busy machine may need to come to use one: then it takes another.
    until(lambda: downloads(browser, job_id), PATIENCE_SECONDS, 0.1)
    assert call(browser, token, "GET", "/tokens")["tokens"]


def downloads(browser: Browser, job_id: str) -> bool:
    """Whether a new link gives the input."""
    link = browser.get(f"/annotations/{job_id}/input")
    assert link.status_code == 303, link.text
    return requests.get(link.headers["Location"], timeout=PATIENCE_SECONDS).status_code == 200


def from_the_cluster(controllers: Controllers, here: Installation, like: Job) -> str:
    """A job that operations apply for an input that lies there already."""
    job = Job("applied", like.user_id, like.input, "rCRS", datetime.now(UTC))
    body = controllers._cluster.create(manifests.annotation_job(job, here.names.namespace, job.submit_time))
    controllers.resource_seen("ADDED", body)
    return job.job_id


def test_the_annotator_is_told_that_an_input_is_gone(told: Told, tmp_path: Path) -> None:
    """It may not list, so that S3 refuses instead of saying so; the job must fail for its input, and not go round for ever."""
    gate = told.gates["annotator"]
    clients = AwsClients(REGION, gate.address)

    with pytest.raises(NotFoundError):
        S3ObjectStore(clients.client("s3")).download(
            told.names.bucket(Bucket.INPUTS), f"{told.names.instance}/none.vcf", tmp_path / "input", "etag"
        )


@pytest.mark.parametrize("part", PARTS)
def test_the_rights_are_enough(told: Told, part: str) -> None:
    """Nothing that the part wanted to do was refused."""
    assert told.gates[part].refused == []


@pytest.mark.parametrize("part", PARTS)
def test_the_rights_hold_nothing_more(told: Told, part: str) -> None:
    """Every action of the rights was used, so that none is there for no reason."""
    assert actions(told.gates[part].rights) - told.gates[part].used == set()


def test_the_annotator_writes_its_own_attributes_alone(told: Told) -> None:
    """It touched no attribute of a record but its own, and never whose the record is or what people asked for."""
    assert told.gates["annotator"].attributes <= set(ANNOTATOR_ATTRIBUTES)
    assert "own_sha256" in told.gates["annotator"].attributes
    assert {"user_id", "s3_key_input_file", "policy", "cancel_requested"} & set(ANNOTATOR_ATTRIBUTES) == set()


def test_the_publisher_touches_the_references_alone() -> None:
    """Its role holds nothing of queues, topics, jobs, or the buckets of inputs and results; of users it reads the overview alone."""
    reached = {
        resource for statement in GIVEN["publisher"]["Statement"] for resource in statement["Resource"]
    }
    users = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gas-users"
    overview, somebody = ({"dynamodb:LeadingKeys": {key}} for key in (OVERVIEW_KEY, "u" * 26))

    assert reached == {"arn:aws:s3:::gas-references", "arn:aws:s3:::gas-references/gas/*", users}
    assert allows(GIVEN["publisher"], Need("dynamodb:GetItem", users, overview))
    assert not allows(GIVEN["publisher"], Need("dynamodb:GetItem", users, somebody))


def test_the_annotator_neither_lists_nor_deletes_objects() -> None:
    """The part that parses strangers' files."""
    [wild] = [action for action in actions(GIVEN["annotator"]) if "Delete" in action or "List" in action]

    assert wild == "sqs:DeleteMessage"


@pytest.mark.parametrize("part", [*PARTS, "keda"])
def test_no_right_is_wild(part: str) -> None:
    """No action is a pattern, and only what knows no resources reaches all of them."""
    for statement in GIVEN[part]["Statement"]:
        assert all("*" not in action for action in statement["Action"])
        if "*" in statement["Resource"]:
            assert part == "setup"
            assert set(statement["Action"]) <= {
                "ses:GetIdentityVerificationAttributes",
                "ses:VerifyEmailIdentity",
                "sns:GetSubscriptionAttributes",
                "sns:SetSubscriptionAttributes",
            }


def test_keda_may_ask_the_request_queues_and_nothing_else() -> None:
    """Its one action, on the two queues that it scales by."""
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gas-job-requests"

    assert actions(GIVEN["keda"]) == {"sqs:GetQueueAttributes"}
    assert allows(GIVEN["keda"], Need("sqs:GetQueueAttributes", queue))
    assert allows(GIVEN["keda"], Need("sqs:GetQueueAttributes", f"{queue}-premium"))
    assert not allows(GIVEN["keda"], Need("sqs:GetQueueAttributes", queue.replace("requests", "results")))


CATALOGUE = "arn:aws:s3:::gas-references/gas/catalogue.json"
BUNDLE = f"arn:aws:s3:::gas-references/gas/bundles/{'a' * 64}/model.bin"
REFUSALS = {
    "another user's plan by the annotator": (
        "annotator",
        Need("dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gas-users"),
    ),
    "a record's owner by the annotator": (
        "annotator",
        Need(
            "dynamodb:UpdateItem",
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gas-jobs",
            {"dynamodb:Attributes": {"job_id", "user_id"}},
        ),
    ),
    "an input's replacement by the annotator": (
        "annotator",
        Need("s3:PutObject", "arn:aws:s3:::gas-inputs/gas/u/x"),
    ),
    "a result's removal by the web": ("web", Need("s3:DeleteObject", "arn:aws:s3:::gas-results/gas/u/x")),
    "the queue by the web": (
        "web",
        Need("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:gas-job-requests"),
    ),
    "sessions by the controllers": (
        "controllers",
        Need("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gas-sessions"),
    ),
    "mail in another's name": (
        "controllers",
        Need(
            "ses:SendEmail",
            f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/boss@annotation.test",
            {"ses:FromAddress": "boss@annotation.test"},
        ),
    ),
    "another installation's jobs": (
        "web",
        Need("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/lab-jobs"),
    ),
    "a session by the controllers, which count e-mails in that table": (
        "controllers",
        Need(
            "dynamodb:UpdateItem",
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gas-sessions",
            {"dynamodb:LeadingKeys": {"a-hash"}, "dynamodb:Attributes": {"session_hash"}},
        ),
    ),
    "a bundle by the web": ("web", Need("s3:GetObject", BUNDLE)),
    "a bundle by the controllers": ("controllers", Need("s3:GetObject", BUNDLE)),
    "a bundle's replacement by the annotator": ("annotator", Need("s3:PutObject", BUNDLE)),
    "the catalogue's replacement by the annotator": ("annotator", Need("s3:PutObject", CATALOGUE)),
    "the catalogue's replacement by the controllers": ("controllers", Need("s3:PutObject", CATALOGUE)),
    "another installation's bundle by the annotator": (
        "annotator",
        Need("s3:GetObject", BUNDLE.replace("/gas/", "/lab/")),
    ),
    "a bundle by the setup": ("setup", Need("s3:PutObject", BUNDLE)),
    "data by the setup": ("setup", Need("s3:GetObject", "arn:aws:s3:::gas-results/gas/u/x")),
}


@pytest.mark.parametrize(("part", "need"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_a_parts_own_is_refused(part: str, need: Need) -> None:
    """Each of these would be allowed by rights that are a little too wide."""
    assert not allows(GIVEN[part], need)


def test_a_key_of_ones_own_may_be_used_through_s3_alone() -> None:
    """The parts that read and write objects, and only where a key is set; nobody may use it otherwise, or manage it."""
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    given = rights_of_parts(Names("gas"), Place(REGION, ACCOUNT), LINES, SENDER, key)

    through_s3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
    for part in ("web", "annotator", "controllers", "publisher"):
        assert {a for a in actions(given[part]) if a.startswith("kms:")} == {
            "kms:Decrypt",
            "kms:GenerateDataKey",
        }
        assert allows(given[part], Need("kms:Decrypt", key, through_s3))
        assert not allows(given[part], Need("kms:Decrypt", key))
        assert not allows(given[part], Need("kms:Decrypt", key + "2", through_s3))
    assert given["setup"] == GIVEN["setup"]
    assert not any(a.startswith("kms:") for part in GIVEN for a in actions(GIVEN[part]))


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One document for each part, with the account, the region and the partition in its ARNs."""
    monkeypatch.setenv("GAS_AWS__REGION", "cn-north-1")

    answer = setup(["--print", "rights", "--account", ACCOUNT])

    printed = json.loads(capsys.readouterr().out)
    assert (answer, set(printed)) == (0, {*PARTS, "keda"})
    assert (
        f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:gas-job-requests" in printed["keda"]["Statement"][0]["Resource"]
    )


def test_the_former_word_is_still_understood(capsys: pytest.CaptureFixture[str]) -> None:
    """For one release: scripts that say `policies` get what `rights` prints, and people are told the new word."""
    assert setup(["--print", "rights"]) == 0
    wanted = capsys.readouterr()

    answer = setup(["--print", "policies"])

    said = capsys.readouterr()
    assert (answer, said.out) == (0, wanted.out)
    assert ("--print rights" in said.err, "--print rights" in wanted.err) == (True, False)


@pytest.mark.parametrize("part", [*PARTS, "keda"])
def test_each_fits_into_a_managed_policy(part: str) -> None:
    """AWS takes 6,144 characters, white space left out, even for the longest instance."""
    longest = rights_of_parts(
        Names("i" * 20), Place("ap-northeast-1", ACCOUNT, "aws-us-gov"), LINES, "s" * 60 + "@x.test"
    )

    assert len(json.dumps(longest[part], separators=(",", ":"))) <= 6144


def actions(rights: Rights) -> set[str]:
    """Every action of some rights."""
    return {action for statement in rights["Statement"] for action in statement["Action"]}


GIVEN: dict[str, Any] = rights_of_parts(Names("gas"), Place(REGION, ACCOUNT), LINES, SENDER)
"""The rights of the usual instance."""
