"""Reads what a program tells Prometheus."""

import shutil
import subprocess

from flask import Flask
from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest

from gas_web.metrics import metrics_of
from tests.support.kube import skip_or_fail
from tests.support.waiting import PATIENCE_SECONDS


def given_up(kind: str) -> float:
    """How many things of a kind the controllers in this process have left to a person."""
    return REGISTRY.get_sample_value("gas_controllers_gave_up_total", {"kind": kind}) or 0.0


def drift(kind: str) -> float:
    """How many disagreements of a kind the controllers in this process have found."""
    return REGISTRY.get_sample_value("gas_controllers_drift_total", {"kind": kind}) or 0.0


def unsubmitted(outcome: str) -> float:
    """How many uploads that were not submitted in time had that outcome, as the controllers in this process count."""
    name = "gas_controllers_unsubmitted_uploads_total"
    return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0.0


def promtool() -> str:
    """Prometheus' own tool; the test is skipped where there is none, or fails when GAS_REQUIRE names it."""
    program = shutil.which("promtool")
    if program is None:
        skip_or_fail("promtool", "promtool is not on the path (Debian's package prometheus has it)")
    return program


def complaints(metrics: str) -> str:
    """What `promtool check metrics` says of Prometheus' text; empty when all is well."""
    done = subprocess.run(
        [promtool(), "check", "metrics"],
        input=metrics,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    said = f"{done.stdout}{done.stderr}".strip()
    return said or ("" if done.returncode == 0 else f"promtool ended with {done.returncode}")


def told(app: Flask) -> str:
    """What the web tells Prometheus of an application."""
    return generate_latest(metrics_of(app).registry).decode()
