"""Upgrades while people work."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dev.cluster.installation import Installation
from tests.support.inputs import short_vcf
from tests.support.waiting import until

JOBS = 200


def test_upgrade_amid_jobs(installation: Installation, record_property: Any) -> None:
    """`helm upgrade` replaces every pod in the middle of 200 jobs, and none is lost or done twice."""
    names = [f"amid-{number}" for number in range(JOBS)]
    values = installation.values()
    for part in ("web", "annotator", "controllers"):
        values[part]["podAnnotations"] = {"example.org/changed": "yes"}
    installation.send(names, short_vcf())
    until(lambda: _done(installation, names) > JOBS // 10, seconds=240, pause=0.5)

    before = _done(installation, names)
    seconds = installation.upgrade(values)
    after = _done(installation, names)

    record_property("doneBeforeAndAfter", [before, after])
    record_property("secondsOfUpgrade", round(seconds, 1))
    record_property("secondsToLastJob", round(installation.await_jobs(names, seconds=900), 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    assert before < JOBS
    assert figures == {"jobs": JOBS, "lost": 0, "doubled": 0}


def test_from_and_to_the_last_release(installation: Installation, record_property: Any) -> None:
    """From the last release to this version and back, with jobs in every state, nothing is lost."""
    target = installation.target
    if not target.last_release:
        pytest.fail("no release of docs/releases.md has a chart yet: nothing to come from and go back to")
    old = {**installation.values(), "imageRegistry": "localhost"}
    for part in ("web", "annotator", "controllers"):
        old[part] = {**old[part], "image": {"tag": target.last_release_tag}}
    names = [f"across-{number}" for number in range(20)]

    installation.upgrade(old, Path(target.last_release))
    installation.send(names[:10], short_vcf())
    forth = installation.upgrade()
    installation.send(names[10:], short_vcf())
    installation.await_jobs(names)
    back = installation.upgrade(old, Path(target.last_release))
    installation.await_ready()
    phases = Counter(installation.phases()[name] for name in names)
    installation.upgrade()

    record_property("secondsForth", round(forth, 1))
    record_property("secondsBack", round(back, 1))
    figures = installation.lost_and_doubled(names)
    record_property("jobs", figures)
    assert phases == {"Completed": len(names)}
    assert figures == {"jobs": len(names), "lost": 0, "doubled": 0}


def _done(installation: Installation, names: list[str]) -> int:
    found = installation.phases()
    return sum(found.get(name) == "Completed" for name in names)
