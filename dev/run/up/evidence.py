"""The raw evidence of a demo run: what kubectl saw, every version of every record, and where the bytes were.

Written line by line while the run goes on; the demo's report is computed from these files alone.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kube.kubectl import Kubectl

READ_SECONDS = 10.0

CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    retries={"max_attempts": 2},
    connect_timeout=5,
    read_timeout=READ_SECONDS,
)

LOOK_SECONDS = 0.25
"""How often the bytes are looked at."""


def aws_client(service: str, endpoint: str, read_seconds: float = READ_SECONDS) -> Any:
    """A client of the local AWS that is nobody's adapter: the evidence must not come from the code under test."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="evidence",
        aws_secret_access_key="evidence",  # noqa: S106 - the local AWS takes any
        config=CONFIG.merge(Config(read_timeout=read_seconds)),
    )


class Lines:
    """A file of JSON lines, each with the time at which it was seen; of a look at the bytes, at which that began."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, **fields: Any) -> None:
        """Add a line; where the fields have no time of their own, it is now."""
        with self._lock:
            self._file.write(json.dumps({"at": now_text(), **fields}, default=_plain) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Recorder:
    """Records until it is stopped."""

    def __init__(self, folder: Path, kubectl: Kubectl, endpoint: str, instance: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kubectl = kubectl
        self._dynamodb = aws_client("dynamodb", endpoint)
        self._streams = aws_client("dynamodbstreams", endpoint)
        self._s3 = aws_client("s3", endpoint)
        self._table = f"{instance}-jobs"
        self._results = f"{instance}-results"
        self._watch = Lines(folder / "watch.jsonl")
        self._records = Lines(folder / "records.jsonl")
        self._objects = Lines(folder / "objects.jsonl")
        self._hot_keys: dict[str, str] = {}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start recording; what happens from now on is seen."""
        self._dynamodb.update_table(
            TableName=self._table,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self._process = subprocess.Popen(
            [
                str(self._kubectl.binary),
                f"--kubeconfig={self._kubectl.kubeconfig}",
                *("get", "annotationjobs", "--output=json", "--watch", "--output-watch-events"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for loop in (self._record_watch, self._record_records, self._record_objects):
            thread = threading.Thread(target=loop, daemon=True)
            thread.start()
            self._threads.append(thread)

    def expect_result(self, job_id: str, key: str) -> None:
        """Look for this job's result under this key, until its record names another."""
        self._hot_keys[job_id] = key

    def stop(self) -> None:
        """End recording with a last look at the bytes, and close the files."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        for thread in self._threads:
            thread.join(10)
        # What cannot be looked at any more is missing in the evidence, and told for that.
        with suppress(ClientError, BotoCoreError):
            for job_id in list(self._hot_keys):
                self._look(job_id)
        for lines in (self._watch, self._records, self._objects):
            lines.close()

    def _record_watch(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for event in json_values(iter(self._process.stdout.readline, "")):
            self._watch.write(type=event["type"], object=event["object"])
            # A look at the bytes for every change that kubectl shows, so that each state has its own.
            job_id = event["object"]["metadata"]["name"]
            if key := event["object"].get("status", {}).get("result", {}).get("key"):
                self._hot_keys[job_id] = key
            self._look(job_id)

    def _record_records(self) -> None:
        arn = self._dynamodb.describe_table(TableName=self._table)["Table"]["LatestStreamArn"]
        shard = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        ended = False
        while not ended:
            # Once more after the end, for what was written since the last look.
            ended = self._stopping.wait(LOOK_SECONDS)
            page = self._streams.get_records(ShardIterator=iterator)
            iterator = page["NextShardIterator"]
            for record in page["Records"]:
                image = _from_dynamodb(record["dynamodb"]["NewImage"])
                if "s3_key_result_file" in image:
                    self._hot_keys[image["job_id"]] = image["s3_key_result_file"]
                self._records.write(
                    written=record["dynamodb"]["ApproximateCreationDateTime"].astimezone(UTC).isoformat(),
                    record=image,
                )

    def _record_objects(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for job_id in list(self._hot_keys):
                self._look(job_id)

    def _look(self, job_id: str) -> None:
        key = self._hot_keys.get(job_id)
        if key is None:
            return
        # A look may take long: what it missed may have come since, and what it saw may have gone.
        began = now_text()
        hot, archived = self._head(key), self._head(f"archive/{key}")
        self._objects.write(at=began, ended=now_text(), job_id=job_id, hot=hot, archive=archived)

    def _head(self, key: str) -> dict[str, str] | None:
        try:
            found = self._s3.head_object(Bucket=self._results, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004 - not found
                return None
            raise
        return {"key": key, "storageClass": found.get("StorageClass", "STANDARD")}


def json_values(lines: Iterator[str]) -> Iterator[Any]:
    """The JSON values in a stream, each as soon as it is whole: kubectl prints them on one line or on many."""
    text = ""
    for line in lines:
        text += line
        if line.startswith((" ", "\t")):
            continue
        try:
            value = json.loads(text)
        except ValueError:
            continue
        text = ""
        yield value


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of an evidence file; its writer may be in the middle of the last one."""
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def wait_until(
    what: str, seconds: float, condition: Callable[[], bool], *, pause_seconds: float = 0.05
) -> None:
    """Wait until the condition holds, looking again after each pause.

    Raises:
        TimeoutError: it did not in time; the text says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause_seconds)


def now_text() -> str:
    """The time, in UTC, as the evidence writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _from_dynamodb(image: dict[str, Any]) -> dict[str, Any]:

    deserialise = TypeDeserializer().deserialize
    return {name: deserialise(value) for name, value in image.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
