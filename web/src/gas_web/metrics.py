"""What the web counts and measures, named by Prometheus' rules. No job or user ids in labels, and routes for paths.

One process serves a pod (`main.py`), so that what it counts is what its pod did.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

from flask import Flask, current_app
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from gas.domain.errors import (
    ConflictError,
    GasError,
    NotFoundError,
    SizeRefusedError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.metrics import LabelValues, begin_at_zero, tell_build
from gas.services.submit_job import Submitted

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10)
_KEY = "gas-metrics"

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER_METHOD = "(other)"
NO_ROUTE = "(none)"
ROUTES = (
    f"the rules of the application, such as `/annotations/<job_id>`; `{NO_ROUTE}` for an address without one"
)


class Door(Enum):
    """How a submission came."""

    PAGE = "page"
    API = "api"


class UploadOutcome(Enum):
    """What came of asking for an upload form."""

    GRANTED = "granted"
    REFUSED_SIZE = "refused-size"
    REFUSED_NAME = "refused-name"
    OVER_QUOTA = "over-quota"
    PAUSED = "paused"
    FAILED = "failed"


class SubmissionOutcome(Enum):
    """What came of a submission."""

    NEW = "new"
    REPEATED = "repeated"
    REFUSED = "refused"
    REFUSED_SIZE = "refused-size"
    NOT_FOUND = "not-found"
    OVER_QUOTA = "over-quota"
    CONFLICT = "conflict"
    PAUSED = "paused"
    FAILED = "failed"


class Act(Enum):
    """What has happened to who somebody is."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    TOKEN_MADE = "token-made"  # noqa: S105 - a word
    TOKEN_USED = "token-used"  # noqa: S105 - a word
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - a word
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - a word
    USER_SUSPENDED = "user-suspended"
    USER_LET_IN = "user-let-in"
    PLAN_CHANGED = "plan-changed"
    ADDRESS_ASKED = "address-asked"
    ADDRESS_CONFIRMED = "address-confirmed"
    ACCOUNT_DELETION_ASKED = "account-deletion-asked"


class WebMetrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gas_web_requests_total",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "gas_web_request_duration_seconds",
            "How long answers took.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "gas_web_requests_in_flight", "Requests that are being answered.", registry=self.registry
        )
        self.uploads = Counter(
            "gas_web_uploads_total",
            "Upload forms that were asked for, by outcome.",
            ["outcome"],
            registry=self.registry,
        )
        self.submissions = Counter(
            "gas_web_submissions_total",
            "Submissions, by how they came and by outcome.",
            ["door", "outcome"],
            registry=self.registry,
        )
        self.authentications = Counter(
            "gas_web_authentications_total",
            "Sign-ins, sign-outs, tokens, suspensions, and changes of plans and accounts, and what was refused of them. Each is a "
            "line in the log.",
            ["act"],
            registry=self.registry,
        )
        self.refused_while_paused = Counter(
            "gas_web_refused_while_paused_total",
            "Requests for new work that were answered 503 because operators have paused submissions: no failure.",
            registry=self.registry,
        )
        self.failures = Counter(
            "gas_web_failures_total",
            "Answers that are errors of ours (5xx), what is refused while submissions are paused left out. It begins at 0, so that "
            "the first failure counts.",
            registry=self.registry,
        )
        begin_at_zero(LABELS, self.uploads, self.submissions, self.authentications)
        tell_build("web", self.registry)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def attach(self, extensions: dict[str, object]) -> None:
        """Let the views of an application find this."""
        extensions[_KEY] = self


LABELS: Mapping[str, LabelValues] = {
    "gas_web_requests": {
        "method": (*METHODS, OTHER_METHOD),
        "route": ROUTES,
        "status": "the status of the answer",
    },
    "gas_web_request_duration_seconds": {"route": ROUTES},
    "gas_web_authentications": {"act": tuple(act.value for act in Act)},
    "gas_web_uploads": {"outcome": tuple(outcome.value for outcome in UploadOutcome)},
    "gas_web_submissions": {
        "door": tuple(door.value for door in Door),
        "outcome": tuple(outcome.value for outcome in SubmissionOutcome),
    },
}
"""What each label can say, by metric family: its values, or a sentence where the code names them."""


def web_metrics() -> WebMetrics:
    """The metrics of the application that answers now; errors as in `metrics_of`."""
    return metrics_of(current_app)


def metrics_of(app: Flask) -> WebMetrics:
    """The metrics of an application.

    Raises:
        TypeError: it was made without any.
    """
    found = app.extensions.get(_KEY)
    if not isinstance(found, WebMetrics):
        raise TypeError("create_app attaches the metrics; this application has none.")
    return found


@contextmanager
def upload_counted() -> Iterator[None]:
    """Count what comes of asking for an upload form in this block."""
    outcome = UploadOutcome.FAILED
    try:
        yield
        outcome = UploadOutcome.GRANTED
    except SizeRefusedError:
        outcome = UploadOutcome.REFUSED_SIZE
        raise
    except TooManyRequestsError:
        outcome = UploadOutcome.OVER_QUOTA
        raise
    except UsageError:
        outcome = UploadOutcome.REFUSED_NAME
        raise
    finally:
        count_upload(outcome)


def submission_counted(door: Door, submit: Callable[[], Submitted]) -> Submitted:
    """Submit, and count what came of it."""
    outcome = SubmissionOutcome.FAILED
    try:
        submitted = submit()
        outcome = SubmissionOutcome.NEW if submitted.is_new else SubmissionOutcome.REPEATED
    except GasError as error:
        outcome = _outcome_of(error)
        raise
    finally:
        count_submission(door, outcome)
    return submitted


def count_upload(outcome: UploadOutcome) -> None:
    """Count one upload form that was asked for."""
    web_metrics().uploads.labels(outcome.value).inc()


def count_submission(door: Door, outcome: SubmissionOutcome) -> None:
    """Count one submission."""
    web_metrics().submissions.labels(door.value, outcome.value).inc()


def count_refusal_while_paused() -> None:
    """Count one request for new work that operators do not want at the moment."""
    web_metrics().refused_while_paused.inc()


def _outcome_of(error: GasError) -> SubmissionOutcome:
    match error:
        case SizeRefusedError():
            return SubmissionOutcome.REFUSED_SIZE
        case TooManyRequestsError():
            return SubmissionOutcome.OVER_QUOTA
        case NotFoundError():
            return SubmissionOutcome.NOT_FOUND
        case UsageError():
            return SubmissionOutcome.REFUSED
        case ConflictError():
            return SubmissionOutcome.CONFLICT
        case TransientError() | _:
            return SubmissionOutcome.FAILED
