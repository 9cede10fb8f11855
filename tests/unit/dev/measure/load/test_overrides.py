"""What the load runs change of the chart's values."""

from dev.measure.load.overrides import SHORT_LIVES, overrides, with_sections


def test_overrides_say_the_pace_and_the_addresses() -> None:
    """What a reader of the report sees is what the chart was given."""
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=40)

    assert values["settings"]["annotator"] == {"paceSeconds": 40}
    assert values["annotator"]["autoscaling"]["queueURL"] == "http://aws/123456789012/x-job-requests"
    assert {
        values[part]["podAnnotations"]["prometheus.io/port"] for part in ("web", "annotator", "controllers")
    } == {
        "8081",
        "8082",
        "8083",
    }


def test_one_run_changes_sections_of_the_settings() -> None:
    """What it changes is added to its own section; the values of all other runs stay as they were."""
    values = overrides(aws="http://aws", issuer="http://issuer", instance="x", host="h", tag="t", pace=0)

    changed = with_sections(values, {**SHORT_LIVES, "web": {"linkSeconds": 5}})

    assert changed["settings"]["lifecycle"] == SHORT_LIVES["lifecycle"]
    assert changed["settings"]["web"] == {**values["settings"]["web"], "linkSeconds": 5}
    assert "lifecycle" not in values["settings"]
    assert "linkSeconds" not in values["settings"]["web"]
    assert with_sections(values, {}) == values
