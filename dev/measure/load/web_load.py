"""The web under load, by Locust: everybody's first page, and people who are signed in."""

import csv
import json
import os
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.measure.load import machine, timeline
from dev.measure.load.bench import Bench
from dev.measure.load.checker import Submission
from dev.measure.load.plan import WebLoad
from dev.run.up.evidence import wait_until
from dev.run.up.inputs import write_inputs
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.session import SessionRules
from gas.services.sign_in import new_secret, new_user_id, open_session
from gas_web.asked.cookies import Cookies

LOCUST = ROOT / ".venv-locust" / "bin" / "locust"

FEWEST = 2
"""Web pods, by default."""

_END_SECONDS = 60
_JOB_SECONDS = 600.0
_HOUR = timedelta(hours=1)


def run(bench: Bench, load: WebLoad, folder: Path) -> dict[str, Any]:
    """Let the visitors come, and tell what they got."""
    bench.install(0.0)
    bench.installation.await_ready()
    folder.mkdir(parents=True, exist_ok=True)
    settings = way_in(bench, folder)
    settings |= _prepare(bench, load, folder) if load.signed_in else {}
    bench.installation.outside.control.forget_durations()
    began, looked = time.time(), bench.looked()

    address = f"https://{bench.installation.host}"
    bench.say(f"{load.users} visitors at {address}, {settings['GAS_LOAD_INGRESS']}, for {load.seconds:g} s")
    _locust(load, address, folder, settings)
    ended = time.time()

    busy = machine.shares(looked, bench.looked())
    cloud = {
        name: timeline.spread(taken) for name, taken in bench.installation.outside.control.durations().items()
    }
    figures = read_stats(folder / "locust.json", ended - began)
    judged = _judged(bench, settings) if load.signed_in else {}
    return {
        **bench.context(load),
        "seconds": round(ended - began, 1),
        "endedAt": ended,
        **figures,
        "replicas": _replicas(bench, began, ended),
        "cpu": busy,
        "localCloudMs": cloud,
        **judged,
        "timeline": read_history(folder / "locust_stats_history.csv", began)
        | _replicas_drawn(bench, began, ended),
    }


def way_in(bench: Bench, folder: Path) -> dict[str, str]:
    """Where the Ingress answers, on our own node at its loopback, and whom to believe there."""
    target = bench.installation.target
    port = target.ingress.rpartition(":")[2]
    return {
        "GAS_LOAD_INGRESS": f"127.0.0.1:{port}" if target.own_state_dir else target.ingress,
        "GAS_LOAD_AUTHORITY": str(bench.installation.authority.write(folder / "authority.pem")),
    }


def fall_back(bench: Bench, since: float, seconds: float) -> float | None:
    """How long after that moment there were as few web pods as there should be; None when that took too long."""

    def fallen() -> bool:
        return timeline.seconds_until_few(bench.watching.wanted("web"), FEWEST, since) is not None

    try:
        wait_until("the web to fall back to 2 pods", seconds, fallen, pause_seconds=1)
    except TimeoutError as error:
        bench.say(str(error))
        return None
    return timeline.seconds_until_few(bench.watching.wanted("web"), FEWEST, since)


def read_stats(path: Path, seconds: float) -> dict[str, Any]:
    """Requests, failures and times, in all and by name. Locust rounds times above 100 ms to two digits."""
    found = json.loads(path.read_text(encoding="utf-8"))
    total = {
        "num_requests": sum(each["num_requests"] for each in found),
        "num_failures": sum(each["num_failures"] for each in found),
        "response_times": sum((_times(each) for each in found), Counter()),
    }
    named = {each["name"]: _numbers(each, seconds) for each in found}
    numbers = _numbers(total, seconds)
    return {"sent": numbers["sent"], "failed": numbers["failed"], "total": numbers, "requests": named}


def read_history(path: Path, began: float) -> dict[str, list[float]]:
    """The curves: users, requests and failures a second, median and p95."""
    found = csv.DictReader(path.read_text().splitlines())
    rows = [row for row in found if row["Name"] == "Aggregated"]
    columns = {
        "users": "User Count",
        "requestsPerSecond": "Requests/s",
        "failuresPerSecond": "Failures/s",
        "medianMs": "50%",
        "p95Ms": "95%",
    }
    drawn = {name: [_number(row[column]) for row in rows] for name, column in columns.items()}
    return {"seconds": [round(float(row["Timestamp"]) - began, 1) for row in rows], **drawn}


def _numbers(found: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    times = sorted(_times(found).elements())
    shares = {"medianMs": 0.5, "p95Ms": 0.95, "p99Ms": 0.99, "worstMs": 1.0}
    return {
        "sent": found["num_requests"],
        "failed": found["num_failures"],
        "perSecond": round(found["num_requests"] / seconds, 1),
        **{name: timeline.quantile(times, share) for name, share in shares.items()},
    }


def _times(found: Mapping[str, Any]) -> Counter[float]:
    """How often each time was met, in ms."""
    return Counter({float(taken): int(count) for taken, count in found["response_times"].items()})


def _number(text: str) -> float:
    return 0.0 if text in {"", "N/A"} else float(text)


def _locust(load: WebLoad, address: str, folder: Path, settings: Mapping[str, str]) -> None:
    """Run Locust; failed requests are a finding, not an error."""
    command = [
        str(LOCUST),
        f"--locustfile={ROOT / 'dev' / 'measure' / 'load' / 'locustfile.py'}",
        "--headless",
        "--only-summary",
        "--exit-code-on-error=0",
        f"--users={load.users}",
        f"--spawn-rate={load.per_second:g}",
        f"--run-time={load.seconds:g}s",
        f"--host={address}",
        f"--csv={folder / 'locust'}",
        f"--json-file={folder / 'locust'}",
        "SignedIn" if load.signed_in else "Home",
    ]
    with (folder / "locust.log").open("w") as log:
        subprocess.run(
            command,
            check=True,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=load.seconds + _END_SECONDS * 2,
            env={**os.environ, **settings},
        )


def _prepare(bench: Bench, load: WebLoad, folder: Path) -> dict[str, str]:
    """Sign everybody in, as premium users; what Locust is told of them."""
    ports, now = bench.installation.ports(), datetime.now(UTC)
    cookie = Cookies(secure=True).session
    cookies = []
    for number in range(load.users):
        user_id = new_user_id()
        user = User(
            user_id,
            f"load{number}@example.org",
            "Lou Load",
            PlanStanding(Plan.PREMIUM, now),
            email_confirmed=True,
        )
        ports.users.create(user)
        secret = new_secret()
        open_session(ports.sessions, user, SessionRules(_HOUR, _HOUR), now, secret=secret)
        cookies.append(f"{cookie}={secret}")
    files = {
        "GAS_LOAD_VISITORS": folder / "visitors.json",
        "GAS_LOAD_SUBMISSIONS": folder / f"submissions-{secrets.token_hex(4)}.jsonl",
    }
    files["GAS_LOAD_VISITORS"].write_text(json.dumps(cookies))
    files["GAS_LOAD_SUBMISSIONS"].touch()
    files["GAS_LOAD_INPUT"] = write_inputs(folder)["premium"]
    return {name: str(path) for name, path in files.items()}


def _judged(bench: Bench, settings: Mapping[str, str]) -> dict[str, Any]:
    """What became of the jobs that visitors sent."""
    lines = Path(settings["GAS_LOAD_SUBMISSIONS"]).read_text().splitlines()
    submissions = [Submission(**json.loads(line)) for line in lines]
    bench.known |= {each.job_id for each in submissions}
    names = {each.job_id for each in submissions if each.acknowledged}
    bench.await_phases("the visitors' jobs to end", names, frozenset({"Completed", "Failed"}), _JOB_SECONDS)
    return {"checker": bench.judge(submissions).to_json()}


def _replicas(bench: Bench, began: float, ended: float) -> dict[str, Any]:
    ready = bench.watching.ready("web")
    during = [count for moment, count in ready if began <= moment <= ended]
    return {"before": timeline.at(ready, began), "most": max([timeline.at(ready, began), *during])}


def _replicas_drawn(bench: Bench, began: float, ended: float) -> dict[str, list[float]]:
    ready = bench.watching.ready("web")
    moments = [began, *(moment for moment, _ in ready if began < moment < ended), ended]
    return {
        "replicaSeconds": [round(moment - began, 1) for moment in moments],
        "replicas": [timeline.at(ready, moment) for moment in moments],
    }
