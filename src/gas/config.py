"""Settings: `GAS_<SECTION>__<FIELD>` in the environment, one class per part, in the order of the chart's values."""

import re
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_settings import BaseSettings, SettingsConfigDict

from gas.adapters.addresses import is_one_address
from gas.domain.line import EVERYBODY
from gas.domain.names import Names
from gas.domain.uploads import FORM_LANDS

LOCAL_CLIENT_SECRET = "local-client-secret"  # noqa: S105 - the local issuer's, refused in production
"""What GAS proves itself with at the local issuer."""

LOCAL_KEY_ID = "gas-local-issuer"
"""The name of the local issuer's signing key: production believes nothing that is signed by a key of this name."""

FREE_WORD, PREMIUM_WORD = "free", "premium"
"""What people call the two plans that every installation has."""

Seconds = Annotated[float, Field(ge=0)]
Period = Annotated[float, Field(ge=0.1)]
ORIGIN_PATTERN = r"^https?://[^/?#@]+/?$"
"""Scheme, host and port: what `wrong_addresses` says in words, for those who look at a schema alone."""
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"], BeforeValidator(lambda level: str(level).lower())
]


class Environment(Enum):
    """Where this installation runs. Production refuses every part that only a developer's machine may have."""

    PRODUCTION = "production"
    LOCAL = "local"


class PaymentsChoice(Enum):
    """How people become premium."""

    NONE = "none"
    """Only by an operator's word: nothing is sold here."""
    ONE_CLICK = "one-click"
    """One click that costs nothing, for trying GAS out. Production refuses it."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AwsSettings(_Section):
    """Where AWS is and how its resources are laid out."""

    region: str = "us-east-1"
    """The AWS region."""
    endpoint_url: AnyHttpUrl | None = None
    """The local AWS. Empty on AWS itself."""
    public_endpoint_url: AnyHttpUrl | None = None
    """Where browsers and scripts reach the object store, for which links are signed. Empty: the same address."""
    due_shards: int = Field(default=16, ge=1, le=256)
    """How many partitions the index of due times is spread over: one takes about 1,000 writes a second."""
    kms_key_id: str = Field(default="", pattern=r"^(|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+)$")
    """The ARN of the KMS key that encrypts inputs and results. Empty: each bucket's own default encryption."""
    mail_sender: str = "gas@example.org"
    """The verified sender of every e-mail."""


class LifecycleSettings(_Section):
    """How long things are kept, and where."""

    retention_seconds: int = Field(default=300, ge=0)
    """How long a free user's result stays downloadable after completion or restoration."""
    inputs_expiry_days: int = Field(default=30, ge=1)
    """How long an input is kept."""
    unsubmitted_seconds: int = Field(default=72_000, ge=60, le=604_800)
    """How long an upload may wait to be submitted. Ten minutes later it is removed, and three hours after that looked for
    once more: by default all of it within a day."""
    link_seconds: int = Field(default=300, ge=0, le=604800)
    """The life of the longest download link: hot bytes are deleted no sooner than this after archiving."""
    delete_settles_seconds: int = Field(default=300, ge=1)
    """How long a deletion that was begun may still land: longer than any client of AWS retries one. The other copy of
    a result is kept that long."""
    forget_seconds: int = Field(default=int(FORM_LANDS.total_seconds()), ge=0)
    """How long after its submission, at least, the record of a deleted job still knows whose it was: what was sent with its
    upload's form, which holds for 5 minutes and may have been on its way for three hours then, is removed then once more."""
    hot_look_seconds: int = Field(default=86_400, ge=0)
    """How often a result that stays hot is looked at where it lies, in case a rule of the bucket moved it: once a day, as
    often as S3 applies such rules. One that cannot be downloaded is looked at at once. 0: only then."""
    keep_versions: bool = False
    """Whether the versions that a versioned bucket keeps stay when people delete a job; they are told before they do."""
    retrieval_poll_seconds: Seconds = 60
    """How often a running retrieval is looked at when its notice does not arrive."""
    expedited_seconds: int = Field(default=300, ge=0)
    """What people are told to expect of an Expedited retrieval: the slow end of S3's 1 to 5 minutes."""
    standard_seconds: int = Field(default=18_000, ge=0)
    """The same of a Standard retrieval: 3 to 5 hours."""
    bulk_seconds: int = Field(default=43_200, ge=0)
    """The same of a Bulk retrieval: 5 to 12 hours."""


class FurtherPlan(_Section):
    """A plan beside the two that every installation has; its fields are also read as values of the chart are called."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    """What users' records keep. It stays for good: a record that names a plan which is not known here moves nothing."""
    word: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    """What people call it, as in "the team plan"."""
    max_input_bytes: int = Field(ge=1, le=5_368_709_120)
    """As of the two plans."""
    max_active_jobs: int = Field(ge=1, le=1000)
    """As of the two plans."""
    max_cpu_seconds: int = Field(ge=1, le=43_200)
    """As of the two plans."""
    max_open_uploads: int = Field(default=50, ge=2, le=200)
    """As of the two plans."""
    max_open_bytes: int = Field(default=0, ge=0)
    """As of the two plans."""
    retention_seconds: int | None = Field(default=None, ge=0)
    """How long a result stays downloadable; null: as long as its owner is on the plan."""
    restores: bool = True
    """Whether its users may ask for what is in the archive."""


class PlanSettings(_Section):
    """What each plan allows."""

    free_max_input_bytes: int = Field(default=153_600, ge=1)
    """150 KiB, the original service's limit."""
    premium_max_input_bytes: int = Field(default=5_368_709_120, ge=1)
    """5 GiB, the largest object that S3 stores or copies in one request."""
    free_max_active_jobs: int = Field(default=10, ge=1)
    """How many unfinished jobs a free user may have at a time."""
    premium_max_active_jobs: int = Field(default=100, ge=1, le=1000)
    """The same of a premium user. A thousand fit into the one record that counts them."""
    jobs_in_line: int = Field(default=10, ge=1, le=1000)
    """How many of one user's jobs stand in line at a time; the others wait for their turn. So many fill the annotators of the
    chart's default at once, and whoever has none in line waits behind so many of each other user at most."""
    free_max_cpu_seconds: int = Field(default=30, ge=1)
    """How many seconds of processor time annotating one of a free user's files may take: eight times, at least, what the dearest honest
    files of 150 KiB take (330,000 records that pack well, or 80 MB of genotypes), and three times, at least, what they take with the
    dearest file of one's own beside them (250,000 rows)."""
    premium_max_cpu_seconds: int = Field(default=900, ge=1)
    """The same of a premium user's: eight times, at least, what the most records, or the largest uncompressed file, that an annotator
    takes do, and seven times with the dearest file of one's own. A job keeps to the limit that it was accepted by; what the annotator's own limit of time forbids stays forbidden."""
    free_max_open_uploads: int = Field(default=20, ge=2, le=200)
    """How many uploads a free user may have started and not submitted at a time. At least two: an input, and the file of one's own
    that comes with it. Two hundred, with those that hold no place any more, fit into the one record that counts them."""
    premium_max_open_uploads: int = Field(default=50, ge=2, le=200)
    """The same of a premium user."""
    free_max_open_bytes: int = Field(default=0, ge=0)
    """How many bytes a free user's open uploads may have together, each counted as what its form lets through. 0: as many as the
    forms of all of them: the plan's largest file each, and 64 MiB for browsers without scripts, which get an equal share of
    another number, and never less than that file. One such file, and a file of one's own beside it, always may be."""
    premium_max_open_bytes: int = Field(default=0, ge=0)
    """The same of a premium user."""
    premium_queue: bool = False
    """Of the last release: `GAS_LINES` names the lines of jobs, and the plans whose users' jobs stand in each."""
    more: tuple[FurtherPlan, ...] = ()
    """Plans beside free and premium, each larger than those before it, as a JSON list: each with a `name`, which records keep, a
    `word`, which people call it by, `maxInputBytes`, `maxActiveJobs`, `maxCpuSeconds`, and if they differ from premium's
    `maxOpenUploads`, `maxOpenBytes`, `retentionSeconds` and `restores`. Operators put users on them."""


class WebSettings(_Section):
    """The web part."""

    host: str = "127.0.0.1"
    """The address that the web part listens on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Its port."""
    probe_host: str = "127.0.0.1"
    """The address of its probes and metrics; 0.0.0.0 in a pod, where the kubelet asks from outside."""
    probe_port: int = Field(default=8081, ge=0, le=65535)
    """The port of its probes and metrics."""
    public_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://127.0.0.1:8080"), json_schema_extra={"pattern": ORIGIN_PATTERN}
    )
    """The address that people type: for links in e-mails, for the way back from the issuer, against forged requests,
    and for `gas-setup`, which lets its pages upload."""
    references: tuple[str, ...] = ()
    """Of the last release, and ignored: the references catalogue says what there is to annotate against."""
    upload_seconds: int = Field(default=300, ge=1, le=300)
    """How long an upload form is valid: its upload has to begin within this time."""
    link_seconds: int = Field(default=60, ge=1, le=60)
    """How long a download link is valid; each click makes a fresh one. Never longer than the lifecycle's."""
    issuer_url: AnyHttpUrl = AnyHttpUrl("https://auth.globus.org")
    """The OpenID issuer that people sign in with."""
    issuer_is_globus: bool = True
    """Whether the issuer speaks Globus Auth, whose revocation and sign-out have addresses of their own."""
    linked_identities: bool = True
    """Whether Globus Auth is asked, at somebody's first sign-in, if another identity of theirs has an account here."""
    client_id: str = ""
    """What the issuer knows GAS by."""
    client_secret: SecretStr | None = None
    """What GAS proves that with."""
    pkce: bool = True
    """Whether each sign-in carries a PKCE challenge (S256)."""
    payments: PaymentsChoice = PaymentsChoice.NONE
    """How people become premium: `none` (operators put them on the plan) or `one-click`, which production refuses."""
    operators: tuple[str, ...] = ()
    """The subjects at the issuer whose users are operators, as a JSON list."""
    object_store_origins: tuple[str, ...] = ()
    """Where browsers upload to and download from, as a JSON list of origins. Empty: the buckets' own addresses."""
    proxies: int = Field(default=0, ge=0, le=5)
    """How many proxies in front are trusted to say who the client is, by X-Forwarded-For."""
    login_seconds: int = Field(default=600, ge=30)
    """How long a sign-in may take."""
    session_idle_seconds: int = Field(default=28_800, ge=60)
    """How long a session lives without being used: a working day."""
    session_seconds: int = Field(default=86_400, ge=60)
    """How long a session lives at most."""
    requests_per_minute: int = Field(default=1200, ge=1)
    """How many requests a minute one user, or one address of strangers (a /64 of IPv6), may make to one pod: a tripwire against
    floods, not a quota."""
    logins_per_minute: int = Field(default=30, ge=1)
    """The same of steps of signing in; a whole classroom may sit behind one address."""

    @property
    def public_origin(self) -> str:
        """The origin of the pages, as browsers write it: scheme, host, and the port unless it is the usual one."""
        parts = urlsplit(str(self.public_url))
        return f"{parts.scheme}://{parts.netloc}"


class AnnotatorSettings(_Section):
    """The annotator part."""

    line: str = EVERYBODY.name
    """The line that it takes jobs from, and only from that: `everybody`, or one of `GAS_LINES`."""
    premium: bool = False
    """Of the last release: `GAS_ANNOTATOR__LINE=premium`."""
    lease_seconds: Period = 60
    """How long a claim lives without a heartbeat; also the visibility of the message."""
    wait_seconds: int = Field(default=5, ge=0, le=20)
    """The long poll. It bounds how long an idle annotator needs to stop: a poll is never cut, so no message is
    left invisible by a dead connection."""
    drain_seconds: Seconds = 90
    """How long a job may still go on after SIGTERM, be it fetched, annotated or stored, before it is handed back."""
    wall_seconds: Period = 21_600
    """The longest run of one attempt: 6 hours, half of the 12 hours that SQS lets a message stay hidden."""
    memory_bytes: int = Field(default=2 * 1024**3, ge=64 * 1024**2)
    """What a child may take beyond what it inherits."""
    file_bytes: int = Field(default=20 * 1024**3, ge=1024**2)
    """The largest file that a child may read uncompressed, or write."""
    max_records: int = Field(default=10_000_000, ge=1)
    """The most records of one file."""
    max_line_bytes: int = Field(default=16 * 1024**2, ge=1024)
    """The longest line of a file."""
    require_cage: bool = False
    """Whether an annotator refuses to start on a kernel that lacks Landlock or seccomp. Without it such a kernel is said
    in the log, by a metric and by `--check`, and strangers' files are parsed by a child that is kept from less."""
    command_folders: tuple[Path, ...] = ()
    """Folders that commands which bundles name may use, as a JSON list: their programs, what those start, and what they
    read lie there or in the bundle. Empty: no bundle's command is run."""
    pace_seconds: float = Field(default=0, ge=0, le=3600)
    """For load runs: after its work an annotator goes on holding the job until so many seconds have passed since
    the work began. Refused in production."""
    work_dir: Path | None = None
    """Where inputs and outputs lie while a job runs, each annotator's in a folder of its own; what killed annotators left
    there is removed at the next start. Empty: the system's temporary folder."""
    references_dir: Path | None = None
    """Where the bundles of references lie that were fetched; annotators of a node may share it. Empty: a folder of this instance
    beside those that annotators work in."""
    references_bytes: int = Field(default=64 * 1024**3, ge=1024**2)
    """How much may lie there: when there is no room for another bundle, the least recently used go that nobody uses."""
    probe_host: str = "127.0.0.1"
    """The address of its probes and metrics; 0.0.0.0 in a pod, where the kubelet asks from outside."""
    probe_port: int = Field(default=8082, ge=0, le=65535)
    """The port of its probes and metrics."""


class ControllersSettings(_Section):
    """The controllers part."""

    sweep_seconds: Period = 15
    """How often due jobs are looked for: the longest delay when every message is lost."""
    resync_seconds: Period = 600
    """How often all resources are listed and compared with what the watch told."""
    overview_seconds: float = Field(default=10, ge=1)
    """How often the operators' page and Prometheus get new figures: each time costs twelve small calls of SQS and one
    write."""
    state_workers: int = Field(default=4, ge=1, le=64)
    """Passes at a time in the lane of state changes."""
    copy_workers: int = Field(default=2, ge=1, le=64)
    """Byte copies at a time."""
    mail_workers: int = Field(default=1, ge=1, le=16)
    """E-mails at a time."""
    mails_per_hour: int = Field(default=100, ge=1, le=10_000)
    """How many e-mails about jobs one address gets in an hour; what is beyond that is not sent."""
    wait_seconds: int = Field(default=5, ge=0, le=20)
    """The long poll of each channel; it bounds how long the controllers need to stop."""
    absence_limit: int = Field(default=50, ge=1)
    """How many resources may begin to be missing within `absence_seconds` before none is taken for deleted any more,
    and an alert raised. More than half of all, from five on, are too many as well."""
    absence_seconds: Period = 60
    """How long a resource has to be missing, while others are counted, before it is taken for deleted."""
    second_look_seconds: Seconds = 300
    """How long after that it is looked for once more before data goes with it (`deletionPolicy: Delete`)."""
    annotator_deployment: str = ""
    """The Deployment of the annotators of everybody's line, by whose ready pods WakingAnnotator is told. Empty: it is never told."""
    premium_annotator_deployment: str = ""
    """Of the last release: the `deployment` of a line of `GAS_LINES`."""
    pod_deletion_cost: bool = False
    """Whether pods of busy annotators are marked, so that scaling takes idle ones first."""
    probe_host: str = "127.0.0.1"
    """The address of its probes and metrics; 0.0.0.0 in a pod, where the kubelet asks from outside."""
    probe_port: int = Field(default=8083, ge=0, le=65535)
    """The port of its probes and metrics."""


class LineSettings(_Section):
    """A line of jobs beside everybody's."""

    plans: tuple[str, ...] = ()
    """The plans, as people call them, whose users' jobs stand in it. None: it has a queue, and stays empty."""
    deployment: str = ""
    """The Deployment of its annotators, by whose ready pods WakingAnnotator is told. Empty: it is never told."""


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="GAS_",
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    env: Environment = Environment.PRODUCTION
    """`production` or `local`; production refuses every local part."""
    instance: str = "gas"
    """Prefixes every bucket, table, queue, topic and the namespace, so that several copies live side by side."""
    log_level: LogLevel = "info"
    """The least level that is logged: `debug`, `info`, `warning` or `error`."""
    aws: AwsSettings = AwsSettings()
    """Where AWS is."""
    lifecycle: LifecycleSettings = LifecycleSettings()
    """How long things are kept."""
    plans: PlanSettings = PlanSettings()
    """What plans allow."""
    lines: dict[str, LineSettings] = {PREMIUM_WORD: LineSettings()}
    """The lines of jobs beside everybody's, as a JSON map of names, of at most 20 characters a-z and 0-9: each with the `plans`
    whose users' jobs stand in it, and the `deployment` of its annotators, by whose ready pods WakingAnnotator is told. Each
    has a queue, which `gas-setup` makes, and annotators that are started for it."""
    web: WebSettings = WebSettings()
    """The web part."""
    annotator: AnnotatorSettings = AnnotatorSettings()
    """The annotator part."""
    controllers: ControllersSettings = ControllersSettings()
    """The controllers part."""

    @property
    def names(self) -> Names:
        """The names of this installation's resources."""
        return Names(self.instance)


MOST_REQUESTS_A_MINUTE = 10_000
"""More than a hundred a second of one user are no tripwire."""

MOST_LOGINS_A_MINUTE = 600
"""A lecture hall behind one address."""

LONGEST_SIGN_IN_SECONDS = 3_600
LONGEST_SESSION_SECONDS = 30 * 86_400
MOST_ACTIVE_JOBS = 1_000
LARGEST_OBJECT = 5_368_709_120
"""What S3 stores or copies in one request."""
MOST_CPU_SECONDS = 43_200
"""An attempt ends before SQS shows its message again, after 12 hours: one core cannot spend more."""

LONGEST_FORGETTING_SECONDS = 30 * 86_400
LONGEST_SETTLING_SECONDS = 86_400
"""No client of AWS retries for a day."""
LONGEST_LEASE_SECONDS = 3_600
"""So long would a job wait whose annotator died."""
MOST_MEMORY_BYTES = 1024**4
LARGEST_FILE_BYTES = 1024**4
MOST_RECORDS = 1_000_000_000
LONGEST_LINE_BYTES = 1024**3
"""Half a million genotypes with all that callers write of them are a tenth of it."""

_THIS_MACHINES = ("localhost", "localdomain")
_NOBODYS = (*_THIS_MACHINES, "example.org", "example.com", "example.net", "invalid")
"""Domains that are nobody's, so that SES never verified one (RFC 2606). `test` is left to those who have a mail server of that name."""

_ORIGIN = re.compile(r"https?://([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?")


def wrong_addresses(settings: Settings) -> list[str]:
    """One sentence for each address that says more than it may, wherever GAS runs. What it says is not repeated."""
    refusals = []
    extra = [
        *_beside(settings.web.public_url),
        *(["a path"] if settings.web.public_url.path not in {None, "", "/"} else []),
    ]
    if extra:
        refusals.append(
            f"GAS_WEB__PUBLIC_URL has {' and '.join(extra)}: give scheme, host and port alone, such as "
            "https://gas.example.org; GAS has a host name of its own and is not served below a path."
        )
    for name, address in {
        "GAS_WEB__ISSUER_URL": settings.web.issuer_url,
        "GAS_AWS__ENDPOINT_URL": settings.aws.endpoint_url,
        "GAS_AWS__PUBLIC_ENDPOINT_URL": settings.aws.public_endpoint_url,
    }.items():
        extra = [] if address is None else _beside(address)
        if extra:
            refusals.append(f"{name} has {' and '.join(extra)}: give the address without.")
    refusals += [
        f"GAS_WEB__OBJECT_STORE_ORIGINS has {origin!r}, which is no origin: give each as scheme, host and port, such as "
        "https://objects.example.org, and none by a pattern."
        for origin in settings.web.object_store_origins
        if _ORIGIN.fullmatch(origin) is None or _read(origin) is None
    ]
    return refusals


def _read(origin: str) -> AnyHttpUrl | None:
    """An origin as browsers read it: a host of numbers has many spellings."""
    try:
        return AnyHttpUrl(origin)
    except ValidationError:
        return None


def _beside(address: AnyHttpUrl) -> list[str]:
    """What an address has beside scheme, host, port and path, in words."""
    found = {
        "a user or password": address.username or address.password,
        "a query": address.query is not None,
        "a fragment": address.fragment is not None,
    }
    return [words for words, there in found.items() if there]


def unsafe_for_production(settings: Settings) -> list[str]:
    """One sentence for each local part that these settings would use; empty when production may start."""
    if settings.env is not Environment.PRODUCTION:
        return []
    refusals: list[str] = []
    if settings.aws.endpoint_url is not None:
        refusals.append(
            f"GAS_AWS__ENDPOINT_URL is {settings.aws.endpoint_url}: production talks to AWS itself; unset it, "
            "or set GAS_ENV=local on a developer's machine."
        )
    sender = settings.aws.mail_sender
    if not is_one_address(sender) or _is_below(sender.rpartition("@")[2], _NOBODYS):
        refusals.append(
            f"GAS_AWS__MAIL_SENDER is {sender!r}, an example or not one address: set the sender that SES has verified, the "
            "address alone."
        )
    if settings.web.public_url.scheme != "https":
        refusals.append(
            f"GAS_WEB__PUBLIC_URL is {settings.web.public_url}: links in e-mails must be https; set the public address."
        )
    if settings.aws.public_endpoint_url is not None and settings.aws.public_endpoint_url.scheme != "https":
        refusals.append(
            "GAS_AWS__PUBLIC_ENDPOINT_URL is plain http: whoever is on the way would read files and the links to them; "
            "set an https address, or unset it."
        )
    refusals += [
        f"{name} is {address}: that is this machine to whoever follows it; set the public address."
        for name, address in {
            "GAS_WEB__PUBLIC_URL": settings.web.public_url,
            "GAS_AWS__PUBLIC_ENDPOINT_URL": settings.aws.public_endpoint_url,
        }.items()
        if address is not None and _is_this_machine(address)
    ]
    refusals += _above(
        {
            "GAS_PLANS__FREE_MAX_ACTIVE_JOBS": (settings.plans.free_max_active_jobs, MOST_ACTIVE_JOBS),
            "GAS_PLANS__FREE_MAX_INPUT_BYTES": (settings.plans.free_max_input_bytes, LARGEST_OBJECT),
            "GAS_PLANS__PREMIUM_MAX_INPUT_BYTES": (settings.plans.premium_max_input_bytes, LARGEST_OBJECT),
            "GAS_PLANS__FREE_MAX_CPU_SECONDS": (settings.plans.free_max_cpu_seconds, MOST_CPU_SECONDS),
            "GAS_PLANS__PREMIUM_MAX_CPU_SECONDS": (settings.plans.premium_max_cpu_seconds, MOST_CPU_SECONDS),
            "GAS_LIFECYCLE__DELETE_SETTLES_SECONDS": (
                settings.lifecycle.delete_settles_seconds,
                LONGEST_SETTLING_SECONDS,
            ),
            "GAS_LIFECYCLE__FORGET_SECONDS": (settings.lifecycle.forget_seconds, LONGEST_FORGETTING_SECONDS),
            "GAS_ANNOTATOR__LEASE_SECONDS": (settings.annotator.lease_seconds, LONGEST_LEASE_SECONDS),
            "GAS_ANNOTATOR__WALL_SECONDS": (settings.annotator.wall_seconds, MOST_CPU_SECONDS),
            "GAS_ANNOTATOR__MEMORY_BYTES": (settings.annotator.memory_bytes, MOST_MEMORY_BYTES),
            "GAS_ANNOTATOR__FILE_BYTES": (settings.annotator.file_bytes, LARGEST_FILE_BYTES),
            "GAS_ANNOTATOR__MAX_RECORDS": (settings.annotator.max_records, MOST_RECORDS),
            "GAS_ANNOTATOR__MAX_LINE_BYTES": (settings.annotator.max_line_bytes, LONGEST_LINE_BYTES),
        }
    )
    if settings.annotator.pace_seconds:
        refusals.append(
            f"GAS_ANNOTATOR__PACE_SECONDS is {settings.annotator.pace_seconds:g}: it makes annotators slow for load "
            "runs; unset it, or set GAS_ENV=local where people wait for nothing."
        )
    return refusals


def unsafe_web_for_production(settings: Settings) -> list[str]:
    """The same for what only the web part is told: the other parts never hold its secret."""
    if settings.env is not Environment.PRODUCTION:
        return []
    web = settings.web
    refusals: list[str] = []
    if web.issuer_url.scheme != "https" or _is_this_machine(web.issuer_url):
        refusals.append(
            f"GAS_WEB__ISSUER_URL is {web.issuer_url}: production signs people in at an https issuer that is not on "
            "this machine; set its address."
        )
    if not web.client_id.strip():
        refusals.append(
            "GAS_WEB__CLIENT_ID is not set: register GAS at the issuer and set the id that it was given."
        )
    secret = web.client_secret.get_secret_value().strip() if web.client_secret is not None else ""
    if not secret:
        refusals.append(
            "GAS_WEB__CLIENT_SECRET is not set: set the secret that the issuer gave with the client id."
        )
    elif secret == LOCAL_CLIENT_SECRET:
        refusals.append("GAS_WEB__CLIENT_SECRET is the local issuer's, which everybody knows: set your own.")
    refusals += [
        f"GAS_WEB__OBJECT_STORE_ORIGINS has {origin}: files would go there in plain text; give an https origin."
        for origin in web.object_store_origins
        if not origin.startswith("https://")
    ]
    refusals += [
        f"GAS_WEB__OBJECT_STORE_ORIGINS has {origin}: that is the machine of whoever has a browser; give the public one."
        for origin in web.object_store_origins
        if (address := _read(origin)) is not None and _is_this_machine(address)
    ]
    if not web.pkce:
        refusals.append(
            "GAS_WEB__PKCE is off: a code that leaks on its way back could be used by others; leave it on, which issuers "
            "that do not know it ignore."
        )
    refusals += [
        f"GAS_WEB__OPERATORS has {subject!r}, which is nobody's subject: name each operator by what their profile page says."
        for subject in web.operators
        if subject != subject.strip() or subject in {"", "*"}
    ]
    refusals += _above(
        {
            "GAS_WEB__REQUESTS_PER_MINUTE": (web.requests_per_minute, MOST_REQUESTS_A_MINUTE),
            "GAS_WEB__LOGINS_PER_MINUTE": (web.logins_per_minute, MOST_LOGINS_A_MINUTE),
            "GAS_WEB__LOGIN_SECONDS": (web.login_seconds, LONGEST_SIGN_IN_SECONDS),
            "GAS_WEB__SESSION_IDLE_SECONDS": (web.session_idle_seconds, LONGEST_SESSION_SECONDS),
            "GAS_WEB__SESSION_SECONDS": (web.session_seconds, LONGEST_SESSION_SECONDS),
        }
    )
    if web.payments is PaymentsChoice.ONE_CLICK:
        refusals.append(
            "GAS_WEB__PAYMENTS is one-click: everybody would be premium for nothing; set `none`, and put people on the "
            "premium plan on the operators' page."
        )
    return refusals


def _above(limits: Mapping[str, tuple[float, int]]) -> list[str]:
    """One sentence for each limit that is so high that it is none: its value, and the highest that there may be."""
    return [
        f"{name} is {f'{value:,}'.removesuffix('.0')}, which limits nothing: set at most {most:,}."
        for name, (value, most) in limits.items()
        if value > most
    ]


def _is_this_machine(address: AnyHttpUrl) -> bool:
    """Whether whoever follows an address asks their own machine."""
    host = (address.host or "localhost").strip("[]")
    try:
        found = ip_address(host)
    except ValueError:
        return _is_below(host, _THIS_MACHINES)
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return found.is_loopback or found.is_unspecified


def _is_below(name: str, domains: tuple[str, ...]) -> bool:
    """Whether a name is one of the domains or below it; neither capitals nor a final dot make another of it."""
    return f".{name.casefold().rstrip('.')}".endswith(tuple(f".{domain}" for domain in domains))
