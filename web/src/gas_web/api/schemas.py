"""What the API takes and gives, in JSON."""

from enum import Enum
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
)

from gas.domain.access_token import MAX_DAYS, MAX_NAME_LENGTH, Scope
from gas.domain.catalogue import AUTO
from gas.domain.job import UNFINISHED, UNFINISHED_WORD, JobStatus
from gas.domain.keys import MAX_KEY_BYTES
from gas.domain.reasons import Reason
from gas.domain.spec import RetrievalTier
from gas.services.job_view import Action
from gas.services.open_file import JOB_FILES
from gas.services.start_upload import UploadUse
from gas_web.api.reference_schemas import Bundle, ReferenceSource, Withdrawal
from gas_web.api.schema_kinds import LARGEST_TOLD, Given, Moment, Query, Taken, Word

FileName = Field(
    json_schema_extra={
        "pattern": r"^[^/\x00-\x1f\x7f]+\.([vV][cC][fF]|[bB][eE][dD])(\.([gG][zZ]|[bB][gG][zZ]))?$",
        "examples": ["sample.vcf"],
    }
)
"""Told to clients that check before they send; the refusal itself is in words of ours."""

_JobFile = Annotated[
    str,
    BeforeValidator(lambda file: file.value if isinstance(file, Enum) else file),
    Field(json_schema_extra={"enum": [file.value for file in JOB_FILES]}),
]


class NewUpload(Taken):
    """The file that somebody wants to upload."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=255), FileName]
    """Its name, ending with .vcf, .vcf.gz, .vcf.bgz or .bcf; one of your own variants or regions may end with .bed, .bed.gz or
    .bed.bgz, but not with .bcf."""
    size_bytes: int | None = Field(default=None, ge=1, le=LARGEST_TOLD)
    """Its size; told in advance, a file that is too large is refused before it is sent, and the form takes no more."""
    use: Annotated[UploadUse, Word] = UploadUse.INPUT
    """What it is for: the input of a job, or a file of one's own that is looked up for one (`ownKey`)."""


class UploadForm(Given):
    """A form to POST as multipart/form-data: all fields as they are, then the file as the field `file`."""

    job_id: str
    """What the job is called when it is submitted without an Idempotency-Key."""
    key: str
    """What to submit the job with."""
    max_bytes: int
    url: str
    fields: dict[str, str]
    expires: Moment


class NewJob(Taken):
    """A job to make of an uploaded file."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_BYTES)]
    """The key that starting the upload gave."""
    reference: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100),
        Field(json_schema_extra={"examples": [AUTO, "rCRS"]}),
    ] = AUTO
    """What to annotate against: a name of `GET /references`; or `auto`, and the header of the uploaded file chooses as `POST
    /references/choose` does, which tells it before anything is sent. The job names what was chosen. Where nothing fits, or the choice
    would be `unsure` among several references or for the smaller part of the file, no job is made: name the one that you know it fits."""
    own_key: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_BYTES)] | None = None
    """The key of another upload, of the use `own`: a VCF or BED whose variants or regions are looked up for this job alone. Each
    of its INFO fields, its IDs, or the names of its regions come into the result under keys that begin with `Own_`."""


class Move(Given):
    """A state that the job entered, and when."""

    state: JobStatus
    time: Moment


class RecordProblem(Given):
    """Why some records got no consequence."""

    kind: str
    records: int
    first_line: int
    """The line of the first of them in the file."""


class Job(Given):
    """A job as its owner sees it."""

    id: str
    file: str
    own_file: str | None
    """The name of the file of their own variants or regions that its owner brought beside it."""
    own_bytes: int | None
    own_sha256: str | None = Field(alias="ownSha256")
    """Of the one that was looked up for the result; null where there is none."""
    reference: str
    reference_digest: str | None
    """The bundle that the job is annotated with, whatever was published since; null for jobs of older releases."""
    reference_release: str | None
    """Its gene release; null where it is not known."""
    reference_sources: list[ReferenceSource]
    """What it was built from, as far as that is known."""
    reference_unlisted: str | None
    """Set where this installation does not list the bundle of a result: what it was made of, and whether it is older or newer than what
    new jobs get, is not known."""
    reference_withdrawn: Withdrawal | None
    """Set where the release of a result was retired: it may have been wrong."""
    newer_reference: Bundle | None
    """What the same file would be annotated with now; null where the result is of the newest release, or it is not known which is newer."""
    state: JobStatus
    reason: Reason
    sentence: str
    """The state and its reason in words."""
    remark: str | None
    """What to know of the result besides, such as how many records could not be annotated, and why; usually null."""
    next: str
    """What happens next, in words."""
    next_time: Moment | None
    finished: bool
    """True when no annotator will work on the job any more."""
    progress_percent: int
    attempts: int
    """How many attempts were made to annotate the input, the running one included."""
    submitted: Moment
    started: Moment | None
    completed: Moment | None
    archived: Moment | None
    retain_until: Moment | None
    restore_expected: Moment | None
    input_bytes: int | None
    result_bytes: int | None
    result_sha256: str | None = Field(alias="resultSha256")
    variants: int | None
    annotated_variants: int | None
    """Those that got a consequence; null where it was not counted."""
    problems: list[RecordProblem]
    """Why the others got none, as far as it is one of a few known kinds."""
    index_remark: str | None
    """Why the result has no index; null where it has one, or there is no result."""
    history: list[Move]
    actions: list[Action]
    """What may be asked for now."""
    files: list[_JobFile]
    """What may be downloaded now."""


class JobList(Given):
    """One page of jobs, newest first."""

    jobs: list[Job]
    cursor: str | None
    """Asks for the next page; null after the last. A page may be short, or empty, although there are more."""
    unread: list[str]
    """Ids of jobs whose records cannot be read now, whatever their states and names: those who run GAS have to put them right."""


class JobQuery(Query):
    """Which jobs to list."""

    state: str = ""
    """Only these states, separated by commas; `unfinished` is all of Pending, Queued and Running. Without it all but
    Deleted."""
    name: Annotated[str, StringConstraints(max_length=255)] = ""
    """Only files with this in their names, whatever the case."""
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """The cursor of the page before."""
    limit: int = Field(default=50, ge=1, le=100)
    """The most jobs of one page."""

    @field_validator("state")
    @classmethod
    def _known(cls, text: str) -> str:
        known = {UNFINISHED_WORD, *(status.value for status in JobStatus)}
        unknown = [word for word in text.split(",") if word and word not in known]
        if unknown:
            raise ValueError(f"there is no state {unknown[0]}: use {', '.join(sorted(known))}")
        return text

    @property
    def states(self) -> frozenset[JobStatus]:
        """The states."""
        words = {word for word in self.state.split(",") if word}
        several = UNFINISHED if UNFINISHED_WORD in words else frozenset[JobStatus]()
        return several | {JobStatus(word) for word in words - {UNFINISHED_WORD}}


class LinkQuery(Query):
    """How to answer with a link."""

    redirect: bool = True
    """False: the link as JSON, instead of a redirect to it."""


class Link(Given):
    """An address that gives the file to whoever holds it, until it expires."""

    url: str
    file_name: str
    expires: Moment


class RestoreWish(Taken):
    """How fast to restore a result."""

    tier: Annotated[RetrievalTier, Word] = RetrievalTier.EXPEDITED


class Limits(Given):
    """What a user may do."""

    max_input_bytes: int
    max_active_jobs: int
    max_cpu_seconds: int
    max_open_uploads: int
    """How many uploads may be started and not submitted at a time."""


class Me(Given):
    """Who the caller is to GAS."""

    id: str
    name: str | None
    email: str | None
    institution: str | None
    plan: str
    """What people call it, such as free or premium."""
    operator: bool
    scopes: list[Scope]
    limits: Limits


class ExportQuery(Query):
    """Which page of the jobs."""

    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """The cursor of the page before."""


class Export(BaseModel):
    """What is kept about the caller, by the names that it is kept under, a page of jobs at a time."""

    account: dict[str, Any]
    jobs: list[dict[str, Any]]
    cursor: str | None
    """Asks for the next page; null after the last."""


class NewToken(Taken):
    """An access token to make."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
    scopes: list[Annotated[Scope, Word]] = Field(min_length=1, max_length=len(Scope))
    days: int = Field(ge=1, le=MAX_DAYS)


class Token(Given):
    """An access token, without the token itself."""

    id: str
    name: str
    scopes: list[Scope]
    created: Moment
    expires: Moment
    last_used: Moment | None


class MadeToken(Token):
    """A new access token. The token itself is shown this once."""

    token: str


class TokenList(Given):
    """The caller's access tokens, newest first."""

    tokens: list[Token]


class ServiceType(Given):
    """What kind of service this is."""

    group: str
    artifact: str
    version: str


class Organization(Given):
    """Who runs it."""

    name: str
    url: str


class PlanOffer(Limits):
    """What a plan offers; no retention means that results stay."""

    retention_seconds: int | None


class ServiceInfo(Given):
    """What this installation offers."""

    id: str
    name: str
    type: ServiceType
    organization: Organization
    version: str
    references: list[str]
    file_names: list[str]
    own_file_names: list[str]
    """How files of one's own variants or regions may be called, which come with a job (`ownKey`)."""
    max_own_bytes: int
    """The largest of those that any plan takes."""
    plans: dict[str, PlanOffer]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    """A sentence for people: what happened, and what to do."""
