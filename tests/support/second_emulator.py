"""A second emulator for the contract suite, so that GAS is not tuned to one: ministack, when it is installed.

It runs only under GAS_SECOND_EMULATOR=1. What it does otherwise than AWS stands here by the test's name, so that
no assertion is weakened for it.
"""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from dev.run.cloud.client import LocalCloud
from tests.support.waiting import PATIENCE_SECONDS, until

NO_CONTROL = frozenset(
    {
        "test_an_error_comes_as_often_as_asked",
        "test_an_error_comes_before_or_after_the_effect",
        "test_a_delayed_request_takes_effect_late_and_delays_nobody",
        "test_messages_are_lost_or_doubled",
        "test_a_fault_lasts_until_cleared",
        "test_a_purge_loses_what_is_in_flight_too",
        "test_mails_can_be_read",
        "test_an_unverified_sender_sends_nothing",
        "test_expedited_capacity_can_be_missing",
        "test_a_notice_can_be_lost",
        "test_a_retrieval_can_be_ended_before_its_time",
    }
)
"""Faults, purges, mails and ends of retrievals are asked for under `/_gas/`, which only the local AWS has."""

KNOWN_DEVIATIONS = NO_CONTROL | {
    "test_an_archived_object_cannot_be_read_or_copied",  # a copy of it is allowed
    "test_a_retrieved_copy_ends",  # at midnight; its days cannot be shortened
    "test_expedited_is_faster",  # each tier takes two seconds
    "test_a_retrieval_that_cannot_be_is_refused",  # no tier is checked
    "test_a_deep_queue_is_as_fast_as_an_empty_one",  # it slows down, though less than moto
    "test_an_old_handle_deletes_nothing",  # it is an error
    "test_a_message_that_is_not_in_flight_cannot_be_hidden",  # it can
    "test_an_upload_that_breaks_the_policy_is_refused",  # without a policy the error is another
    "test_a_copy_to_the_archive_has_a_checksum",  # a copy computes none
}
"""By the name of the test, found with ministack 1.5.33."""


def start_second_emulator(folder: Path) -> LocalCloud:
    """Start it on a free port of loopback; stopping is as for the first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3,sqs,sns,dynamodb,ses,sts,iam",
        "DOCKER_HOST": "unix:///nowhere",
    }
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=environment, cwd=folder, stdout=output, stderr=output
        )
    cloud = LocalCloud(f"http://127.0.0.1:{port}", process)
    until(lambda: _answers(cloud.endpoint))
    return cloud


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=PATIENCE_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
