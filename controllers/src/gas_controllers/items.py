"""What the lanes work on."""

from dataclasses import dataclass

from gas.domain.decision import MailKind


@dataclass(frozen=True)
class LookAtJob:
    """Look at a job: its resource, its record and its bytes."""

    job_id: str


@dataclass(frozen=True)
class LookAtUser:
    """Look at a user: tell their jobs of a plan change."""

    user_id: str


@dataclass(frozen=True)
class MailOwed:
    """Send a mail that is claimed on the record."""

    job_id: str
    kind: MailKind


Item = LookAtJob | LookAtUser | MailOwed
