"""The dashboard *Autoscaling*: do annotators and web pods come and go as they should?"""

from dev.write.dashboards.board import Board, Look, Query, Row, Unit, figure, lines
from dev.write.dashboards.promql import (
    FURTHER_MAXIMUM,
    KEDA_HERE,
    MAXIMUM,
    RATE,
    SPAN,
    a_minute,
    most,
    or_none,
    pods,
    rate,
    series,
    total,
)
from dev.write.dashboards.shared import held_by_nobody, longest_wait, spread, waits_by_line

REQUEST_QUEUES = 'queue=~"job-requests.*"'
CLAIMED = 'from="Queued",to="Running"'
HANDED_BACK_OR_LOST = 'from="Running",to="Queued"'


_EVERYBODYS, _FURTHER = "-annotator", "-annotator-.+"
"""How the ScaledObjects of annotators are called, after the release: that of everybody's line, and those of all others."""


def _by_line(what: str, expr: str, label: str, head: str = ".+-annotator", tail: str = "") -> str:
    """A sum over each line of jobs, which ScaledObjects, pods and queues are named by; each has annotators of its own."""
    first = f'label_replace({expr}, "line", "everybody", "{label}", "{head}{tail}")'
    return f'{what} by (line) (label_replace({first}, "line", "$1", "{label}", "{head}-([a-z0-9]+){tail}"))'


def _wanted(named: str, maximum: str) -> str:
    """KEDA's figure is messages, waiting or under way; one is one pod's work, up to the most that there may be."""
    messages = f'keda_scaler_metrics_value{{{KEDA_HERE},scaledObject=~".+{named}"}}'
    return f"clamp_max({_by_line('sum', messages, 'scaledObject')}, {maximum})"


def _or_none(expr: str) -> str:
    """The expression, or 0 for each line that there is."""
    queues = _by_line(
        "max", series("gas_controllers_queue_messages", REQUEST_QUEUES), "queue", "job-requests"
    )
    return f"({expr} or on (line) 0 * {queues})"


_POD = "-[^-]+-[^-]+"
THERE = _by_line("count", series("gas_build_info", 'part="annotator"'), "pod", tail=_POD)
WANTED = f"({_wanted(_EVERYBODYS, MAXIMUM)} or {_wanted(_FURTHER, FURTHER_MAXIMUM)})"
READY = _or_none(THERE)
BUSY = _or_none(_by_line("sum", series("gas_annotator_busy"), "pod", tail=_POD))
AT_WORK = f"{BUSY} / on (line) {THERE}"
SHORT = f"clamp_min({WANTED} - on (line) {READY}, 0)"
"""Line by line: annotators of a line that wait warm would hide that everybody's are missing."""

HANDED_BACK = (
    f"60 * clamp_min({rate('gas_controllers_transition_duration_seconds_count', where=HANDED_BACK_OR_LOST)}"
    f" - {rate('gas_controllers_transitions_total', where=HANDED_BACK_OR_LOST)}, 0)"
)
"""The controllers measure every move, and commit that of a lost lease themselves: the others are the annotators'."""


def autoscaling_board() -> Board:
    """From the queue to the pods, and what was lost on the way."""
    return Board(
        "gas-autoscaling",
        "GAS / Autoscaling",
        "Do annotators and web pods come and go as they should, and does nobody lose work by it?",
        (_alive(), _doing(), _wrong()),
    )


def _alive() -> Row:
    return Row(
        "Alive: what is wanted, and what is there",
        (
            longest_wait(
                "How long the oldest job that nobody has claimed has waited. When this is short, all below is well enough.",
            ),
            figure(
                "Messages",
                "Requests in the queues of annotators, waiting or under way. One message is one pod's work.",
                Unit.COUNT,
                f"sum({most('gas_controllers_queue_messages', 'queue, state', REQUEST_QUEUES)})",
            ),
            figure(
                "Wanted",
                "Annotators that the queues ask for, as KEDA sees it, up to the maxima above.",
                Unit.COUNT,
                f"sum({WANTED})",
            ),
            figure("Ready", "Annotators that Prometheus sees.", Unit.COUNT, f"sum({READY})"),
            figure("Busy", "Annotators that work on a message now.", Unit.COUNT, f"sum({BUSY})"),
            figure(
                "Short of pods for",
                "For how much of the time shown a line had fewer annotators than it wanted: how fast scaling reacts, all together.",
                Unit.SECONDS,
                f"15 * sum_over_time((sum({SHORT}) > bool 0)[{SPAN}:15s])",
            ),
        ),
    )


def _doing() -> Row:
    return Row(
        "Doing: the queue, the pods that follow it, and how fast",
        (
            lines(
                "Pods",
                "Annotators of each line wanted by its queue, ready, and busy. Wanted leads and ready follows: the gap on the way up is what people "
                "wait for, the gap on the way down is the time in which pods are kept in case more comes.",
                Unit.COUNT,
                Query(WANTED, "{{line}} wanted"),
                Query(READY, "{{line}} ready"),
                Query(BUSY, "{{line}} busy"),
                look=Look.STEPS,
                width=12,
            ),
            lines(
                "Queue",
                "Messages by queue and state: visible wait, in flight are held by an annotator.",
                Unit.COUNT,
                Query(
                    most("gas_controllers_queue_messages", "queue, state", REQUEST_QUEUES),
                    "{{queue}} {{state}}",
                ),
                width=12,
            ),
            waits_by_line(
                "Age of the oldest message",
                "How long the oldest job that nobody has claimed has waited, by line; with the lines at which the alerts fire.",
            ),
            lines(
                "Time to first start",
                "How long jobs were queued before an annotator claimed them: half of them, and 95 %, had waited less than this.",
                Unit.SECONDS,
                *spread("gas_controllers_transition_duration_seconds", where=CLAIMED),
            ),
            lines(
                "Short of pods",
                "Annotators wanted and not there yet, by line. How long a hump lasts is the reaction time of scaling: KEDA's look, the "
                "autoscaler's decision, and the start of a pod.",
                Unit.COUNT,
                Query(SHORT, "{{line}}"),
                look=Look.STEPS,
            ),
            lines(
                "Cold starts",
                "From publishing a request while no annotator was up to the first claim. The aim for the first pod is 15 s.",
                Unit.SECONDS,
                *spread("gas_controllers_cold_start_seconds"),
            ),
            lines(
                "Cold starts, how many",
                "How often a minute a first annotator was woken, by requests that found none up. Often: a floor of one annotator "
                "(minReplicas) would serve better.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_controllers_cold_start_seconds_count"), "controllers"),
                    "cold starts",
                ),
            ),
            lines(
                "Annotators at work",
                "The share of each line's annotators that are busy. Near 1 for long: they are too few, or the maximum is reached.",
                Unit.SHARE,
                Query(AT_WORK, "{{line}}"),
            ),
            lines(
                "Web pods",
                "Web pods that Prometheus sees. They follow the CPU that they use.",
                Unit.COUNT,
                Query(pods("web"), "web pods"),
                look=Look.STEPS,
            ),
            lines(
                "Web load",
                "Requests a second, and how many are being answered at a time, to be seen beside the pods.",
                Unit.COUNT,
                Query(rate("gas_web_requests_total"), "requests a second"),
                Query(total("gas_web_requests_in_flight"), "in flight"),
            ),
            lines(
                "CPU",
                "CPU used by each part. What the web's autoscaler looks at is this, by pod, in percent of what is requested.",
                Unit.CORES,
                Query(
                    f"sum by (container) (rate({series('container_cpu_usage_seconds_total', _PARTS)}[{RATE}]))",
                    "{{container}}",
                ),
            ),
        ),
    )


def _wrong() -> Row:
    return Row(
        "Wrong: work interrupted, and scaling that fails",
        (
            lines(
                "Pods that went while busy",
                "Jobs that went from Running back to Queued: handed back by an annotator that was told to go, or that met trouble outside "
                "itself, which costs nothing; or lost, taken from one that was killed or crashed and not heard of again, which costs "
                "an attempt. Neither loses the job. The controllers count both.",
                Unit.PER_MINUTE,
                Query(or_none(HANDED_BACK, "controllers"), "handed back"),
                Query(
                    or_none(
                        a_minute("gas_controllers_transitions_total", where=HANDED_BACK_OR_LOST),
                        "controllers",
                    ),
                    "lost",
                ),
            ),
            held_by_nobody(
                "Running jobs whose lease has ended and that nobody has taken up: their annotator was killed a moment ago.",
            ),
            lines(
                "Draining",
                "How long ago annotators that are still there were told to go. At settings.annotator.drainSeconds, 90 by default, they "
                "hand their job back.",
                Unit.SECONDS,
                Query(or_none(most("gas_annotator_draining_seconds"), "controllers"), "longest"),
            ),
            lines(
                "Extensions",
                "Heartbeats that kept a message hidden while its job ran, by outcome. Failures let another annotator take the job.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_annotator_visibility_extensions_total", "outcome"),
                        "controllers",
                        "outcome",
                    ),
                    "{{outcome}}",
                ),
            ),
            lines(
                "KEDA's errors",
                "Looks at a queue that failed, and ScaledObjects that could not be handled. While they last, pods are kept and none come.",
                Unit.PER_MINUTE,
                *(
                    Query(
                        f"60 * sum by (scaledObject) (rate({metric}{{{KEDA_HERE}}}[{RATE}]))"
                        f' or on() label_replace(0 * max(keda_scaler_active{{{KEDA_HERE}}}), "scaledObject", "none", "", "")',
                        f"{{{{scaledObject}}}} {name}",
                    )
                    for metric, name in (
                        ("keda_scaler_detail_errors_total", "queue"),
                        ("keda_scaled_object_errors_total", "object"),
                    )
                ),
            ),
            lines(
                "KEDA's latency",
                "How long KEDA takes to read a queue, and how late its looks are: this comes on top of pollingSeconds.",
                Unit.SECONDS,
                Query(
                    f"max by (scaledObject) (keda_scaler_metrics_latency_seconds{{{KEDA_HERE}}})",
                    "{{scaledObject}} reading",
                ),
                Query(
                    f"max by (resource) (keda_internal_scale_loop_latency_seconds{{{KEDA_HERE}}})",
                    "{{resource}} late",
                ),
            ),
        ),
    )


_PARTS = 'container=~"web|annotator|controllers"'
