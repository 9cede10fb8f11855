"""Results that are archived and come back: free users' jobs, whose owners become premium one after the other."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from dev.measure.load import machine, timeline
from dev.measure.load.bench import Bench
from dev.measure.load.checker import Submission
from dev.measure.load.overrides import SHORT_LIVES
from dev.measure.load.plan import ArchiveAndRestore
from dev.measure.load.readers import read_results
from dev.run.cluster.installation import FINISHED
from dev.run.up.inputs import write_inputs
from gas.domain.plan import Plan
from gas.services.change_plan import change_plan
from gas.services.sign_in import new_user_id

ENDS = frozenset({"Restored"})
WAY = ("Completed", "Archived", "Restoring", "Restored")
"""What the history of each job ends with."""

_ARCHIVED_KEY = "archive/"
_LOOK_SECONDS = 2.0


def run(bench: Bench, load: ArchiveAndRestore, folder: Any) -> dict[str, Any]:
    """Send every user's jobs, wait until no hot byte of theirs is left, make them premium, and wait for all results."""
    bench.install(0.0, SHORT_LIVES)
    bench.installation.await_ready()
    owners = _owners(bench, load)
    names = [name for jobs in owners.values() for name in jobs]
    content = write_inputs(folder / "inputs")["free"].read_bytes()
    began, looked = time.time(), bench.looked()

    bench.say(f"{load.jobs} jobs of each of {load.users} free users, one user every {load.every:g} s")
    submissions: list[Submission] = []
    for user_id, jobs in owners.items():
        bench.put_inputs(jobs, content, user_id)
        submissions += bench.create_all(jobs, user_id)
        time.sleep(load.every)
    bench.await_phases("the jobs to end", names, frozenset(FINISHED), load.limit_seconds)
    bench.wait(
        "the results to lie in the archive alone",
        load.limit_seconds,
        lambda: not _hot(bench, names),
        pause_seconds=_LOOK_SECONDS,
    )
    archived = time.time()

    upgraded: dict[str, float] = {}
    ports = bench.installation.ports()
    for user_id in owners:
        bench.say(f"{user_id} becomes premium")
        upgraded[user_id] = time.time()
        change_plan(ports.users, ports.publisher, user_id, Plan.PREMIUM, datetime.now(UTC))
        time.sleep(load.every)
    bench.await_phases("the results to be back", names, ENDS, load.limit_seconds)
    ended, busy = time.time(), machine.shares(looked, bench.looked())

    since = {name: upgraded[user_id] for user_id, jobs in owners.items() for name in jobs}
    return {
        **bench.context(load),
        "overrides": {"settings": SHORT_LIVES},
        "retentionSeconds": SHORT_LIVES["lifecycle"]["retentionSeconds"],
        "secondsToAllArchived": round(archived - began, 1),
        "secondsToAllRestored": round(ended - began, 1),
        **figures({record["job_id"]: record.get("history", ()) for record in bench.records(names)}, since),
        "cpu": busy,
        "checker": bench.judge(submissions, ENDS).to_json(),
    }


def figures(histories: dict[str, Any], upgraded: dict[str, float]) -> dict[str, Any]:
    """What the records tell: how long results were hot, how long their way back took, and how many went no such way."""
    stays = {name: timeline.stays(history) for name, history in histories.items()}
    hot = [stay for each in stays.values() for stay in each if stay.status == "Completed"]
    away = [stay for each in stays.values() for stay in each if stay.status == "Restoring"]
    back = [each[-1].since - upgraded[name] for name, each in stays.items() if each[-1].status == "Restored"]
    missing = [name for name, each in stays.items() if tuple(stay.status for stay in each[-4:]) != WAY]
    return {
        "hotSeconds": timeline.spread([stay.until - stay.since for stay in hot if stay.until is not None]),
        "restoringSeconds": timeline.spread(
            [stay.until - stay.since for stay in away if stay.until is not None]
        ),
        "upgradeToRestoredSeconds": timeline.spread(back),
        "notByTheArchive": len(missing) + len(upgraded.keys() - histories.keys()),
    }


def _owners(bench: Bench, load: ArchiveAndRestore) -> dict[str, list[str]]:
    """New free users, and the names of each one's jobs."""
    stem = f"cold-{secrets.token_hex(3)}"
    owners = {
        new_user_id(): [f"{stem}-{user}-{job}" for job in range(load.jobs)] for user in range(load.users)
    }
    for user_id in owners:
        bench.installation.make_user(user_id, Plan.FREE)
    return owners


def _hot(bench: Bench, names: list[str]) -> list[str]:
    """The jobs that have a hot result still, or none in the archive."""
    results = read_results(bench.aws["s3"], f"{bench.namespace}-results")
    return [
        name
        for name in names
        if not results.get(name) or not all(key.startswith(_ARCHIVED_KEY) for key in results[name])
    ]
