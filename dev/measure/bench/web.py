"""Measures the web on a platform of its own: one user's list of 10,000 jobs, and submitting, beside the cloud's share.

Times are those of a client on this machine, one request after the other, with controllers and annotator at work.
Beside each figure stand the calls to the local AWS that such a request needs, made alone in the same run.
"""

import itertools
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from dev.run.up.entrance import signed_in
from dev.run.up.evidence import aws_client, wait_until
from dev.run.up.inputs import write_inputs
from dev.run.up.options import BUILD, Options
from dev.run.up.platform import Platform
from gas.bootstrap import aws_ports
from gas.config import Settings
from gas.domain.job import Job, JobEvent, created
from gas.domain.keys import InputKey, attempt_keys
from gas.domain.messages import HintEvent, JobHint
from gas.domain.names import Bucket, Channel, Table, TableIndex
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, ResourceRef, ResourceState, Result, StoredOutput
from gas.domain.session import handle_of
from gas.domain.spec import ArchivePolicy, InputRef, JobPolicy

JOBS = 10_000
LOOKS = 200
SUBMISSIONS = 200
AT_ONCE = 40
"""Submissions between two pauses in which the annotator catches up: a plan allows only so many unfinished jobs."""

PAGE = 25
SECONDS = 60


class Bench:
    """The free user has very many finished jobs; the premium user submits."""

    def __init__(self, platform: Platform) -> None:
        self._web = str(platform.up["web"])
        self._tokens: dict[str, str] = platform.up["tokens"]
        os.environ.update(platform.settings)
        self._ports = aws_ports(Settings())
        self._aws = {name: aws_client(name, platform.endpoint) for name in ("dynamodb", "s3")}
        self._api = requests.Session()
        self._numbers = itertools.count(JOBS)
        self._free, self._premium = (str(self._call("GET", "/me", who)["id"]) for who in ("free", "premium"))

    def fill(self) -> None:
        """Give the free user all those jobs: at rest, their resources expired, so that nothing moves them."""
        now = datetime.now(UTC)
        with ThreadPoolExecutor(8) as pool:
            jobs = (self._finished(number, now) for number in range(JOBS))
            if not all(pool.map(self._ports.jobs.create, jobs)):
                raise SystemExit("a job of the bench was there before it was made")

    def looks(self) -> dict[str, Any]:
        """The list as page and as API answer, from its beginning and from its middle, beside the bare query."""
        with signed_in(self._web, "free") as visitor:
            page = milliseconds(
                LOOKS, lambda: _ok(visitor.browser.get(f"{self._web}/annotations", timeout=SECONDS))
            )
        middle = self._middle()
        return {
            "page": page,
            "api": milliseconds(LOOKS, self._list),
            "apiInTheMiddle": milliseconds(LOOKS, lambda: self._list(middle)),
            "bareQuery": milliseconds(LOOKS, self._bare_query),
        }

    def submissions(self) -> dict[str, Any]:
        """POST /api/v1/jobs for files that are uploaded already, beside the bare calls of a submission."""
        keys = self._uploads()
        taken: list[float] = []
        while len(taken) < SUBMISSIONS:
            taken += times(AT_ONCE, lambda: self._submit(next(keys)))
            wait_until("the annotator to catch up", SECONDS * 5, self._caught_up)
        return {
            "submit": summary(taken),
            "bareCalls": milliseconds(SUBMISSIONS, lambda: self._bare_submission(next(keys))),
        }

    def _call(self, method: str, path: str, who: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        address = f"{self._web}/api/v1{path}"
        return _ok(self._api.request(method, address, headers=headers, timeout=SECONDS, **more)).json()

    def _list(self, cursor: str | None = None, limit: int = PAGE) -> Any:
        return self._call(
            "GET", "/jobs", "free", params={"limit": limit} | ({"cursor": cursor} if cursor else {})
        )

    def _middle(self) -> str:
        cursor: str | None = None
        for _ in range(JOBS // 200):
            cursor = self._list(cursor, 100)["cursor"]
        if cursor is None:
            raise SystemExit("the list ended before its middle")
        return cursor

    def _bare_query(self) -> None:
        found = self._aws["dynamodb"].query(
            TableName=self._ports.names.table(Table.JOBS),
            IndexName=TableIndex.JOBS_BY_USER.value,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": self._free}},
            ScanIndexForward=False,
            Limit=PAGE + 1,
        )
        if found["Count"] != PAGE + 1:
            raise SystemExit("the bare query did not find the jobs")

    def _uploads(self) -> Iterator[str]:
        """Endless keys of files that lie where a form would have put them."""
        content = write_inputs(BUILD / "bench")["premium"].read_bytes()
        bucket = self._ports.names.bucket(Bucket.INPUTS)
        for _ in itertools.count():
            key = str(InputKey(self._ports.key_prefix, self._premium, str(uuid.uuid4()), "a.vcf"))
            self._aws["s3"].put_object(Bucket=bucket, Key=key, Body=content)
            yield key

    def _submit(self, key: str) -> None:
        self._call("POST", "/jobs", "premium", json={"key": key, "reference": "rCRS"})

    def _caught_up(self) -> bool:
        wanted = {"state": "Pending,Queued,Running"}
        return not self._call("GET", "/jobs", "premium", params=wanted)["jobs"]

    def _bare_submission(self, key: str) -> None:
        """What a submission asks of AWS, in its order: who it is, the job, the file, the places, record and hint."""
        ports, now = self._ports, datetime.now(UTC)
        job = replace(self._finished(next(self._numbers), now), user_id=self._premium)
        ports.tokens.get(handle_of(self._tokens["premium"]))
        ports.users.get(self._premium)
        ports.jobs.get(job.job_id)
        ports.objects.head(ports.names.bucket(Bucket.INPUTS), key)
        places = ports.quotas.active_jobs("bench")
        ports.quotas.commit("bench", places, places.with_job(job.job_id, now).without({job.job_id}))
        ports.jobs.create(job)
        ports.publisher.publish(Channel.JOB_RESULTS, JobHint(job.job_id, job.version, HintEvent.SUBMITTED))

    def _finished(self, number: int, now: datetime) -> Job:
        """A job of the free user that was finished long ago."""
        job_id, name = f"bench-{number:06}", f"sample-{number:06}.vcf"
        time = now - timedelta(days=30) + timedelta(seconds=number)
        key = str(InputKey(self._ports.key_prefix, self._free, job_id, name))
        place = InputRef(self._ports.names.bucket(Bucket.INPUTS), key, name)
        job = created(Job(job_id, self._free, place, "rCRS", time))
        keys = attempt_keys(self._ports.key_prefix, self._free, job_id, name, 1)
        result = Result(
            bucket=self._ports.names.bucket(Bucket.RESULTS),
            outputs={output: StoredOutput(key, 12_345, "ab" * 32) for output, key in keys.items()},
            variants=350,
        )
        queued = job.moved(JobEvent.INPUT_ACCEPTED, time, accepted_input=AcceptedInput("etag", 9_999))
        done = queued.claimed("bench", time, timedelta(minutes=1)).finished_with(result, time)
        resource = ResourceRef(ResourceState.EXPIRED, created=time)
        return replace(
            done,
            reason=Reason.POLICY_NEVER,
            policy=JobPolicy(archive_policy=ArchivePolicy.NEVER),
            resource=resource,
            due=None,
        )


def times(rounds: int, call: Callable[[], object]) -> list[float]:
    """The milliseconds of each call, one after the other."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def summary(taken: list[float]) -> dict[str, float]:
    """What a list of milliseconds comes to."""
    cuts = statistics.quantiles(taken, n=100)
    return {
        "rounds": len(taken),
        "medianMs": round(cuts[49], 1),
        "p95Ms": round(cuts[94], 1),
        "p99Ms": round(cuts[98], 1),
        "worstMs": round(max(taken), 1),
    }


def milliseconds(rounds: int, call: Callable[[], object]) -> dict[str, float]:
    """A summary of so many calls, after one that warms everything."""
    call()
    return summary(times(rounds, call))


def _ok(answer: requests.Response) -> requests.Response:
    answer.raise_for_status()
    return answer


def main() -> None:
    """Start a platform, measure, print and stop it."""
    platform = Platform.start(Options(instance="bench-web", retention_seconds=3600, sweep_seconds=15.0))
    try:
        platform.start_entrance()
        bench = Bench(platform)
        figures: dict[str, Any] = {"loadBefore": os.getloadavg()[0], "submissions": bench.submissions()}
        bench.fill()
        figures |= {"jobsInTheList": JOBS, "list": bench.looks(), "loadAfter": os.getloadavg()[0]}
    finally:
        platform.stop()
    text = json.dumps(figures, indent=2)
    (BUILD / "bench-web.json").write_text(text + "\n")
    print(text)
