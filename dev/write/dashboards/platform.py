"""The dashboard *Platform*: is anyone hurt?"""

from dev.write.dashboards.board import Board, Look, Query, Row, Unit, figure, fine_below, fine_from, lines
from dev.write.dashboards.promql import (
    a_minute,
    in_span,
    most,
    or_none,
    pods,
    quantile,
    rate,
    series,
    total,
)
from dev.write.dashboards.shared import (
    HALF_AND_MOST,
    NO_CONFLICT,
    dead_letters,
    held_by_nobody,
    late,
    longest_wait,
    spread,
    waits_by_line,
)

FAILED = 'status=~"5.."'
ERROR_BUDGET = 0.001
"""The share of requests that may fail: the default of the chart's alerts."""

REQUESTS = "gas_web_requests_total"
FAILURES = "gas_web_failures_total"
"""Errors of ours, without what operators wanted to be refused. It begins at 0: labelled requests that fail are born at 1,
which is no growth to Prometheus."""


def platform_board() -> Board:
    """Who waits, who gets errors, and what was left lying."""
    return Board("gas-platform", "GAS / Platform", "Is anyone hurt?", (_alive(), _doing(), _wrong()))


def _alive() -> Row:
    return Row(
        "Alive: who is there, and does anybody wait?",
        (
            longest_wait(
                "How long the job that has waited longest for an annotator has waited. This is the first figure to look at: above "
                "two minutes an annotator should have come, above fifteen its owner is hurt.",
            ),
            figure(
                "Requests answered well",
                "The share of all requests to pages and API, in the time shown, that did not end in an error of ours (5xx). What is "
                "refused because submissions are paused is none.",
                Unit.SHARE,
                f"1 - {_share(in_span(FAILURES), in_span(REQUESTS))}",
                fine_from(1 - ERROR_BUDGET),
            ),
            figure(
                "Alerts",
                "How many of the chart's alerts are firing. 0 as well when alerts.enabled is off: then look at the rest of this page.",
                Unit.COUNT,
                'count(ALERTS{alertname=~"Gas.+",alertstate="firing",namespace="$namespace"}) or vector(0)',
                fine_below(1),
            ),
            figure(
                "Web pods",
                "How many web pods Prometheus sees. There should be two at least: one may go at any time.",
                Unit.COUNT,
                pods("web"),
                fine_from(2),
            ),
            figure(
                "Controllers",
                "Whether Prometheus sees the controllers. Without them jobs are taken and go nowhere.",
                Unit.COUNT,
                pods("controllers"),
                fine_from(1),
            ),
            figure(
                "Annotators",
                "How many annotators Prometheus sees. None is right as long as nobody waits.",
                Unit.COUNT,
                or_none(pods("annotator"), "controllers"),
            ),
        ),
    )


def _doing() -> Row:
    return Row(
        "Doing: what people ask for, and how fast they get it",
        (
            waits_by_line(
                "Longest wait by line",
                "How long the oldest job that nobody has claimed has waited. The lines are those at which the alerts fire: two "
                "minutes in a line with annotators of its own, fifteen in everybody's.",
            ),
            lines(
                "Requests",
                "Requests to pages and API by the first figure of their status. Probes are not counted.",
                Unit.REQUESTS_PER_SECOND,
                Query(
                    f'sum by (class) (label_replace({rate(REQUESTS, "status")}, "class", "${{1}}xx", "status", "(.).."))',
                    "{{class}}",
                ),
                look=Look.STACK,
            ),
            lines(
                "Time to answer",
                "How long answers take: half of them, 95 % and 99 % are faster than this. The aim for submitting a job is 0.2 s.",
                Unit.SECONDS,
                *spread("gas_web_request_duration_seconds", shares={**HALF_AND_MOST, "99 %": 0.99}),
            ),
            lines(
                "Slowest routes",
                "The five routes whose slowest answers take longest (95 %). One slow route is that route's store; all slow is the pods.",
                Unit.SECONDS,
                Query(
                    f"topk(5, {quantile(0.95, 'gas_web_request_duration_seconds', 'route')})",
                    "{{route}}",
                ),
            ),
            lines(
                "Submissions",
                "New jobs by the door they came through, pages or API, and how that ended.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_web_submissions_total", "door, outcome"), "web", "door"),
                    "{{door}} {{outcome}}",
                ),
            ),
            lines(
                "Uploads",
                "Upload forms that were handed out, or why they were not: too large, a quota, submissions paused.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_web_uploads_total", "outcome"), "web", "outcome"),
                    "{{outcome}}",
                ),
            ),
            lines(
                "Annotated",
                "Messages that annotators finished, by how the work ended. Nothing here while somebody waits: no annotator works.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_annotator_messages_total", "outcome"),
                        "controllers",
                        "outcome",
                    ),
                    "{{outcome}}",
                ),
                look=Look.STACK,
            ),
            lines(
                "E-mails",
                "E-mails by outcome: sent is good; failed is tried again, refused and uncertain are not.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_controllers_mails_total", "outcome"), "controllers", "outcome"),
                    "{{outcome}}",
                ),
            ),
            lines(
                "Requests in flight",
                "Requests that are being answered. A pod answers eight at a time; more wait.",
                Unit.COUNT,
                Query(total("gas_web_requests_in_flight"), "in flight"),
            ),
        ),
    )


def _wrong() -> Row:
    return Row(
        "Wrong: what hurts, or will",
        (
            lines(
                "Error budget burned",
                f"How many times faster than allowed requests fail, where {ERROR_BUDGET:.1%} may. At 1 the budget of a month lasts a "
                "month. The alerts fire at 14.4 over an hour and at 6 over six hours.",
                Unit.COUNT,
                *(Query(_burn(window), f"over {window}") for window in ("1h", "6h")),
                steps=fine_below(6, 14.4),
            ),
            lines(
                "Failing routes",
                "Requests that ended in an error of ours, by route and status. The web's log has each with its number. While submissions are "
                "paused, what would start work is refused with 503.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute(REQUESTS, "route, status", FAILED), "web", "route"),
                    "{{route}} {{status}}",
                ),
            ),
            lines(
                "Refused requests",
                "Requests refused for a reason of the one who asks (4xx). Many 429: somebody floods. Many 401: an issuer or tokens.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute(REQUESTS, "status", 'status=~"4.."'), "web", "status"),
                    "{{status}}",
                ),
            ),
            dead_letters(
                "Messages that nobody could read, by queue. No job is lost by them: messages are hints.",
            ),
            held_by_nobody(
                "Running jobs whose annotator has not been heard of since its lease ended. They are queued again within a sweep.",
            ),
            late(
                "Jobs whose archiving or retrieval should have been done by now. A late retrieval has somebody who waits for it.",
            ),
            figure(
                "Given up",
                "Jobs of which something is not tried again until a person acts. `kubectl get annotationjobs` names them by their reason, "
                "RetrievalFailed, ResultMissing, or one that ends with Refused.",
                Unit.COUNT,
                f"sum({most('gas_controllers_given_up_jobs', 'kind')})",
                fine_below(0.5),
                width=6,
            ),
            figure(
                "Failed passes",
                "Passes over a job that ended in an error, in the time shown. Each is tried again: few are weather, many are a fault. A "
                "conflict is another's write, and no failure.",
                Unit.COUNT,
                or_none(in_span("gas_controllers_reconcile_errors_total", NO_CONFLICT), "controllers"),
                fine_below(10, 100),
                width=6,
            ),
            figure(
                "Failed mails",
                "E-mails in the time shown that were not certainly sent.",
                Unit.COUNT,
                or_none(
                    in_span("gas_controllers_mails_total", 'outcome=~"failed|refused|uncertain"'),
                    "controllers",
                ),
                fine_below(0.5, 5),
                width=6,
            ),
            figure(
                "Age of these figures",
                "How old the controllers' figures of queues and jobs are. Old figures are worse than none: then look at the controllers.",
                Unit.SECONDS,
                most("gas_controllers_overview_age_seconds"),
                fine_below(60, 120),
                width=6,
            ),
        ),
    )


def _burn(window: str) -> str:
    failed, all_of_them = (f"sum(rate({series(name)}[{window}]))" for name in (FAILURES, REQUESTS))
    return f"{_share(failed, all_of_them)} / {ERROR_BUDGET}"


def _share(failed: str, all_of_them: str) -> str:
    """All requests at most: of their series, born at 1, the first requests are missing."""
    return f"clamp_max({failed} / {all_of_them}, 1)"
