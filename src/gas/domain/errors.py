"""The only errors that cross from one layer of GAS to the next. Each program maps them once, in its `errors.py`."""

from datetime import datetime, timedelta


class GasError(Exception):
    """Something went wrong; the text is a sentence for people that says what happened and what to do."""


class UsageError(GasError):
    """What was asked for cannot be done as asked; asking again changes nothing."""


class TransientError(GasError):
    """The outside world did not answer or refused for now; the same call may succeed later."""


class FatalError(GasError):
    """The installation is wrong (a missing table, a refused permission); an operator has to act.

    `said` is the one word that the refusing service has for it, such as AccessDenied, where it has one.
    """

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.said = said


class ConflictError(TransientError):
    """A conditional write found the record changed; read it again and decide anew."""


class NotFoundError(UsageError):
    """The named thing does not exist."""


class NotNowError(UsageError):
    """The thing is in a state in which that cannot be done: it has moved on, or is not as far yet."""


class SizeRefusedError(UsageError):
    """A file is empty, or larger than its user's plan allows; the text says what would help."""


class NotAllowedError(UsageError):
    """The person may not do this; the text says what would allow it."""


class SuspendedError(NotAllowedError):
    """Operators have suspended the user, who may have asked before to have the account deleted."""

    def __init__(self, user_id: str, *, leaving: bool = False) -> None:
        super().__init__(
            "Your account is suspended by those who run GAS. Your jobs and files are deleted, as you asked; by which "
            "identities you sign in, and that the account is suspended, stays until they let you in again. Write to them."
            if leaving
            else "Your account is suspended by those who run GAS: nothing can be done with it until they let you in again. "
            "Your jobs and files are as they were. Write to them."
        )
        self.user_id = user_id


class TooManyRequestsError(UsageError):
    """A quota is used up; `retry_after` is when it is worth trying again."""

    def __init__(self, text: str, retry_after: timedelta) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class NotTakenError(TransientError):
    """The cluster takes no resource of this job now; the job goes on without one.

    `refused` says that it refuses this very resource: its kind is there.
    """

    def __init__(self, text: str, *, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


class NotReadyError(TransientError):
    """The thing is still being made."""


class InvalidTransitionError(FatalError):
    """An event that GAS's own code must never bring to a job in that state."""


class ArchivedObjectError(TransientError):
    """The bytes are in the archive and no retrieved copy of them can be read now.

    `expected` is when a retrieval that runs should have brought them back.
    """

    def __init__(self, text: str, expected: datetime | None = None) -> None:
        super().__init__(text)
        self.expected = expected


class RetrievalRefusedError(TransientError):
    """The archive has no capacity for this retrieval tier now; a slower tier may be accepted."""


class UnloadableBundleError(TransientError):
    """The bundle of a job's reference is on the node, and cannot be loaded until operators act: why, as they read it."""


class VerificationError(TransientError):
    """A copy's size or SHA-256 is not the one that was recorded."""


class MailUncertainError(TransientError):
    """The mail service did not answer: the mail may or may not have been sent, so it is not sent again."""
