"""The alerts: each fires when it should, not a minute earlier, and not for anything else."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.alerts import CASES, ON, ask_promtool, firing, promtool_tests, rule_file, rules
from tests.support.charts import Json, chart


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    """They are what Prometheus calls rules."""
    (tmp_path / "rules.yaml").write_text(rule_file(), encoding="utf-8")

    answer = ask_promtool(tmp_path, "check", "rules", "rules.yaml")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"{len(rules())} rules found" in answer.stdout


@pytest.mark.parametrize("alert", CASES)
def test_it_fires_when_it_should(alert: str, tmp_path: Path) -> None:
    """By promtool: at the minute in which it is due, with these words, not a minute before, and not in the quiet cases."""
    (tmp_path / "rules.yaml").write_text(rule_file(), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(
        yaml.safe_dump(promtool_tests(alert, CASES[alert])), encoding="utf-8"
    )

    answer = ask_promtool(tmp_path, "test", "rules", "tests.yaml")

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("path", "value"),
    [("fires", {"at": "0m", "not_at": "0m"}), ("quiet", {"planted": {"at": "5m"}})],
    ids=["firing too early", "quiet and is not"],
)
def test_promtool_would_notice(path: str, value: Json, tmp_path: Path) -> None:
    """The cases are no formality: wrong ones are refused."""
    right = CASES["GasDeadLetters"]
    planted = (
        value | {"series": right["fires"]["series"]}
        if path == "fires"
        else {name: {**each, "series": right["fires"]["series"]} for name, each in value.items()}
    )
    wrong = {**right, path: {**right[path], **planted}}
    (tmp_path / "rules.yaml").write_text(rule_file(), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(promtool_tests("GasDeadLetters", wrong)))

    answer = ask_promtool(tmp_path, "test", "rules", "tests.yaml")

    assert answer.returncode != 0


def test_every_alert_is_tried() -> None:
    """Each has a case in which it fires and one at least in which it is quiet; and none is tried that is not there."""
    assert set(CASES) == set(rules())
    assert [alert for alert, case in CASES.items() if not case["fires"] or not case["quiet"]] == []


def test_it_is_tried_to_the_minute() -> None:
    """It must not fire one minute before it has to."""
    minutes = {
        (alert, name): [int(fires[at][:-1]) for at in ("not_at", "at")]
        for alert, case in CASES.items()
        for name, fires in firing(case).items()
    }

    assert {case for case, (before, at) in minutes.items() if at - before != 1} == set()


def test_every_alert_says_what_to_do() -> None:
    """How bad it is, what it is, what it means, and where to read on; a wait before it wakes anybody."""
    for name, rule in rules().items():
        assert re.fullmatch(r"Gas([A-Z][a-z]+)+", name)
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["labels"]["namespace"] == "gas"
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
        assert int(rule["for"].removesuffix("m")) >= 1


def test_no_word_is_left() -> None:
    """Everything that differs between installations is filled in."""
    assert "${" not in rule_file()


def test_only_what_is_installed_is_watched() -> None:
    """No alert of a further line or of KEDA where there is neither."""
    alone = {"annotator": {"lines": [], "autoscaling": {"enabled": False}}}

    left = set(rules(alone))

    assert set(rules()) - left == {
        "GasKedaFailing",
        "GasKedaNotScraped",
        "GasLineAnnotatorsAtMaximum",
        "GasLineJobsWaitTooLong",
        "GasScalingPaused",
    }


def test_limits_follow_the_settings() -> None:
    """What is late depends on how often it is done, and the most annotators on who scales them."""
    slow: Json = {"settings": {"controllers": {"sweepSeconds": 60, "resyncSeconds": 3600}}}
    fixed: Json = {"annotator": {"autoscaling": {"enabled": False}, "replicas": 7}}

    changed = rules(slow, fixed)

    assert changed["GasSweepStalled"]["expr"].endswith("> 240")
    assert changed["GasResyncStalled"]["expr"].endswith("> 10800")
    assert ">= 7" in changed["GasAnnotatorsAtMaximum"]["expr"]


def test_an_owner_tells_their_own() -> None:
    """Labels to route by, where the runbooks are published, other limits; and the severity stays."""
    own = rules(
        {
            "alerts": {
                "alertLabels": {"team": "genomics", "severity": "none"},
                "runbooks": "https://wiki.test/gas/",
                "thresholds": {"freeOldestSeconds": 3600},
            }
        }
    )["GasJobsWaitTooLong"]

    assert own["labels"] == {"namespace": "gas", "severity": "critical", "team": "genomics"}
    assert own["annotations"]["runbook_url"] == "https://wiki.test/gas/GasJobsWaitTooLong.md"
    assert own["expr"].endswith("> 3600")


def test_an_alert_can_be_left_out() -> None:
    """By its name."""
    assert set(rules()) - set(rules({"alerts": {"disabled": ["GasArchiveOverdue"]}})) == {"GasArchiveOverdue"}


def test_alerts_are_off_by_default() -> None:
    """Prometheus' resources are not in every cluster."""
    assert ON["alerts"] == {"enabled": True}
    assert chart().of("monitoring") == []
