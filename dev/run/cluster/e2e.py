"""`make e2e`: the whole platform on a real cluster, claim by claim, and the report `build/e2e.json`."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.run.cluster import elsewhere
from dev.run.cluster.foreign_engine import build_foreign_engine
from dev.run.cluster.genomes import build_references
from dev.run.cluster.images import LOCAL_REGISTRY, Built, build_images
from dev.run.cluster.images import REPORT as IMAGES_REPORT
from dev.run.cluster.releases import CHART, fetch_assets, newest_with_chart, write_files
from dev.run.cluster.target import VARIABLE, Target
from dev.run.releases import releases
from dev.run.up.options import BUILD
from kube.errors import ClusterError
from kube.node import machine
from kube.node.cluster import Cluster, warm
from kube.node.layout import ADDRESS

REPORT = BUILD / "e2e.json"
CLAIMS = BUILD / "e2e" / "claims.json"
"""What the tests found, claim by claim."""

REFERENCES = BUILD / "e2e" / "references"
FOREIGN_ENGINE = BUILD / "e2e" / "foreign-engine"

TAG = "e2e"

PASSED, FAILED, CANNOT_RUN = 0, 1, 77

NOT_TRIED = "not tried"
"""The outcome of a claim that asks for more than a cluster of somebody else allows."""

TEST_SECONDS = 5400.0
"""All claims take a quarter of an hour on an idle machine."""


@dataclass(frozen=True)
class Claim:
    """One line of the report."""

    claim: str
    outcome: str
    figures: dict[str, Any]
    message: str = ""


def run(state_dir: Path, instance: str, chosen: list[str], say: Callable[[str], None]) -> int:
    """Run the tests and write the report; 0 passed, 1 failed, 77 cannot run here."""
    missing = what_is_missing(state_dir)
    if missing:
        say(f"make e2e cannot run here, it lacks: {'; '.join(missing)}.")
        return CANNOT_RUN
    began = datetime.now(UTC)
    REPORT.unlink(missing_ok=True)
    CLAIMS.unlink(missing_ok=True)
    try:
        own = not elsewhere.is_named(state_dir)
        claims = _on_own_node(state_dir, instance, chosen, say) if own else _elsewhere(chosen, say)
    except ClusterError as error:
        claims = [Claim("The cluster and the images are there", "failed", {}, str(error))]
    ok = verdict(claims)
    report = {
        "ok": ok,
        "startedAt": began.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - began).total_seconds()),
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0], "kernel": platform.release()},
        "images": json.loads(IMAGES_REPORT.read_text())["images"] if IMAGES_REPORT.exists() else [],
        "claims": [each.__dict__ for each in claims],
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    for each in claims:
        say(f"{each.outcome:>8}  {each.claim}  {_short(each.figures)}")
        if each.message:
            say(f"          {each.message.splitlines()[-1]}")
    say(f"{'passed' if ok else 'failed'}; the report is {REPORT}")
    return PASSED if ok else FAILED


def verdict(claims: list[Claim]) -> bool:
    """Whether all is well: something was tried, and nothing failed. Only somebody else's cluster leaves a claim untried."""
    outcomes = {each.outcome for each in claims}
    return "passed" in outcomes and outcomes <= {"passed", NOT_TRIED}


def what_is_missing(state_dir: Path) -> list[str]:
    """What this machine lacks to run the tests; empty when they can be tried."""
    if elsewhere.is_named(state_dir):
        return elsewhere.what_is_missing()
    missing = []
    if sys.platform != "linux":
        missing.append("Linux, or KUBECONFIG of a cluster")
    elif os.geteuid() != 0:
        missing.append("root, or KUBECONFIG of a cluster")
    return missing


def _on_own_node(
    state_dir: Path, instance: str, chosen: list[str], say: Callable[[str], None]
) -> list[Claim]:
    """Start a node unless one runs, test, and end what was started."""
    if (state_dir / "cluster.json").exists():
        say("a cluster runs already: it is used, and left running")
        return _test_on(Cluster.attach(state_dir), state_dir, chosen, say)
    warm(say)
    before = machine.snapshot()
    began = time.monotonic()
    cluster = Cluster.start(state_dir, instance=instance, say=say)
    claims = [
        Claim(
            "`make cluster` takes under a minute", "passed", {"seconds": round(time.monotonic() - began, 1)}
        )
    ]
    if claims[0].figures["seconds"] >= 60:  # noqa: PLR2004 - the claim's own number
        claims = [Claim(claims[0].claim, "failed", claims[0].figures)]
    try:
        claims += _test_on(cluster, state_dir, chosen, say)
    finally:
        processes = cluster.processes()
        cluster.stop()
    return [*claims, _nothing_left(before, processes)]


def _nothing_left(before: machine.Snapshot, processes: frozenset[tuple[int, str]]) -> Claim:
    found = machine.differences(before, machine.snapshot())
    found += [f"process {pid} still runs" for pid in machine.still_there(processes)]
    figures = {"differences": len(found), "processesEnded": len(processes)}
    claim = "After `make cluster-down` the machine is as it was"
    return Claim(claim, "failed" if found else "passed", figures, "\n".join(found))


def here(cluster: Cluster, state_dir: Path, tag: str, **more: str) -> Target:
    """Our own node as a target, for programs that run inside of it."""
    kubectl, helm = (str(folder) for folder in cluster.programs)
    return Target(
        kubectl=f"{kubectl}/kubectl",
        helm=f"{helm}/helm",
        kubeconfig=str(cluster.kubeconfig_inside),
        address=ADDRESS,
        ingress=f"{ADDRESS}:443",
        ingress_http=f"{ADDRESS}:80",
        tag=tag,
        own_state_dir=str(state_dir),
        **more,
    )


def _test_on(cluster: Cluster, state_dir: Path, chosen: list[str], say: Callable[[str], None]) -> list[Claim]:
    last, older = _last_release(say)
    built = [*build_images(say, tag=TAG), build_foreign_engine(FOREIGN_ENGINE, TAG, say)]
    cluster.load_images([each.archive for each in (*older, *built)])
    folders = {"references": build_references(REFERENCES, say), "foreign_engine": str(FOREIGN_ENGINE)}
    # Inside, because pods, Services and the ingress controller are reached there and nowhere else.
    found = here(cluster, state_dir, TAG, **folders, **last)
    return _test(found, chosen, cluster.namespaces.inside)


def _elsewhere(chosen: list[str], say: Callable[[str], None]) -> list[Claim]:
    """Test on somebody else's cluster."""
    registry = elsewhere.registry()
    last, older = _last_release(say, registry)
    built = build_images(say, tag=TAG, registry=registry)
    found = elsewhere.as_target([*older, *built], TAG, references=build_references(REFERENCES, say), **last)
    return _test(found, chosen, elsewhere.directly)


def _last_release(
    say: Callable[[str], None], registry: str = LOCAL_REGISTRY
) -> tuple[dict[str, str], list[Built]]:
    """Chart and images of the last release that has a chart, from its own files; nothing when there is none."""
    release = newest_with_chart(releases())
    if release is None:
        return {}, []
    folder = BUILD / "e2e" / f"release-{release.version}"
    shutil.rmtree(folder, ignore_errors=True)
    chart = write_files(release, folder) / CHART
    fetch_assets(folder)
    tag = f"release-{release.version}"
    built = build_images(say, root=folder, tag=tag, folder=BUILD / "images" / tag, registry=registry)
    return {"last_release": str(chart), "last_release_tag": tag}, built


def _test(target: Target, chosen: list[str], inside: Callable[..., list[str]]) -> list[Claim]:
    path = BUILD / "e2e" / "target.json"
    target.save(path)
    command = [sys.executable, "-m", "pytest", *(chosen or ["tests/e2e"]), "--maxfail=50"]
    done = subprocess.run(
        inside(*command),
        check=False,
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(path), "PYTHONPATH": str(ROOT)},
        timeout=TEST_SECONDS,
    )
    claims = [Claim(**each) for each in json.loads(CLAIMS.read_text())] if CLAIMS.exists() else []
    if done.returncode != 0 and all(each.outcome == "passed" for each in claims):
        message = f"pytest ended with {done.returncode}; what it printed says why"
        claims.append(Claim("The tests themselves run", "failed", {}, message))
    return claims


def _short(figures: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items())
