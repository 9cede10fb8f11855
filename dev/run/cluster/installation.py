"""GAS as Helm installed it on a cluster: the release, its pods, its jobs, and what is beside the cluster."""

import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import yaml
from kubernetes import client, config

from dev import ROOT
from dev.run.cluster.authority import Authority
from dev.run.cluster.outside import Outside
from dev.run.cluster.target import Target
from dev.run.issuer.issuer import CLIENT_ID
from dev.run.issuer.people import OPERATOR_SUBJECT
from dev.run.up.built_reference import BuiltReference
from dev.run.up.entrance import make_tokens
from dev.run.up.evidence import aws_client, wait_until
from dev.run.up.programs import run_program
from gas.bootstrap import aws_ports
from gas.config import LOCAL_CLIENT_SECRET, AwsSettings, Environment, Settings
from gas.domain.job import Job
from gas.domain.keys import InputKey
from gas.domain.plan import Plan, PlanStanding, User
from kube.errors import ClusterError
from kube.kubectl import Kubectl

CHART = ROOT / "charts" / "gas"

NAMESPACE = "gas-e2e"
"""Of the end-to-end tests. Also the instance."""

RELEASE = "gas"

HOST = "gas.test"
ACCOUNT = "123456789012"
"""The local AWS's."""

USER = "e2epremiumuser000000000000"
FREE_USER = "e2efreeuser000000000000000"

FINISHED = {"Completed", "Failed", "Cancelled", "Archived", "Restored"}

WEB_PODS = 2
"""The fewest that there should be."""

LEFTOVER_SECONDS = 120.0
"""How long what a lost attempt wrote may stay."""

API_SECONDS = 30.0
"""A busy machine answers late."""

HELM_SECONDS = 300.0
JOB_SECONDS = 480.0
"""How long a job may take on a busy machine of two cores, the start of an annotator included."""


@dataclass
class Installation:
    """The release under test."""

    target: Target
    outside: Outside
    authority: Authority
    folder: Path
    namespace: str = NAMESPACE
    """Also the instance."""
    host: str = HOST
    store_on_loopback: bool = False
    """Whether links lead browsers to the object store at this machine's loopback.

    A page that came over TLS may load from there without TLS, and from no other address. Pods reach the other.
    """

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator."""
        return Kubectl(Path(self.target.kubectl), Path(self.target.kubeconfig))

    @cached_property
    def api(self) -> Any:
        """The API server, asked in this process.

        Whoever looks every half second with a kubectl each time would load a small machine more than what it looks at.
        """
        return config.new_client_from_config(self.target.kubeconfig)

    def prepare(self) -> None:
        """The namespace and the secrets that a platform owner makes before the installation, and nothing of an older run."""
        self.kubectl.run(
            "delete",
            "namespace",
            self.namespace,
            "--ignore-not-found",
            "--timeout=180s",
            seconds=HELM_SECONDS,
        )
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        namespace["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}  # type: ignore[index]
        keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        certificate, key = self.authority.certify(self.host)
        objects = [
            namespace,
            self._secret("aws", keys),
            self._secret("oidc", {"client-secret": LOCAL_CLIENT_SECRET}),
            self._secret("tls", {"tls.crt": certificate, "tls.key": key}, kind="kubernetes.io/tls"),
        ]
        self.apply(objects)
        self.take_over_crd()

    def take_over_crd(self) -> None:
        """Let the release own the CRD that an older run in another namespace brought, and that was kept."""
        crd = "customresourcedefinition/annotationjobs.gas.io"
        if self.kubectl.ask("get", crd, "--output=name").code != 0:
            return
        owner = {"release-name": RELEASE, "release-namespace": self.namespace}
        self.kubectl.run(
            "annotate", "--overwrite", crd, *(f"meta.helm.sh/{name}={value}" for name, value in owner.items())
        )
        self.kubectl.run("label", "--overwrite", crd, "app.kubernetes.io/managed-by=Helm")

    def rename(self, host: str) -> None:
        """Give the installation another host, with a certificate for it; the next upgrade takes it up."""
        self.host = host
        certificate, key = self.authority.certify(host)
        self.apply([self._secret("tls", {"tls.crt": certificate, "tls.key": key}, kind="kubernetes.io/tls")])

    def values(self) -> dict[str, Any]:
        """The values of a small machine, with the local AWS and the local issuer."""
        store = self.outside.aws_here if self.store_on_loopback else self.outside.aws
        small = {"requests": {"cpu": "10m", "memory": "64Mi"}}
        part = {"image": {"tag": self.target.tag}, "aws": {"existingSecret": "aws"}, "resources": small}
        annotator = {
            **part,
            "terminationGracePeriodSeconds": 60,
            "autoscaling": {
                "maxReplicas": 4,
                "pollingSeconds": 5,
                "cooldownSeconds": 20,
                "fallback": {"failureThreshold": 1},
                "queueURL": f"{self.outside.aws}/{ACCOUNT}/{self.namespace}-job-requests",
                "authentication": {"existingSecret": "aws"},
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 10}},
            },
        }
        return {
            "imageRegistry": self.target.registry,
            "settings": {
                "env": "local",
                "aws": {"endpointUrl": self.outside.aws, "publicEndpointUrl": store, "dueShards": 1},
                "lifecycle": {
                    "retentionSeconds": 3600,
                    "linkSeconds": 60,
                    "deleteSettlesSeconds": 2,
                    "retrievalPollSeconds": 5,
                    "expeditedSeconds": 5,
                    "standardSeconds": 10,
                },
                "plans": {"premiumMaxActiveJobs": 1000, "jobsInLine": 1000},
                "web": {
                    "issuerUrl": self.outside.issuer,
                    "clientId": CLIENT_ID,
                    "payments": "one-click",
                    "operators": [OPERATOR_SUBJECT],
                    "objectStoreOrigins": [store],
                },
                "annotator": {"leaseSeconds": 20, "drainSeconds": 20},
                "controllers": {"sweepSeconds": 5},
            },
            "web": {**part, "oidc": {"existingSecret": "oidc"}},
            "annotator": annotator,
            "controllers": part,
            "setup": {**part, "enabled": True},
            "tests": {"tokenSecret": "token", "timeoutSeconds": 120},
            "ingress": {"enabled": True, "host": self.host, "tls": {"secretName": "tls"}},
        }

    def get(self, path: str, host: str = "", **more: Any) -> requests.Response:
        """What the ingress controller answers, over TLS, to somebody who believes the run's own authority alone."""
        trust = self.authority.write(self.folder / "authority.pem")
        return requests.get(f"https://{host or self.host}{path}", verify=str(trust), timeout=10, **more)

    def give_token(self) -> str:
        """Sign somebody in by the front door, and let `helm test` have their token; the token."""
        os.environ["REQUESTS_CA_BUNDLE"] = str(self.authority.write(self.folder / "authority.pem"))
        try:
            token = make_tokens(f"https://{self.host}")["free"]
        finally:
            del os.environ["REQUESTS_CA_BUNDLE"]
        self.apply([self._secret("token", {"token": token})])
        return token

    def upgrade(self, values: Mapping[str, Any] | None = None, chart: Path = CHART, *more: str) -> float:
        """Install or upgrade the release and wait until it is ready; the seconds that took."""
        file = self.folder / "values.yaml"
        file.write_text(yaml.safe_dump(values or self.values()))
        began = time.monotonic()
        self.helm(
            "upgrade", "--install", RELEASE, str(chart), f"--values={file}", "--wait", "--timeout=240s", *more
        )
        return time.monotonic() - began

    def helm(self, *arguments: str) -> str:
        """What Helm answers."""
        folders = {
            f"HELM_{name}_HOME": str(self.folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA")
        }
        done = subprocess.run(
            [
                self.target.helm,
                f"--kubeconfig={self.target.kubeconfig}",
                f"--namespace={self.namespace}",
                *arguments,
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=HELM_SECONDS,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **folders},
        )
        if done.returncode != 0:
            raise ClusterError(f"helm {' '.join(arguments)}: {done.stderr}\n{self.state()}")
        return done.stdout

    def apply(self, objects: list[dict[str, Any]]) -> None:
        """Apply objects."""
        self.kubectl.run("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(objects))

    def ask(self, *arguments: str, seconds: float = 60) -> str:
        """What kubectl answers in the namespace."""
        return self.kubectl.run(f"--namespace={self.namespace}", *arguments, seconds=seconds)

    def state(self) -> str:
        """What a person would look at when something is wrong."""
        pods = self.kubectl.ask(
            "-n", self.namespace, "get", "pods,jobs,hpa,scaledobjects", "-o", "wide"
        ).stdout
        events = self.kubectl.ask("-n", self.namespace, "get", "events", "--sort-by=.lastTimestamp").stdout
        return pods + "\n".join(events.splitlines()[-15:])

    def pods(self, component: str, *, ready: bool = False, ending: bool = False) -> list[str]:
        """The names of a part's pods: only those that are ready, or those that are ending too, when asked so."""
        return [pod["metadata"]["name"] for pod in self._some_pods(component, ready=ready, ending=ending)]

    def pod(self, component: str) -> dict[str, Any]:
        """One of a part's pods, once one is ready and is not ending."""
        found: list[dict[str, Any]] = []

        def looked() -> bool:
            found[:] = self._some_pods(component, ready=True, ending=False)
            return bool(found)

        wait_until(f"a pod of {component} to be ready", JOB_SECONDS, looked, pause_seconds=0.2)
        return found[0]

    def _some_pods(self, component: str, *, ready: bool, ending: bool) -> list[dict[str, Any]]:
        return [
            pod
            for pod in self.pod_objects(component)
            if (ending or "deletionTimestamp" not in pod["metadata"]) and (not ready or _is_ready(pod))
        ]

    def pod_objects(self, component: str) -> list[dict[str, Any]]:
        """A part's pods, as Kubernetes tells them."""
        answer = client.CoreV1Api(self.api).list_namespaced_pod(
            self.namespace,
            label_selector=f"app.kubernetes.io/component={component}",
            _preload_content=False,
            _request_timeout=API_SECONDS,
        )
        found: list[dict[str, Any]] = json.loads(answer.data)["items"]
        return found

    def await_nobody(self) -> float:
        """Wait until no annotator is left, not even one that is ending: its last poll may still take a job.

        The message of a job that waited for its reference comes back after five minutes, and the queue is not empty before.
        """
        began = time.monotonic()
        wait_until(
            "the last annotator to go", 420, lambda: not self.pods("annotator", ending=True), pause_seconds=1
        )
        return time.monotonic() - began

    def await_gone(self, pods: list[str]) -> float:
        """Wait until annotators that were told to go have ended; the seconds that took."""
        began = time.monotonic()
        told = set(pods)
        wait_until(
            "the annotators to end",
            240,
            lambda: told.isdisjoint(self.pods("annotator", ending=True)),
            pause_seconds=0.5,
        )
        return time.monotonic() - began

    def ports(self) -> Any:
        """The application's own adapters, on the local AWS."""
        return aws_ports(self.settings())

    def settings(self) -> Settings:
        """The settings by which a program beside the cluster reaches the same instance."""
        endpoint: Any = self.outside.aws_here
        return Settings(
            env=Environment.LOCAL,
            instance=self.namespace,
            aws=AwsSettings(endpoint_url=endpoint, due_shards=1),
        )

    def publish(self, reference: BuiltReference) -> None:
        """Publish a reference, as a platform owner does it in a shell beside the cluster.

        Raises:
            PlatformError: it could not be published.
        """
        reference.publish(self._publisher())

    def retire(self, name: str) -> None:
        """Give a reference to no new job any more, as a platform owner does it there.

        Raises:
            PlatformError: it could not be retired.
        """
        run_program("reference", "retire", name, settings=self._publisher())

    def _publisher(self) -> dict[str, str]:
        """The environment of a shell in which `gas-reference` keeps this installation's references."""
        return {
            "GAS_ENV": "local",
            "GAS_INSTANCE": self.namespace,
            "GAS_AWS__ENDPOINT_URL": self.outside.aws_here,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def make_user(self, user_id: str = USER, plan: Plan = Plan.PREMIUM) -> None:
        """A user who has signed in once; nothing new when there is one."""
        users = self.ports().users
        if users.get(user_id) is not None:
            return
        user = User(
            user_id,
            f"{user_id}@example.org",
            "Eve Example",
            PlanStanding(plan, datetime.now(UTC)),
            email_confirmed=True,
        )
        users.create(user)

    def send(self, names: list[str], content: bytes, user_id: str = USER, **policy: Any) -> None:
        """Upload an input for each job, and apply their resources at once; `policy` are more fields of their spec."""
        s3 = aws_client("s3", self.outside.aws_here)
        bucket = f"{self.namespace}-inputs"
        resources = []
        for name in names:
            key = str(InputKey(self.namespace, user_id, name, "input.vcf"))
            s3.put_object(Bucket=bucket, Key=key, Body=content)
            spec = {"userID": user_id, "input": {"bucket": bucket, "key": key, "fileName": "input.vcf"}}
            resources.append(
                {
                    "apiVersion": "gas.io/v1alpha1",
                    "kind": "AnnotationJob",
                    "metadata": {"name": name, "namespace": self.namespace},
                    "spec": {**spec, "reference": "rCRS", **policy},
                }
            )
        self.kubectl.run("apply", "-f", "-", stdin=yaml.safe_dump_all(resources), seconds=120)

    def change(self, name: str, **policy: Any) -> None:
        """Change fields of a job's spec, as operations do."""
        self.ask("patch", "annotationjob", name, "--type=merge", "-p", json.dumps({"spec": policy}))

    def records(self, names: Collection[str]) -> dict[str, Job]:
        """The jobs' records, which are the truth."""
        found = self.ports().jobs.get_many(names)
        return {name: record for name, record in found.items() if isinstance(record, Job)}

    def result(self, name: str) -> bytes:
        """The annotated VCF of a job that is Completed, as it is stored."""
        result = self.records([name])[name].result
        assert result is not None, f"{name} has no result"
        s3 = aws_client("s3", self.outside.aws_here)
        content: bytes = s3.get_object(Bucket=result.bucket, Key=result.key)["Body"].read()
        return content

    def phases(self) -> dict[str, str]:
        """The phase of every job's resource."""
        listed = json.loads(self.ask("get", "annotationjobs", "-o", "json"))
        return {each["metadata"]["name"]: each.get("status", {}).get("phase", "") for each in listed["items"]}

    def ready_conditions(self, name: str) -> list[tuple[str, str]]:
        """Reason and sentence of a job's condition Ready."""
        found = json.loads(self.ask("get", "annotationjob", name, "-o", "json"))
        conditions = found.get("status", {}).get("conditions", [])
        return [(each["reason"], each["message"]) for each in conditions if each["type"] == "Ready"]

    def finished(self, names: list[str]) -> bool:
        """True once no annotator will work on any of the jobs any more."""
        found = self.phases()
        return all(found.get(name) in FINISHED for name in names)

    def await_ready(self, seconds: float = 180) -> None:
        """Wait until the web and the controllers are ready, as many as there should be."""
        wait_until("web and controllers to be ready", seconds, self._all_ready, pause_seconds=0.5)

    def _all_ready(self) -> bool:
        return len(self.pods("web", ready=True)) >= WEB_PODS and bool(self.pods("controllers", ready=True))

    def await_jobs(self, names: list[str], seconds: float = JOB_SECONDS) -> float:
        """Wait until all are Completed; the seconds that took."""
        began = time.monotonic()

        try:
            wait_until("the jobs to end", seconds, lambda: self.finished(names), pause_seconds=0.5)
        except TimeoutError:
            found = Counter(self.phases().get(name) for name in names)
            raise TimeoutError(f"after {seconds:.0f} s the jobs are {dict(found)}\n{self.state()}") from None
        return time.monotonic() - began

    def lost_and_doubled(self, names: list[str]) -> dict[str, int]:
        """How many jobs have no result, and how many were told of twice or keep two.

        What a lost attempt wrote is no second result: the controllers remove it, and are given the time to.
        """
        with suppress(TimeoutError):
            wait_until(
                "leftovers to be removed",
                LEFTOVER_SECONDS,
                lambda: max(self._results(names).values(), default=0) <= 1,
                pause_seconds=1,
            )
        results = self._results(names)
        mails = Counter(
            name for mail in self.outside.control.mail() for name in _words(mail["text"]) & set(names)
        )
        phases = self.phases()
        lost = [name for name in names if phases.get(name) != "Completed" or not results[name]]
        doubled = [name for name in names if results[name] > 1 or mails[name] > 1]
        return {"jobs": len(names), "lost": len(lost), "doubled": len(doubled)}

    def _results(self, names: list[str]) -> Counter[str]:
        """How many results of each job are stored."""
        s3 = aws_client("s3", self.outside.aws_here)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=f"{self.namespace}-results")
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        wanted = set(names)
        jobs = (key.rsplit("/", 1)[-1].partition("~")[0] for key in keys if key.endswith(".annot.vcf.gz"))
        return Counter(job for job in jobs if job in wanted)

    def _secret(self, name: str, fields: Mapping[str, str], kind: str = "Opaque") -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": kind,
            "metadata": {"name": name, "namespace": self.namespace},
            "stringData": dict(fields),
        }


def _words(text: str) -> set[str]:
    """What could be a job's name in an e-mail."""
    return set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", text))


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
