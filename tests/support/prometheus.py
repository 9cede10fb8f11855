"""Reads what a program tells Prometheus."""


def counted(metrics: str, name: str, **labels: str) -> float:
    """The sum of a metric's series that carry these labels, from Prometheus' text."""
    series = (line for line in metrics.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rsplit(" ", 1)[1]) for line in series if all(want in line for want in wanted))
