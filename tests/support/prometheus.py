"""Reads what a program tells Prometheus."""

from prometheus_client import REGISTRY


def counted(metrics: str, name: str, **labels: str) -> float:
    """The sum of a metric's series that carry these labels, from Prometheus' text."""
    series = (line for line in metrics.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rsplit(" ", 1)[1]) for line in series if all(want in line for want in wanted))


def given_up(kind: str) -> float:
    """How many things of a kind the controllers in this process have left to a person."""
    return REGISTRY.get_sample_value("gas_controllers_gave_up_total", {"kind": kind}) or 0.0


def drift(kind: str) -> float:
    """How many disagreements of a kind the controllers in this process have found."""
    return REGISTRY.get_sample_value("gas_controllers_drift_total", {"kind": kind}) or 0.0
