"""Reads the evidence for the checker: from DynamoDB, S3, the API server and the mail outbox, never by the code under test."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from dev.measure.load.checker import Evidence, RecordSeen

_LINK = re.compile(r"/annotations/([a-z0-9][-a-z0-9]*)")
"""What leads from an e-mail to its job."""

_RESULT = re.compile(r"(?:archive/)?[^/]+/[^/]+/([^/~]+)~f\d+~[^/]+\.annot\.vcf\.gz")
"""A result's key; group 1 is the job. What lies beside a result ends differently."""

_ENDED = re.compile(r" is annotated$| could not be annotated$")
"""The subjects of the e-mails that tell of a job's end; others tell of a restore."""


def read_evidence(
    dynamodb: Any, s3: Any, resources: Iterable[Mapping[str, Any]], outbox: Any, instance: str
) -> Evidence:
    """Everything that lies in the four places of an instance; `outbox` are the mails with subject and text."""
    return Evidence(
        records=read_records(dynamodb, f"{instance}-jobs"),
        resources={each["metadata"]["name"]: each.get("status", {}).get("phase", "") for each in resources},
        results=read_results(s3, f"{instance}-results"),
        mails=read_mails(outbox),
    )


def read_catalogue(s3: Any, instance: str) -> dict[str, str]:
    """The digest that each published reference's name means: of its default release, or the only one."""
    found = s3.get_object(Bucket=f"{instance}-references", Key=f"{instance}/catalogue.json")["Body"].read()
    return {entry["name"]: entry["digest"] for entry in json.loads(found)["entries"]}


def read_items(dynamodb: Any, table: str) -> list[dict[str, Any]]:
    """Every record of the table as plain values, each read consistently."""
    deserialise = TypeDeserializer().deserialize
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [
        {name: deserialise(value) for name, value in item.items()} for page in pages for item in page["Items"]
    ]


def read_records(dynamodb: Any, table: str) -> dict[str, RecordSeen]:
    """What the table says of every job."""
    return {item["job_id"]: record_seen(item) for item in read_items(dynamodb, table)}


def record_seen(item: Mapping[str, Any]) -> RecordSeen:
    """What a record says, in the words of the checker."""
    archived = item.get("results_file_archive_id", "")
    return RecordSeen(
        item.get("job_status", ""),
        item.get("s3_key_result_file", "") if not item.get("archived") else archived,
        tuple(entry["status"] for entry in item.get("history", ())),
        int(item.get("result_size_bytes", 0)),
    )


def read_results(s3: Any, bucket: str) -> dict[str, dict[str, int]]:
    """The keys of each job's results, with their bytes."""
    found: dict[str, dict[str, int]] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for each in page.get("Contents", ()):
            if result := _RESULT.fullmatch(each["Key"]):
                found.setdefault(result[1], {})[each["Key"]] = each["Size"]
    return found


def read_mails(outbox: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many e-mails told of the end of each job, which is the one that they link to."""
    ended = (mail for mail in outbox if _ENDED.search(mail["subject"]))
    return Counter(job for mail in ended for job in set(_LINK.findall(mail["text"])))
