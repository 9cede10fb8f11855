"""The installation under load, with all that looks at it: what every experiment stands on."""

import json
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from dev.measure.load import machine
from dev.measure.load.checker import DONE, Judgement, Submission, judge
from dev.measure.load.overrides import PORTS, overrides, with_sections
from dev.measure.load.plan import Experiment
from dev.measure.load.readers import read_evidence, read_items
from dev.measure.load.watching import GROUP, PLURAL, VERSION, Watching
from dev.measure.metrics import api_calls
from dev.run.cluster.installation import USER, Installation
from dev.run.up.evidence import aws_client, wait_until

SENDERS = 8
"""How many submit at a time."""

LEFTOVER_SECONDS = 150.0
"""How long what a killed attempt wrote, and a mail, may need: the sweep comes every 15 s, and waits out late writes."""

SETTLED_SECONDS = 20.0
"""How long a run has to look in order before it is: a double comes after what it doubles, with a sweep at the latest."""

WEATHER = (ApiException, urllib3.exceptions.HTTPError, OSError, BotoCoreError, ClientError)
"""What a busy API server, a busy local AWS, or the way to them answers now and then."""

_LOOK_SECONDS = 5
_ASK_SECONDS = 30


class Bench:
    """One installation; experiments follow each other on it, and `known` are the ids that they have submitted."""

    def __init__(self, installation: Installation, say: Callable[[str], None]) -> None:
        self.installation = installation
        self.say = say
        self.namespace = installation.namespace
        self.aws = {
            name: aws_client(name, installation.outside.aws_here, _ASK_SECONDS)
            for name in ("dynamodb", "s3", "sqs")
        }
        self.core = client.CoreV1Api(installation.api)
        self._custom = client.CustomObjectsApi(installation.api)
        self.watching = Watching(installation.api, self.namespace)
        self.known: set[str] = set()
        self.values: dict[str, Any] = {}
        """What differs from the chart's defaults in every run."""
        self._installed: dict[str, Any] | None = None

    def install(self, pace: float, more: Mapping[str, Any] | None = None) -> float:
        """Install the chart, or change the pace of the annotators, or `more` sections of settings; the seconds that took."""
        found = self.installation
        self.values = overrides(
            aws=found.outside.aws,
            issuer=found.outside.issuer,
            instance=self.namespace,
            host=found.host,
            registry=found.target.registry,
            tag=found.target.tag,
            pace=pace,
        )
        wanted = with_sections(self.values, more or {})
        if wanted == self._installed:
            return 0.0
        self.say(f"installing the chart with a pace of {pace:g} s" + (f" and {dict(more)}" if more else ""))
        seconds = found.upgrade(wanted)
        if self._installed is None:
            # Kubernetes makes one pod before KEDA takes it away, and a SIGTERM that comes before Python listens is lost
            # on the first process of a container: it would stay for its whole grace period.
            for pod in found.pods("annotator", ending=True):
                found.ask("delete", "pod", "--grace-period=0", "--force", "--ignore-not-found", pod)
        self._installed = wanted
        return seconds

    def looked(self) -> machine.Look:
        """The machine and the local AWS as they are now."""
        return machine.look(self.installation.outside.aws_pid)

    def put_inputs(self, names: Iterable[str], content: bytes, user_id: str = USER) -> None:
        """Upload the input of each job of a user."""
        bucket = f"{self.namespace}-inputs"

        def put(name: str) -> None:
            self.aws["s3"].put_object(Bucket=bucket, Key=self._key(name, user_id), Body=content)

        self.at_once(put, names)

    def create(self, name: str, user_id: str = USER, **spec: Any) -> Submission:
        """Make the resource of a job: attempted in any case, acknowledged when the API server says so."""
        self.known.add(name)
        place = {
            "bucket": f"{self.namespace}-inputs",
            "key": self._key(name, user_id),
            "fileName": "input.vcf",
        }
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "AnnotationJob",
            "metadata": {"name": name},
            "spec": {"userID": user_id, "input": place, "reference": "rCRS", **spec},
        }
        try:
            self._custom.create_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, body, _request_timeout=_ASK_SECONDS
            )
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            self.say(f"{name} was not acknowledged: {error}")
            return Submission(name, acknowledged=False)
        return Submission(name, acknowledged=True, at=time.time())

    def create_all(self, names: Iterable[str], user_id: str = USER, **spec: Any) -> list[Submission]:
        """Make many at once."""
        return self.create_each(dict.fromkeys(names, spec), user_id)

    def create_each(self, specs: Mapping[str, Mapping[str, Any]], user_id: str = USER) -> list[Submission]:
        """Make many at once, each with fields of its own."""
        with ThreadPoolExecutor(SENDERS) as pool:
            return list(pool.map(lambda name: self.create(name, user_id, **specs[name]), specs))

    def at_once(self, work: Callable[[str], None], names: Iterable[str]) -> None:
        """Do something for many names, several at a time."""
        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(work, names))

    def records(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """The records of these jobs, as plain values."""
        wanted = set(names)
        items = read_items(self.aws["dynamodb"], f"{self.namespace}-jobs")
        return [item for item in items if item["job_id"] in wanted]

    def judge(self, submissions: list[Submission], ends: Collection[str] = DONE) -> Judgement:
        """What the checker says, once what lost attempts left behind had the time to go and mails to be sent."""
        mine = {each.job_id for each in submissions}
        return settled(lambda: self._judge_now(submissions, self.known - mine, ends))

    def _judge_now(
        self, submissions: list[Submission], earlier: set[str], ends: Collection[str]
    ) -> Judgement:
        listed = self._custom.list_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL, _request_timeout=_ASK_SECONDS
        )
        outbox = self.installation.outside.control.mail()
        evidence = read_evidence(
            self.aws["dynamodb"], self.aws["s3"], listed["items"], outbox, self.namespace
        )
        return judge(submissions, evidence, earlier, ends)

    def api_calls(self) -> dict[str, int]:
        """How many requests of a job's life the API server has counted so far; see `metrics.api_calls`."""
        return api_calls(self.installation.kubectl.run("get", "--raw", "/metrics", seconds=_ASK_SECONDS))

    def controllers_metrics(self) -> str:
        """What the controllers tell Prometheus, asked through the API server; empty while none answers."""
        pods = self.installation.pods("controllers")
        for pod in pods:
            path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}:{PORTS['controllers']}/proxy/metrics"
            answer = self.installation.kubectl.ask("get", "--raw", path, seconds=_ASK_SECONDS)
            if answer.code == 0:
                return answer.stdout
        return ""

    def await_phases(self, what: str, names: Iterable[str], phases: frozenset[str], seconds: float) -> bool:
        """Wait until each of these shows one of the phases; False when the time is over."""
        wanted = set(names)

        def there() -> bool:
            return all(self.watching.phases.get(name) in phases for name in wanted)

        return self.wait(what, seconds, there, pause_seconds=0.5)

    def wait(
        self, what: str, seconds: float, there: Callable[[], bool], *, pause_seconds: float = 1.0
    ) -> bool:
        """Wait until something is there; False, and a word about it, when the time is over: what there is is judged all the same."""
        try:
            wait_until(what, seconds, there, pause_seconds=pause_seconds)
        except TimeoutError as error:
            self.say(str(error))
            return False
        return True

    def context(self, experiment: Experiment) -> dict[str, Any]:
        """What a reader must know of a run beside its figures."""
        return {
            "experiment": asdict(experiment),
            "paceSeconds": self.values["settings"]["annotator"]["paceSeconds"],
            "machine": machine.facts(),
        }

    def _key(self, name: str, user_id: str) -> str:
        return f"{self.namespace}/{user_id}/{name}~input.vcf"


def settled(
    look: Callable[[], Judgement],
    clock: Callable[[], float] = time.monotonic,
    rest: Callable[[float], None] = time.sleep,
) -> Judgement:
    """The last of many looks: of a run that was in order for a while, or that was not when the time was over.

    A look that a busy machine broke off is made again: it would cost a run all its figures.
    """
    deadline, in_order = clock() + LEFTOVER_SECONDS, math.inf
    while True:
        try:
            judgement, now = look(), clock()
        except WEATHER:
            if clock() > deadline:
                raise
            rest(_LOOK_SECONDS)
            continue
        good = judgement.clean and not judgement.without_mail
        in_order = min(in_order, now) if good else math.inf
        if now - in_order >= SETTLED_SECONDS or (now > deadline and not good):
            return judgement
        rest(_LOOK_SECONDS)


def write_json(path: Any, content: Any) -> None:
    """Write a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
