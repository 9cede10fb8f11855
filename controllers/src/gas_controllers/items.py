"""What the lanes work on."""

from dataclasses import dataclass

from gas.domain.owed_mails import MailKind


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
    """Claim and send a mail that a job owes."""

    job_id: str
    kind: MailKind
    claim: str


Item = LookAtJob | LookAtUser | MailOwed
