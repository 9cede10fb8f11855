"""What is kept about a user, as plain values: their account, and their jobs page by page. docs/privacy.md says what is left out."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from gas.domain.plan import User
from gas.ports.quotas import QuotaStore
from gas.ports.sessions import AccessTokenStore
from gas.ports.stores import JobStore
from gas.ports.uploads import UploadStore
from gas.services.kept_tokens import kept_tokens

PAGE = 100

UNREAD = "The record of this job cannot be read now. Ask those who run GAS to put it right, and export again."

_SECRETS = frozenset({"handle", "token_id"})
"""Handles of secrets: they say nothing about anybody, and would help who looks for the secrets."""


@dataclass(frozen=True)
class ExportAccount:
    """The use case with its ports."""

    jobs: JobStore
    tokens: AccessTokenStore
    quotas: QuotaStore
    uploads: UploadStore

    def account(self, user: User, *, with_tokens: bool) -> dict[str, Any]:
        """What is kept beside the jobs, the access tokens for those who may list them.

        Whatever a user's row gets in future is told as well: nothing is chosen here.
        """
        told = {
            "user": plain(user),
            "places": plain(self.quotas.active_jobs(user.user_id).since),
            "uploads": plain(self.uploads.get(user.user_id).uploads),
        }
        if with_tokens:
            told["access_tokens"] = [plain(token) for token in kept_tokens(self.tokens, user)]
        return told

    def page_of_jobs(self, user: User, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """A page of the user's records, newest first, and the cursor of the next one. What cannot be read is named at its end.

        Raises:
            UsageError: the cursor is none of this user's.
        """
        page = self.jobs.jobs_of_user(user.user_id, cursor, PAGE)
        unread = [{"job_id": record.job_id, "unread": UNREAD} for record in page.unread]
        return [*(plain(job) for job in page.jobs), *unread], page.cursor

    def all_jobs(self, user: User) -> Iterator[dict[str, Any]]:
        """Every record, read as it is asked for."""
        cursor: str | None = None
        while True:
            jobs, cursor = self.page_of_jobs(user, cursor)
            yield from jobs
            if cursor is None:
                return


def plain(value: Any) -> Any:
    """A value of the domain as JSON has it: times in RFC 3339, spans in seconds, enumerations by their words."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name not in _SECRETS
        }
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case dict():
            return {plain(key): plain(each) for key, each in value.items()}
        case frozenset():
            return sorted(map(plain, value))
        case tuple() | list():
            return [plain(each) for each in value]
        case _:
            return value
