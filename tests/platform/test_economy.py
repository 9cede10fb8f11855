"""What one life costs the API server, by the API server's own count."""

import re
import sys
import time
from collections import Counter

import pytest

from tests.support.desk import Desk

pytestmark = pytest.mark.kube

LIFE = ["Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored"]
STATUS_WRITE = ("PATCH", "annotationjobs", "status")
EVENT = ("POST", "events", "")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def _calls(desk: Desk) -> Counter[tuple[str, str, str]]:
    """Requests for AnnotationJobs and Events so far, by verb, resource and subresource; lists are the test's own."""
    calls: Counter[tuple[str, str, str]] = Counter()
    for line in desk.kubectl("get", "--raw", "/metrics").splitlines():
        if not line.startswith("apiserver_request_total{"):
            continue
        labels, value = line.rsplit(" ", 1)
        of = dict(_LABEL.findall(labels))
        if of["resource"] in {"annotationjobs", "events"} and of["verb"] not in {"LIST", "WATCH"}:
            calls[of["verb"], of["resource"], of["subresource"]] += int(float(value))
    return calls


def test_one_status_write_per_transition(desk: Desk) -> None:
    """From Pending to Restored the status is written once for each state that was shown, and not once more."""
    user, name = desk.user(), desk.name("thrifty")
    before = _calls(desk)

    desk.submit(user, name)
    desk.wait([name], "Archived")
    desk.until(lambda: "f1~sample.annot.vcf.gz" not in desk.objects(name), "the hot bytes to go")
    desk.upgrade(user)
    desk.wait([name], "Restored")
    desk.until(lambda: "archive/f1~sample.annot.vcf.gz" not in desk.objects(name), "the archived copy to go")
    desk.until(lambda: desk.record(name)["due_at"] > time.time() + 3600, "the record to settle")

    spent = _calls(desk) - before
    sys.stdout.write(f"API calls of one life, the apply included: {sum(spent.values())}: {dict(spent)}\n")
    assert desk.history(name) == LIFE
    assert spent[STATUS_WRITE] == spent[EVENT]
    assert len(LIFE) - 2 <= spent[STATUS_WRITE] <= len(LIFE)
