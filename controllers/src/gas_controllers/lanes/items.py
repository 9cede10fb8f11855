"""What the lanes work on."""

from dataclasses import dataclass
from typing import assert_never

from gas.domain.owed_mails import OwedMail


@dataclass(frozen=True)
class LookAtJob:
    """Look at a job: its resource, its record and its bytes."""

    job_id: str


@dataclass(frozen=True)
class LookAtUser:
    """Look at a user: tell their jobs of a plan change, and send the letter that they wait for."""

    user_id: str


@dataclass(frozen=True)
class LookAtUploads:
    """Look at a user's uploads: those that no job was made of in time go."""

    user_id: str


@dataclass(frozen=True)
class MailOwed:
    """Claim and send a mail that a job owes."""

    job_id: str
    mail: OwedMail


@dataclass(frozen=True)
class LetterOwed:
    """Send the letter that asks about a user's new address."""

    user_id: str


Item = LookAtJob | LookAtUser | LookAtUploads | MailOwed | LetterOwed


def about(item: Item) -> dict[str, str]:
    """What a log line says of an item."""
    match item:
        case LookAtJob(job_id):
            return {"about": "job", "job_id": job_id}
        case LookAtUser(user_id):
            return {"about": "user", "user_id": user_id}
        case LookAtUploads(user_id):
            return {"about": "uploads", "user_id": user_id}
        case MailOwed(job_id, mail):
            return {"about": "mail", "job_id": job_id, "mail": mail.kind.value}
        case LetterOwed(user_id):
            return {"about": "letter", "user_id": user_id}
        case _:
            assert_never(item)
