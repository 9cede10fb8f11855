"""Looks on while mails are sent, and while uploads and accounts go: counts, traces, and tells what somebody should know."""

import structlog

from gas import tracing
from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.ports.onlooker import MailEnding, UploadEnding
from gas_controllers.telling import metrics

log = structlog.get_logger()

TOLD = frozenset({MailEnding.UNCERTAIN, MailEnding.REFUSED, MailEnding.TOO_MANY})
"""The ends of a mail that no failed pass tells of, and after which its owner may wait for it in vain."""


class UserNotes:
    """Implements `UserOnlooker`."""

    def mail_begun(self, job: Job) -> None:
        """Let the mail be a part of the trace of the job's life."""
        tracing.join(job.traceparent)

    def mail_ended(
        self, ending: MailEnding, *, user_id: str, job_id: str | None = None, error: GasError | None = None
    ) -> None:
        """Count it, and say why it may not have come."""
        metrics.MAILS.labels(ending.value).inc()
        if ending in TOLD or error is not None:
            about = {"user_id": user_id} if job_id is None else {"job_id": job_id}
            why = {} if error is None else {"error": str(error)}
            log.warning("mail handled", outcome=ending.value, **about, **why)

    def claim_kept(self, error: GasError) -> None:
        """Say that the mail is owed no more as far as anybody else knows."""
        log.warning("the claim of an unsent mail stays on its record", error=str(error))

    def upload_ended(
        self,
        ending: UploadEnding,
        *,
        user_id: str,
        job_id: str,
        size_bytes: int | None = None,
        error: GasError | None = None,
    ) -> None:
        """Count it, and say so."""
        metrics.UNSUBMITTED_UPLOADS.labels(ending.value).inc()
        more: dict[str, object] = {} if size_bytes is None else {"size_bytes": size_bytes}
        if error is not None:
            more["error"] = str(error)
        write = log.warning if ending is UploadEnding.REFUSED else log.info
        write("upload handled", outcome=ending.value, user_id=user_id, job_id=job_id, **more)

    def account_forgotten(self, user_id: str) -> None:
        """Say so."""
        log.info("account deleted", user_id=user_id)
