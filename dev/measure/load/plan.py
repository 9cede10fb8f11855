"""What is run, in which sizes, and what was hoped for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dev.run.cluster.genomes import FRUIT_FLY
from dev.run.up.yeast_reference import NAME as YEAST

RCRS = "rCRS"

PACE_SECONDS = 40.0
"""How long an annotator holds each job: two cores cannot run ten that compute."""


@dataclass(frozen=True)
class AnnotatorLoad:
    """Jobs by `kubectl`'s door. `every` is the time between two; 0 sends all at once."""

    jobs: int
    every: float = 0.0
    pace: float = PACE_SECONDS
    kill_every: float = 0.0
    """Half of the busy pods are killed so often, from the time when all are up until none is left; 0: none is."""
    backoff_limit: int | None = None
    """The jobs' own limit of lost attempts; None: the default, after which a job fails by design."""
    limit_seconds: float = 1800.0
    references: tuple[str, ...] = (RCRS,)
    """What the jobs are annotated against, by turns: all lie in one queue."""


@dataclass(frozen=True)
class WebLoad:
    """Visitors of the web, who wait 1 to 3 s between two requests as the original's did."""

    users: int
    per_second: float
    seconds: float
    signed_in: bool = False


@dataclass(frozen=True)
class ManyJobs:
    """Very many resources at a time."""

    jobs: int
    probes: int
    """Jobs that are made one by one among them, to see how fast the controllers react."""
    limit_seconds: float = 900.0


@dataclass(frozen=True)
class ArchiveAndRestore:
    """Free users' results that are archived, and come back when their owners become premium."""

    users: int
    jobs: int
    """Of each user."""
    every: float
    """Seconds between the jobs of two users, and between two upgrades: some looks of Prometheus lie in between."""
    limit_seconds: float = 240.0
    """For each of the three ways: to Completed, to the archive alone, and back."""


Experiment = AnnotatorLoad | WebLoad | ManyJobs | ArchiveAndRestore

KILLED_TOO_OFTEN = 9
"""A pod may be killed under the same job several times, which is no fault of the job: the default of 2 would fail it."""

FULL: Mapping[str, Experiment] = {
    "annotators-arrivals": AnnotatorLoad(jobs=36, every=5),
    "annotators-burst": AnnotatorLoad(jobs=200),
    "annotators-burst-killed": AnnotatorLoad(jobs=200, kill_every=100, backoff_limit=KILLED_TOO_OFTEN),
    "annotators-burst-unpaced": AnnotatorLoad(jobs=200, pace=0),
    "annotators-references": AnnotatorLoad(jobs=120, references=(RCRS, YEAST, FRUIT_FLY)),
    "web-home": WebLoad(users=300, per_second=30, seconds=600),
    "web-signed-in": WebLoad(users=30, per_second=30, seconds=300, signed_in=True),
    "many-jobs": ManyJobs(jobs=10_000, probes=100),
    "archive-and-restore": ArchiveAndRestore(users=4, jobs=5, every=15),
}
"""As the original ran it, or as the aims are written. The last one changes settings, and comes last for that."""

QUICK: Mapping[str, Experiment] = {
    "annotators-arrivals": AnnotatorLoad(jobs=24, every=5),
    "annotators-burst": AnnotatorLoad(jobs=40),
    "annotators-burst-killed": AnnotatorLoad(jobs=40, kill_every=60, backoff_limit=KILLED_TOO_OFTEN),
    "annotators-burst-unpaced": AnnotatorLoad(jobs=60, pace=0),
    "annotators-references": AnnotatorLoad(jobs=30, references=(RCRS, YEAST, FRUIT_FLY)),
    "web-home": WebLoad(users=300, per_second=30, seconds=120),
    "web-signed-in": WebLoad(users=30, per_second=30, seconds=90, signed_in=True),
    "many-jobs": ManyJobs(jobs=1_000, probes=30),
    "archive-and-restore": ArchiveAndRestore(users=2, jobs=3, every=15),
}
"""The same on a smaller scale: honest, and not what the aims are about. The report says that it was this."""


@dataclass(frozen=True)
class Aim:
    """What was hoped for: a figure of a run that should not be exceeded, or should be exactly so."""

    figure: str
    at_most: float
    text: str


PODS_UP = (
    Aim("secondsToFirstReadyPod", 15, "first pod ready at most 15 s after the first message"),
    Aim("checker.lost", 0, "no job lost"),
    Aim("checker.duplicated", 0, "no job duplicated"),
    Aim("checker.unexpected", 0, "nothing of a job that nobody sent"),
)
TEN = Aim("secondsTo10ReadyPods", 30, "10 pods ready at most 30 s after the first message")

CALLS = Aim("kubernetesCalls.perJobLife", 6, "at most 6 Kubernetes API calls per job life")

AIMS: Mapping[str, tuple[Aim, ...]] = {
    "annotators-arrivals": (*PODS_UP, CALLS),
    "annotators-burst": (*PODS_UP, TEN, CALLS),
    # Whoever is killed and taken again costs more: what a job's life costs is asked of the others.
    "annotators-burst-killed": (*PODS_UP, TEN),
    "annotators-burst-unpaced": (*PODS_UP, CALLS),
    # Whoever waits for a bundle is told so, which is a status more.
    "annotators-references": (
        *PODS_UP,
        Aim("ofAnotherBundle", 0, "every job by the bundle that its reference names"),
        Aim("withoutConsequences", 0, "every job's records with consequences"),
    ),
    "web-home": (
        Aim("failed", 0, "no request failed"),
        Aim("total.p95Ms", 250, "p95 at most 250 ms"),
    ),
    "web-signed-in": (
        Aim("failed", 0, "no request failed"),
        Aim("requests.submit.p99Ms", 200, "submit p99 at most 200 ms"),
        Aim("checker.lost", 0, "no job lost"),
        Aim("checker.duplicated", 0, "no job duplicated"),
    ),
    "many-jobs": (
        Aim("kubectlGetSeconds.median", 2, "`kubectl get aj` at most 2 s"),
        Aim("restartToQuietSeconds", 30, "restart to quiet at most 30 s"),
        Aim("memory.shareOfLimit", 1, "memory within the pod's limit"),
        Aim("checker.lost", 0, "no job lost"),
    ),
    "archive-and-restore": (
        Aim("notByTheArchive", 0, "every job was archived, retrieved and restored"),
        Aim("checker.lost", 0, "no job lost"),
        Aim("checker.duplicated", 0, "no job duplicated"),
        Aim("checker.unexpected", 0, "nothing of a job that nobody sent"),
    ),
}


def judged(aims: tuple[Aim, ...], figures: Mapping[str, object]) -> list[dict[str, object]]:
    """Each aim with what was found; `met` is None when the figure is not there."""
    return [
        {
            "aim": aim.text,
            "figure": aim.figure,
            "atMost": aim.at_most,
            "found": found,
            "met": None if found is None else found <= aim.at_most,
        }
        for aim in aims
        for found in [figure(figures, aim.figure)]
    ]


def figure(figures: Mapping[str, object], path: str) -> float | None:
    """A figure by the names that lead to it; None when it is not there or no number."""
    found: object = figures
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def chosen(names: list[str], *, quick: bool) -> dict[str, Experiment]:
    """The experiments of these names, or all; in the order of the plan.

    Raises:
        ValueError: there is none of a name; the text says which there are.
    """
    plan = QUICK if quick else FULL
    unknown = [name for name in names if name not in plan]
    if unknown:
        raise ValueError(f"there is no experiment {unknown[0]}: choose from {', '.join(plan)}.")
    return {name: each for name, each in plan.items() if not names or name in names}


def shortened(experiment: Experiment, seconds: float | None) -> Experiment:
    """The experiment with at most this length, where it has one: what the clock demands, and the report tells."""
    if seconds is not None and isinstance(experiment, WebLoad):
        return replace(experiment, seconds=min(seconds, experiment.seconds))
    return experiment
