"""Why a job stands where it stands: every reason, and the sentence that a person reads.

The sentences are the owner's, in the browser, the e-mails and the command; `kubectl describe` has its own for some.
"""

from enum import Enum


class Reason(Enum):
    """The reason of a job's Ready condition. The value is the CamelCase word that Kubernetes shows."""

    CHECKING_INPUT = "CheckingInput"
    """Pending: existence, size, owner and ETag of the input are being checked."""
    SUSPENDED = "Suspended"
    """Pending: the owner of the resource suspended it."""
    WAITING_FOR_ANNOTATOR = "WaitingForAnnotator"
    """Queued: the request is published."""
    WAITING_FOR_TURN = "WaitingForTurn"
    """Queued: so many of the owner's jobs stand in line before it that it does not stand there yet."""
    WAKING_ANNOTATOR = "WakingAnnotator"
    """Queued: no annotator is up; one is being started."""
    WAITING_FOR_REFERENCE = "WaitingForReference"
    """Queued: the bundle of its reference is being fetched to the annotator that took it up."""
    RETRYING = "Retrying"
    """Queued: an attempt was lost and the job will run again."""
    ANNOTATING = "Annotating"
    """Running: an annotator holds the job."""
    RETENTION_RUNNING = "RetentionRunning"
    """Completed, Restored: downloadable until the retention ends."""
    PREMIUM = "Premium"
    """Completed, Restored: downloadable as long as the owner is on a plan that keeps results."""
    POLICY_NEVER = "PolicyNever"
    """Completed, Restored: the archive policy is Never."""
    RETENTION_OVER = "RetentionOver"
    """Archived: the retention of the owner's plan is over."""
    POLICY_IMMEDIATE = "PolicyImmediate"
    """Archived: the archive policy is Immediate."""
    RETRIEVAL_FAILED = "RetrievalFailed"
    """Archived: the last retrieval failed; it is tried again, at most three times."""
    RETRIEVAL_EXPEDITED = "RetrievalExpedited"
    """Restoring: a fast retrieval runs, minutes."""
    RETRIEVAL_STANDARD = "RetrievalStandard"
    """Restoring: a standard or bulk retrieval runs, hours."""
    COPYING_BACK = "CopyingBack"
    """Restoring: the bytes are back and being copied to their place."""
    INPUT_NOT_FOUND = "InputNotFound"
    INPUT_NOT_OWNED = "InputNotOwned"
    INPUT_TOO_LARGE = "InputTooLarge"
    INPUT_CHANGED = "InputChanged"
    INPUT_REFUSED = "InputRefused"
    REFERENCE_UNKNOWN = "ReferenceUnknown"
    """Failed: the installation has no such reference, or not that release of it any more."""
    REFERENCE_MISMATCH = "ReferenceMismatch"
    """Failed: no record of the file lies on the reference."""
    LIMIT_EXCEEDED = "LimitExceeded"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    ATTEMPTS_EXHAUSTED = "AttemptsExhausted"
    CANCELLED = "Cancelled"
    NAME_TAKEN = "NameTaken"
    """The resource's name belongs to another job."""
    DELETED = "Deleted"
    """The job's data is deleted; nothing brings it back."""
    STORAGE_REFUSED = "StorageRefused"
    """Any state: the file store does not let this service read or keep a file of the job."""
    ARCHIVING_REFUSED = "ArchivingRefused"
    """Completed, Restored: the same when the result is to be archived; it stays downloadable."""
    DELETION_REFUSED = "DeletionRefused"
    """Any state: the same when the files are to be deleted."""
    NOT_REQUESTED = "NotRequested"
    """The Restored condition of a job that nobody asked to restore."""
    RESULT_STORED = "ResultStored"
    """The Completed condition of a job that has a result."""
    NOT_ARCHIVED = "NotArchived"
    """The Archived condition of a result that is not in the archive."""
    BROUGHT_BACK = "BroughtBack"
    """The Restored condition of a restored result. The word is that of 0.1.0: scripts may read it."""
    NOT_FAILED = "NotFailed"
    """The Failed condition of a job that has not failed."""
    RESULT_MISSING = "ResultMissing"
    """A job with a result: its bytes are missing or damaged, and there is no other copy."""


SENTENCES: dict[Reason, str] = {
    Reason.CHECKING_INPUT: "The input file is being checked.",
    Reason.SUSPENDED: "Operations have suspended the job.",
    Reason.WAITING_FOR_ANNOTATOR: "The job waits for a free annotator.",
    Reason.WAITING_FOR_TURN: "The job waits for its turn: others of your jobs are in line before it.",
    Reason.WAKING_ANNOTATOR: "No annotator is running; one is being started, usually within a minute.",
    Reason.WAITING_FOR_REFERENCE: "The job waits for the reference {reference}: {coming}",
    Reason.RETRYING: "Attempt {attempts} did not end. The job will run again by itself.",
    Reason.ANNOTATING: "The file is being annotated.",
    Reason.RETENTION_RUNNING: "The result can be downloaded until {retain_until}, then it is archived.",
    Reason.PREMIUM: "The result can be downloaded as long as you are {a_keeper}.",
    Reason.POLICY_NEVER: "The result can be downloaded; it is never archived.",
    Reason.RETENTION_OVER: "The result is in the archive. It is restored when you become {a_keeper}.",
    Reason.POLICY_IMMEDIATE: "The result is in the archive, because operations asked for that.",
    Reason.RETRIEVAL_FAILED: "Restoring the result from the archive failed: {detail}",
    Reason.RETRIEVAL_EXPEDITED: "The result is being restored from the archive, expected about {expected}.",
    Reason.RETRIEVAL_STANDARD: (
        "The result is being restored from the archive at the standard pace, expected about {expected}."
    ),
    Reason.COPYING_BACK: "The archive has given the result back, and it is being copied to its place.",
    Reason.INPUT_NOT_FOUND: "The input file is not there any more. Upload it again, as a new job.",
    Reason.INPUT_NOT_OWNED: "The job names a file that is none of your uploads. Upload the file, as a new job.",
    Reason.INPUT_TOO_LARGE: "The input is too large: {detail}",
    Reason.INPUT_CHANGED: "The input file was changed after the job was submitted. Submit it again as a new job.",
    Reason.INPUT_REFUSED: "The input file was refused: {detail}",
    Reason.REFERENCE_UNKNOWN: "The job cannot be annotated. {detail}",
    Reason.REFERENCE_MISMATCH: "The input file does not fit the reference: {detail}",
    Reason.LIMIT_EXCEEDED: "The job was stopped at a limit: {detail}",
    Reason.DEADLINE_EXCEEDED: "The job did not end within its deadline{deadline}, waiting included.",
    Reason.ATTEMPTS_EXHAUSTED: (
        "The job was tried {attempts} times and each attempt was lost. Retry it, or ask the operators to look at it."
    ),
    Reason.CANCELLED: "The job was cancelled.",
    Reason.NAME_TAKEN: "The name {job_id} belongs to another job. Choose another name.",
    Reason.DELETED: "The job's files are deleted.",
    Reason.RESULT_STORED: "The result and its log are stored.",
    Reason.NOT_ARCHIVED: "The result is not in the archive.",
    Reason.BROUGHT_BACK: "The result was restored from the archive.",
    Reason.NOT_FAILED: "The job has not failed.",
    Reason.RESULT_MISSING: (
        "A file of the result is missing or damaged. Operations are told; the job can be submitted again."
    ),
    Reason.STORAGE_REFUSED: (
        "The file store does not let this service {detail}. Operations have to put that right; then it goes on by itself."
    ),
    Reason.ARCHIVING_REFUSED: (
        "The result can be downloaded. It should be in the archive by now, but the file store does not let this service "
        "{detail}. Operations have to put that right."
    ),
    Reason.DELETION_REFUSED: (
        "The files are not all deleted yet: the file store does not let this service {detail}. It keeps them for a fixed "
        "time, or operations have to put that right."
    ),
    Reason.NOT_REQUESTED: "Nobody has asked to restore the result.",
}
"""The sentence of each reason as the job's owner reads it; the names in braces are filled from the job by `explain`."""

FOR_OPERATORS: dict[Reason, str] = {
    Reason.SUSPENDED: "The job is suspended. Set spec.suspend to false to let it run.",
    Reason.WAITING_FOR_TURN: (
        "Others of its owner's jobs are in line before it: of one user's, so many at a time stand there as "
        "settings.plans.jobsInLine says."
    ),
    Reason.PREMIUM: "The result can be downloaded as long as its owner is {a_keeper}.",
    Reason.RETENTION_OVER: "The result is in the archive. It is restored when its owner becomes {a_keeper}.",
    Reason.POLICY_IMMEDIATE: "The result is in the archive, where spec.archivePolicy wants it.",
    Reason.INPUT_NOT_FOUND: "There is no input file at s3://{bucket}/{key}. Upload it, then submit the job again.",
    Reason.INPUT_NOT_OWNED: (
        "The input s3://{bucket}/{key} does not lie in the folder of user {user_id} in this service's inputs bucket. "
        "Name a file that this user uploaded."
    ),
    Reason.ATTEMPTS_EXHAUSTED: (
        "The job was tried {attempts} times and each attempt was lost. The annotators' log says why; then its owner "
        "can retry it."
    ),
    Reason.NAME_TAKEN: "The name {job_id} belongs to another job. Choose another metadata.name.",
    Reason.RESULT_MISSING: (
        "A file of the result is missing or damaged ({detail}). Bring the object back, or let the owner submit the job again."
    ),
    Reason.STORAGE_REFUSED: (
        "S3 does not let this service {detail}. Grant the right, or the use of the key, or copy back to STANDARD what is in the "
        "archive (InvalidObjectState); then it goes on by itself, within 15 minutes."
    ),
    Reason.ARCHIVING_REFUSED: (
        "The result can be downloaded, and should be in the archive by now: S3 does not let this service {detail}. Grant the "
        "right, or the use of the key; it is tried again every 15 minutes."
    ),
    Reason.DELETION_REFUSED: (
        "The files are not all deleted yet: S3 does not let this service {detail}. Grant the right, or wait for the object "
        "lock to end; it is tried again, at first every 15 minutes, after days every 6 hours."
    ),
}
"""Where whoever runs GAS reads something else, by `kubectl`: fields and places, and the owner as a third person."""

OF_OWN_FILE: dict[Reason, str] = {
    Reason.INPUT_NOT_FOUND: "The file of your own variants is not there any more. Upload both files again, as a new job.",
    Reason.INPUT_NOT_OWNED: (
        "The job names a file of own variants that is none of your uploads. Upload the file, as a new job."
    ),
    Reason.INPUT_TOO_LARGE: "The file of your own variants is too large: {of_own_file}",
    Reason.INPUT_CHANGED: (
        "The file of your own variants was changed after the job was submitted. Submit both again as a new job."
    ),
    Reason.INPUT_REFUSED: "The file of your own variants was refused: {of_own_file}",
}
"""The same reasons where they are about the file that the owner brought beside the input."""

OF_OWN_FILE_FOR_OPERATORS: dict[Reason, str] = {
    Reason.INPUT_NOT_FOUND: (
        "There is no file at s3://{own_bucket}/{own_key}, which spec.ownFile names. Upload it, then submit the job again."
    ),
    Reason.INPUT_NOT_OWNED: (
        "The file s3://{own_bucket}/{own_key}, which spec.ownFile names, does not lie in the folder of user {user_id} in this "
        "service's inputs bucket. Name a file that this user uploaded."
    ),
    Reason.INPUT_TOO_LARGE: "The file that spec.ownFile names is too large: {of_own_file}",
    Reason.INPUT_CHANGED: (
        "The file that spec.ownFile names was changed after the job was submitted. Submit it again as a new job."
    ),
    Reason.INPUT_REFUSED: "The file that spec.ownFile names was refused: {of_own_file}",
}
