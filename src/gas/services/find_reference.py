"""Where the reference of a job is for whoever takes the job up: in the annotator itself, on its node, or not there yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import assert_never

from gas.domain.built_in_references import BUILT_IN, NOTHING_PUBLISHED
from gas.domain.catalogue import Entry
from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.domain.record import ReferenceWait
from gas.ports.clock import Clock
from gas.ports.references import References
from gas.ports.shelf import Coming, Gone, Lacking, Shelf
from gas.services.read_catalogue import listed_bundle, read_catalogue

MISSING_PAUSE = timedelta(minutes=5)
"""Until a bundle is looked for again that the catalogue lists and nobody has."""
LONGEST_WAIT = timedelta(hours=1)
"""No record says more: a pace that was told early may be far off, and the controllers publish nothing before the wait is over."""
RETRY_LOOK = timedelta(minutes=1)
"""Until it is looked whether something comes of a bundle that could not be had, and is tried again."""


@dataclass(frozen=True)
class Here:
    """The reference is here: in a folder, or, where there is none, in the annotator. `digest` is what the job's name means."""

    digest: str
    folder: Path | None


@dataclass(frozen=True)
class Unknown:
    """The job cannot be annotated: why, and what its owner can do."""

    why: str


Found = Here | Unknown | ReferenceWait


@dataclass(frozen=True)
class FindReference:
    """Finds the reference of a job, and has its bundle fetched where it is not."""

    references: References
    shelf: Shelf
    clock: Clock

    @contextmanager
    def __call__(self, job: Job) -> Iterator[Found]:
        """Where it is. A folder stays there as long as the block lasts.

        Raises:
            GasError: the catalogue is needed and could not be read.
        """
        digest = job.reference_digest or self._current(job.reference)
        if digest is None:
            yield Unknown(self.references.catalogue().unknown(job.reference))
            return
        if (built_in := self._built_in(job, digest)) is not None:
            yield Here(built_in.digest, None)
            return
        with self.shelf.holding(digest) as folder:
            if folder is not None:
                yield Here(digest, folder)
                return
        yield self._elsewhere(job, digest)

    def _current(self, name: str) -> str | None:
        """What the name means now, for a job of an older release, which did not say."""
        try:
            entry = read_catalogue(self.references, name).current(name)
        except GasError:
            # What an annotator has itself waits for no catalogue: only who published one of that name could mean another.
            entry = NOTHING_PUBLISHED.current(name)
            if entry is None:
                raise
        return None if entry is None else entry.digest

    def _built_in(self, job: Job, digest: str) -> Entry | None:
        """The reference in the annotator that the job means, if it means one."""
        for entry in BUILT_IN:
            if digest == entry.digest:
                return entry
            # What an older release brought came with that release and is nowhere else: this one's takes its place.
            if job.reference == entry.name and self.references.catalogue().pinned(digest) is None:
                return entry
        return None

    def _elsewhere(self, job: Job, digest: str) -> Found:
        # What only says how large a bundle is holds up nobody for more than seconds.
        listed = listed_bundle(self.references, digest, look_again=True)
        if listed is not None and listed.pruned is not None and not self._is_kept(digest):
            return _not_kept(job, digest)
        size = None if listed is None else listed.size_bytes
        state = self.shelf.bring(digest, size)
        match state:
            case Coming(expected, begun):
                return self._coming(job, ReferenceWait(digest, expected, size), begun=begun)
            case Lacking(why, next_try):
                return ReferenceWait(digest, next_try, size, why)
            case Gone() if not self._is_kept(digest):
                return _not_kept(job, digest)
            case Gone():
                why = (
                    f"bundle {digest[:12]} is listed, but its files are not stored. Operations: `gas-reference check` says what is "
                    "missing; publish the bundle again."
                )
                return ReferenceWait(digest, self.clock.now() + MISSING_PAUSE, size, why)
            case _:
                assert_never(state)

    def _is_kept(self, digest: str) -> bool:
        """Whether the catalogue, read anew, says that the bundle is stored."""
        return self.references.catalogue(anew=True).keeps(digest)

    def _coming(self, job: Job, wait: ReferenceWait, *, begun: bool) -> ReferenceWait:
        """The wait for what is being fetched; what could not be had before goes on saying why until some of it has come."""
        now, before = self.clock.now(), job.reference_wait
        if not begun and before is not None and before.digest == wait.digest and before.why is not None:
            return replace(wait, until=now + RETRY_LOOK, why=before.why)
        return replace(wait, until=min(wait.until, now + LONGEST_WAIT))


def _not_kept(job: Job, digest: str) -> Unknown:
    return Unknown(
        f"The release {digest[:12]} of {job.reference} that the job was submitted with is not kept any more. Submit the file as a "
        "new job: it gets the newest."
    )
