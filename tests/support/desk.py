"""Where a test of the running platform sits: it sends jobs, looks at what became of them, and breaks things.

What it says of records and bytes is read by plain boto3, and what it says of resources from the API server: never
through the code under test. That makes users, and sees to it that no test waits for what passes by.
"""

import hashlib
import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from kubernetes import client, config

from dev.run.cloud.client import CloudControl
from dev.run.up.evidence import aws_client
from dev.run.up.inputs import write_inputs
from dev.run.up.platform import PARTS, Platform
from gas.bootstrap import Ports, aws_ports
from gas.config import Settings
from gas.domain.names import Channel
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.spec import ArchivePolicy
from kube.kubectl import Answer
from tests.support.gateway import Gateway
from tests.support.process_families import children_of
from tests.support.resource_watch import GROUP, PLURAL, VERSION, ResourceWatch
from tests.support.waiting import PATIENCE_SECONDS

FILE_NAME = "sample.vcf"
MANY_WORKERS = {"GAS_CONTROLLERS__STATE_WORKERS": "16", "GAS_CONTROLLERS__COPY_WORKERS": "8"}
"""Workers enough to hold many jobs at once."""

LONG_LEASE = {"GAS_ANNOTATOR__LEASE_SECONDS": "20"}
"""Annotators that no test kills hold their jobs this long, so that none loses one because the machine is busy."""

KEPT = 3600
"""A retention, in seconds, that no test outlives."""


class Desk:
    """One running platform, its parts behind a gateway each."""

    def __init__(self, platform: Platform, inputs: Path) -> None:
        self.platform = platform
        self.instance = platform.options.instance
        self.control = CloudControl(platform.endpoint)
        self.gates = {name: Gateway(platform.endpoint) for name in PARTS}
        self.s3 = aws_client("s3", platform.endpoint)
        self._dynamodb = aws_client("dynamodb", platform.endpoint)
        self.api = client.CustomObjectsApi(
            config.new_client_from_config(config_file=str(platform.kubectl.kubeconfig))
        )
        self._watch = ResourceWatch(self.api, self.instance)
        self._owners: dict[str, str] = {}
        self.files = {name: path.read_bytes() for name, path in write_inputs(inputs).items()}
        self._background: list[subprocess.Popen[bytes]] = []
        self._numbers = itertools.count(1)
        self.ports = self._ports()

    def user(self, plan: Plan = Plan.FREE) -> str:
        """A new user."""
        user_id = f"user{next(self._numbers):022d}"
        self.ports.users.create(
            User(
                user_id,
                f"{user_id}@example.org",
                "Ada",
                PlanStanding(plan, datetime.now(UTC)),
                email_confirmed=True,
            )
        )
        return user_id

    def upgrade(self, user_id: str, plan: Plan = Plan.PREMIUM) -> None:
        """Put a user on another plan."""
        self.ports.users.change_plan(user_id, plan, datetime.now(UTC))

    def names(self, stem: str, count: int) -> list[str]:
        """Names that no other test uses."""
        return [self.name(stem) for _ in range(count)]

    def name(self, stem: str) -> str:
        """A name that no other test uses, and that is the beginning of no other."""
        return f"{stem}-{next(self._numbers)}-x"

    def submit(self, user_id: str, *names: str, content: bytes | None = None, **spec: Any) -> None:
        """Upload an input for each job, and apply them all in one `kubectl apply`."""
        self.apply(*self._prepared(user_id, names, content, spec))

    def send(self, user_id: str, *names: str, content: bytes | None = None, **spec: Any) -> None:
        """As `submit`, by the API itself: kubectl takes a second of CPU for it."""
        for manifest in self._prepared(user_id, names, content, spec):
            self.api.create_namespaced_custom_object(
                GROUP,
                VERSION,
                self.instance,
                PLURAL,
                manifest,
                field_validation="Strict",
                _request_timeout=PATIENCE_SECONDS,
            )

    def _prepared(
        self, user_id: str, names: Iterable[str], content: bytes | None, spec: dict[str, Any]
    ) -> list[dict[str, Any]]:
        manifests = []
        for name in names:
            self.put_input(user_id, name, content if content is not None else self.files["premium"])
            manifests.append(self.manifest(user_id, name, **spec))
        return manifests

    def put_input(self, user_id: str, name: str, content: bytes) -> str:
        """Upload an input; its key."""
        key = self.input_key(user_id, name)
        self._owners[name] = user_id
        self.s3.put_object(Bucket=f"{self.instance}-inputs", Key=key, Body=content)
        return key

    def input_key(self, user_id: str, name: str) -> str:
        """Where the input of a job lies."""
        return f"{self.instance}/{user_id}/{name}~{FILE_NAME}"

    def manifest(self, user_id: str, name: str, **spec: Any) -> dict[str, Any]:
        """An AnnotationJob as a person writes it; keyword arguments replace fields of its spec."""
        return {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "AnnotationJob",
            "metadata": {"name": name},
            "spec": {
                "userID": user_id,
                "input": {
                    "bucket": f"{self.instance}-inputs",
                    "key": self.input_key(user_id, name),
                    "fileName": FILE_NAME,
                },
                "reference": "rCRS",
            }
            | spec,
        }

    def send_text(self, channel: Channel, text: str) -> None:
        """Put a message into a queue, whatever it says."""
        sqs = aws_client("sqs", self.platform.endpoint)
        url = sqs.get_queue_url(QueueName=f"{self.instance}-{channel.value}")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=text)

    def apply(self, *manifests: dict[str, Any]) -> None:
        """`kubectl apply`."""
        wanted = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl("apply", "--validate=strict", "--filename=-", stdin=json.dumps(wanted))

    def patch(self, name: str, spec: dict[str, Any]) -> None:
        """`kubectl patch` of the spec."""
        self.kubectl("patch", "aj", name, "--type=merge", f"--patch={json.dumps({'spec': spec})}")

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl printed."""
        return self.platform.kubectl.run(*arguments, stdin=stdin)

    def ask_kubectl(self, *arguments: str) -> Answer:
        """What kubectl said, good or bad."""
        return self.platform.kubectl.ask(*arguments)

    def background_kubectl(self, *arguments: str, output: Path | None = None) -> subprocess.Popen[bytes]:
        """Kubectl going on by itself."""
        kubectl = self.platform.kubectl
        with (output or Path(os.devnull)).open("wb") as stdout:
            process = subprocess.Popen(
                [str(kubectl.binary), f"--kubeconfig={kubectl.kubeconfig}", *arguments],
                stdout=stdout,
                stderr=subprocess.DEVNULL,
            )
        self._background.append(process)
        return process

    def resources(self) -> dict[str, dict[str, Any]]:
        """All resources, by name, as the API server last told."""
        return self._watch.seen()

    def resource(self, name: str) -> dict[str, Any]:
        """One resource."""
        return self.resources()[name]

    def ready(self, name: str) -> dict[str, Any]:
        """The Ready condition of a resource; empty when it has none."""
        conditions = self.resources().get(name, {}).get("status", {}).get("conditions", [])
        return next((c for c in conditions if c["type"] == "Ready"), {})

    def record(self, name: str) -> dict[str, Any]:
        """The job's record, empty when there is none."""
        answer = self._dynamodb.get_item(
            TableName=f"{self.instance}-jobs", Key={"job_id": {"S": name}}, ConsistentRead=True
        )
        read = TypeDeserializer().deserialize
        return {field: read(value) for field, value in answer.get("Item", {}).items()}

    def history(self, name: str) -> list[str]:
        """The states that the record has been in."""
        return [entry["status"] for entry in self.record(name)["history"]]

    def archive_id(self, name: str) -> str | None:
        """Where the record says that an archived copy is, or may be."""
        return self.record(name).get("results_file_archive_id")

    def objects(self, name: str, bucket: str = "results") -> dict[str, str]:
        """The objects of a job: the storage class by the end of the key; archived ones begin with `archive/`."""
        found: dict[str, str] = {}
        for place in ("", "archive/"):
            prefix = f"{place}{self.instance}/{self._owners[name]}/{name}~"
            listed = self.s3.list_objects_v2(Bucket=f"{self.instance}-{bucket}", Prefix=prefix)
            for each in listed.get("Contents", []):
                found[place + each["Key"].removeprefix(prefix)] = each.get("StorageClass", "STANDARD")
        return found

    def result_sha256(self, name: str) -> str:
        """The SHA-256 of the hot bytes of a job's result."""
        found = self.s3.get_object(
            Bucket=f"{self.instance}-results", Key=self.record(name)["s3_key_result_file"]
        )
        return hashlib.sha256(found["Body"].read()).hexdigest()

    def mails_about(self, name: str) -> list[str]:
        """The subjects of the e-mails about a job."""
        return [mail["subject"] for mail in self.control.mail() if f"/annotations/{name}\n" in mail["text"]]

    def wait_mails_about(self, name: str, *subjects: str) -> None:
        """Wait until these, in this order, are the e-mails about a job: they leave after its resource shows why."""
        self.until(
            lambda: self.mails_about(name) == list(subjects),
            lambda: f"{subjects}, not {self.mails_about(name)}",
        )

    def mails_to(self, user_id: str) -> list[str]:
        """The subjects of the e-mails to a user."""
        return [mail["subject"] for mail in self.control.mail() if f"{user_id}@example.org" in mail["to"]]

    def wait(self, names: Iterable[str], *phases: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until kubectl would show all of the jobs in one of the phases.

        Of jobs that are archived next, Completed alone is never waited for: whoever looks a moment late has missed it.
        """
        waited = list(names)

        def missing() -> dict[str, Any]:
            seen = self.resources()
            shown = {n: seen.get(n, {}).get("status", {}) for n in waited}
            return {
                n: (s.get("phase"), self.reason_in(s))
                for n, s in shown.items()
                if s.get("phase") not in phases
            }

        self.until(lambda: not missing(), lambda: f"{phases} of {missing()}", seconds)
        if phases == ("Completed",):
            passing = [name for name in waited if self._is_archived_soon(name)]
            assert not passing, f"give {passing} retentionSeconds, or wait for Archived as well"

    def _is_archived_soon(self, name: str) -> bool:
        """Whether a result leaves while a busy machine may not have looked yet."""
        job = self.ports.jobs.get(name)
        assert job is not None
        owner, policy = self.ports.users.get(job.user_id), job.policy
        match policy.archive_policy:
            case ArchivePolicy.NEVER:
                return False
            case ArchivePolicy.IMMEDIATE:
                return True
            case ArchivePolicy.FOLLOW_PLAN:
                is_free = owner is not None and owner.standing.plan is Plan.FREE
                return is_free and (policy.retention or timedelta()) < timedelta(seconds=KEPT)

    def until(
        self,
        holds: Callable[[], bool],
        what: Callable[[], str] | str = "a condition",
        seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Wait until the condition holds; fail with what was waited for."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                text = what if isinstance(what, str) else what()
                pytest.fail(
                    f"waited {seconds:.0f} s for {text}; logs: {self.platform.options.state_dir}/logs"
                )
            time.sleep(0.1)

    @staticmethod
    def reason_in(status: dict[str, Any]) -> str | None:
        """The reason of the Ready condition in a status."""
        return next((c["reason"] for c in status.get("conditions", []) if c["type"] == "Ready"), None)

    def start(self, label: str) -> None:
        """Start one of the two usual parts, behind its gateway."""
        if label == "annotator":
            self.start_annotator(label, wait=True)
        else:
            self.platform.start_part(label, more={**self.gates[label].settings, **MANY_WORKERS})

    def start_annotator(
        self,
        label: str,
        gateway: Gateway | None = None,
        *,
        short_lease: bool = False,
        wait: bool = False,
        **more: str,
    ) -> None:
        """Start an annotator, behind the usual one's gateway or another. One that is to die gets a short lease."""
        gateway = gateway or self.gates["annotator"]
        lease = {} if short_lease else LONG_LEASE
        self.platform.start_part("annotator", label, more={**gateway.settings, **lease, **more}, wait=wait)

    def kill(self, label: str) -> None:
        """SIGKILL. The last poll of the usual annotator is waited for: it could still take a message, to nobody."""
        self.platform.stop_part(label, kill=True)
        if label == "annotator":
            self.until(lambda: self.gates[label].polls == 0, "the last poll to end")

    def child_at_work_on(self, name: str) -> int | None:
        """The process that reads the input of a job; None while there is none."""
        for folder in (self.platform.options.state_dir / "work").glob(f"*/*/{name}-*"):
            for nursery in children_of(self.platform.up["parts"][folder.parts[-3]]["pid"]):
                for child in children_of(nursery):
                    return child
        return None

    def signal(self, label: str, number: signal.Signals) -> None:
        """Send a signal to a part."""
        self.platform.signal_part(label, number)

    def heal(self) -> None:
        """Undo whatever a test broke: no faults, no holds, the API server and the usual parts running, and no others."""
        self.control.clear_faults()
        for gate in self.gates.values():
            gate.clear()
        if not self.platform.control_plane.running:
            self.platform.control_plane.restart_apiserver()
        for label in sorted(set(self.platform.up["parts"]) - {"aws", *PARTS}):
            self.kill(label)
        for label in PARTS:
            if self.platform.part_runs(label):
                self.signal(label, signal.SIGCONT)
            else:
                self.platform.up["parts"].pop(label, None)
                self.start(label)

    def close(self) -> None:
        """Stop everything."""
        self._watch.stop()
        for process in self._background:
            process.kill()
            process.wait()
        for label in sorted(set(self.platform.up["parts"]) - {"aws"}):
            self.kill(label)
        self.platform.stop()
        for gate in self.gates.values():
            gate.close()

    def _ports(self) -> Ports:
        # Only here: the environment of the other tests of this process stays as it is.
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.platform.settings.items():
                environment.setenv(name, value)
            return aws_ports(Settings())
