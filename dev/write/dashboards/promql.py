"""The expressions that dashboards are made of, and which metrics an expression names.

Five words stand for what Grafana fills in: the namespace, the range of a rate, the span that is looked at, and the most
annotators that there may be, of everybody's line and of each other.
"""

import re
from collections.abc import Mapping

NAMESPACE, RATE, SPAN = "$namespace", "$__rate_interval", "$__range"
MAXIMUM, FURTHER_MAXIMUM = "$maximum", "$further_maximum"

_HERE = f'namespace="{NAMESPACE}"'
KEDA_HERE = f'exported_namespace="{NAMESPACE}"'
"""KEDA's own pods are in another namespace; the label with that of what is scaled is renamed by Prometheus."""


def series(metric: str, where: str = "") -> str:
    """The series of a metric in the namespace."""
    return f"{metric}{{{_HERE}{',' if where else ''}{where}}}"


def most(metric: str, by: str = "", where: str = "") -> str:
    """The largest of a metric: of what one program counts, two of which may overlap while one replaces the other."""
    return f"max{_by(by)}({series(metric, where)})"


def total(metric: str, by: str = "", where: str = "") -> str:
    """A metric of all pods together."""
    return f"sum{_by(by)}({series(metric, where)})"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """How much a counter grows a second."""
    return f"sum{_by(by)}(rate({series(metric, where)}[{RATE}]))"


def a_minute(metric: str, by: str = "", where: str = "") -> str:
    """How much a counter grows a minute."""
    return f"60 * {rate(metric, by, where)}"


def in_span(metric: str, where: str = "") -> str:
    """How much a counter has grown in the span that is looked at."""
    return f"sum(increase({series(metric, where)}[{SPAN}]))"


def quantile(share: float, histogram: str, by: str = "", where: str = "") -> str:
    """The value below which that share of what a histogram saw lies."""
    buckets = rate(f"{histogram}_bucket", ", ".join(filter(None, ["le", by])), where)
    return f"histogram_quantile({share}, {buckets})"


def pods(part: str, where: str = "") -> str:
    """How many pods of a part Prometheus sees."""
    return f"count({_seen(part, where)})"


def or_none(expr: str, part: str, label: str = "") -> str:
    """The expression, or 0 when nothing of the kind has happened: but only while the part is seen. Unknown is not zero."""
    zero = f"0 * max({_seen(part)})"
    named = f'label_replace({zero}, "{label}", "none", "", "")' if label else zero
    return f"{expr} or on() {named}"


def filled(expr: str, values: Mapping[str, str]) -> str:
    """The expression with the words replaced, as Grafana does it."""
    for word, value in values.items():
        expr = expr.replace(word, value)
    return expr


def metrics_of(expr: str) -> set[str]:
    """The names of the metrics in an expression, histograms' with their ending."""
    bare = re.sub(r'"(\\.|[^"\\])*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"[$][a-z_{}]+", "", bare)
    names = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w*\s*\()", bare)
    return set(names) - _WORDS


_WORDS = {"or", "and", "unless", "bool", "offset", "group_left", "group_right", "inf", "nan", "by", "on"}


def _seen(part: str, where: str = "") -> str:
    return series("gas_build_info", ",".join(filter(None, [f'part="{part}"', where])))


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""
