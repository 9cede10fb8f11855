"""What the API takes and gives, in JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel

from gas.domain.access_token import MAX_DAYS, MAX_NAME_LENGTH, Scope
from gas.domain.job import UNFINISHED, UNFINISHED_WORD, JobStatus
from gas.domain.keys import MAX_KEY_BYTES
from gas.domain.reasons import Reason
from gas.domain.spec import RetrievalTier
from gas.services.open_file import JobFile

Word = Field(strict=False)
"""For an enumeration in a strict model: JSON has its words and not its members."""

FileName = Field(
    json_schema_extra={
        "pattern": r"^[^/\x00-\x1f\x7f]+\.[vV][cC][fF](\.([gG][zZ]|[bB][gG][zZ]))?$",
        "examples": ["sample.vcf"],
    }
)
"""Told to clients that check before they send; the refusal itself is in words of ours."""

LARGEST_TOLD = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""


class _Taken(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class _Given(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, use_attribute_docstrings=True)


class _Query(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class NewUpload(_Taken):
    """The file that somebody wants to upload."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=255), FileName]
    """Its name, ending with .vcf, .vcf.gz or .vcf.bgz."""
    size_bytes: int | None = Field(default=None, ge=1, le=LARGEST_TOLD)
    """Its size; told in advance, a file that is too large is refused before it is sent, and the form takes no more."""


class UploadForm(_Given):
    """A form to POST as multipart/form-data: all fields as they are, then the file as the field `file`."""

    job_id: str
    """What the job is called when it is submitted without an Idempotency-Key."""
    key: str
    """What to submit the job with."""
    max_bytes: int
    url: str
    fields: dict[str, str]
    expires: datetime


class NewJob(_Taken):
    """A job to make of an uploaded file."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_BYTES)]
    """The key that starting the upload gave."""
    reference: Annotated[
        str, StringConstraints(min_length=1, max_length=100), Field(json_schema_extra={"examples": ["rCRS"]})
    ]
    """What to annotate against; service-info lists the references."""


class Move(_Given):
    """A state that the job entered, and when."""

    state: JobStatus
    time: datetime


class RecordProblem(_Given):
    """Why some records got no consequence."""

    kind: str
    records: int
    first_line: int
    """The line of the first of them in the file."""


class Job(_Given):
    """A job as its owner sees it."""

    id: str
    file: str
    reference: str
    state: JobStatus
    reason: Reason
    sentence: str
    """The state and its reason in words."""
    remark: str | None
    """What to know of the result besides, such as how many records could not be annotated, and why; usually null."""
    next: str
    """What happens next, in words."""
    next_time: datetime | None
    finished: bool
    """True when no annotator will work on the job any more."""
    progress_percent: int
    attempts: int
    """Attempts that were lost; 0 for a job that went well at once."""
    submitted: datetime
    started: datetime | None
    completed: datetime | None
    archived: datetime | None
    retain_until: datetime | None
    restore_expected: datetime | None
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
    actions: list[Literal["cancel", "retry", "restore", "delete"]]
    """What may be asked for now."""
    files: list[JobFile]
    """What may be downloaded now."""


class JobList(_Given):
    """One page of jobs, newest first."""

    jobs: list[Job]
    cursor: str | None
    """Asks for the next page; null after the last. A page may be short, or empty, although there are more."""


class JobQuery(_Query):
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


class LinkQuery(_Query):
    """How to answer with a link."""

    redirect: bool = True
    """False: the link as JSON, instead of a redirect to it."""


class Link(_Given):
    """An address that gives the file to whoever holds it, until it expires."""

    url: str
    file_name: str
    expires: datetime


class RestoreWish(_Taken):
    """How fast to bring a result back."""

    tier: Annotated[RetrievalTier, Word] = RetrievalTier.EXPEDITED


class Limits(_Given):
    """What a user may do."""

    max_input_bytes: int
    max_active_jobs: int
    max_cpu_seconds: int
    max_open_uploads: int
    """How many uploads may be started and not submitted at a time."""


class Me(_Given):
    """Who the caller is to GAS."""

    id: str
    name: str | None
    email: str | None
    institution: str | None
    plan: Literal["free", "premium"]
    operator: bool
    scopes: list[Scope]
    limits: Limits


class ExportQuery(_Query):
    """Which page of the jobs."""

    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """The cursor of the page before."""


class Export(BaseModel):
    """What is kept about the caller, by the names that it is kept under, a page of jobs at a time."""

    account: dict[str, Any]
    jobs: list[dict[str, Any]]
    cursor: str | None
    """Asks for the next page; null after the last."""


class NewToken(_Taken):
    """An access token to make."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
    scopes: list[Annotated[Scope, Word]] = Field(min_length=1, max_length=len(Scope))
    days: int = Field(ge=1, le=MAX_DAYS)


class Token(_Given):
    """An access token, without the token itself."""

    id: str
    name: str
    scopes: list[Scope]
    created: datetime
    expires: datetime
    last_used: datetime | None


class MadeToken(Token):
    """A new access token. The token itself is shown this once."""

    token: str


class TokenList(_Given):
    """The caller's access tokens, newest first."""

    tokens: list[Token]


class ServiceType(_Given):
    """What kind of service this is."""

    group: str
    artifact: str
    version: str


class Organization(_Given):
    """Who runs it."""

    name: str
    url: str


class PlanOffer(Limits):
    """What a plan offers; no retention means that results stay."""

    retention_seconds: int | None


class Plans(_Given):
    """The plans."""

    free: PlanOffer
    premium: PlanOffer


class ServiceInfo(_Given):
    """What this installation offers."""

    id: str
    name: str
    type: ServiceType
    organization: Organization
    version: str
    references: list[str]
    file_names: list[str]
    plans: Plans


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    """A sentence for people: what happened, and what to do."""
