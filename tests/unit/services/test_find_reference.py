"""Where a job's reference is: built in, on the node, on its way, or nowhere; and what a name means to older records."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.references import InMemoryReferences
from gas.domain.built_in_references import RCRS
from gas.domain.catalogue import Catalogue, Entry
from gas.domain.errors import TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.record import ReferenceWait
from gas.ports.shelf import Coming, Gone, Lacking
from gas.services.find_reference import FindReference, Found, Here, Unknown
from tests.support.jobs import NOW, job_in
from tests.support.references import an_entry, publish
from tests.support.shelves import FakeShelf

SOON = NOW + timedelta(minutes=4)
OLD, NEW = an_entry(digest="a" * 64), an_entry(digest="b" * 64)


class Bench:
    """A catalogue, a shelf, and who looks there."""

    def __init__(self, *entries: Entry) -> None:
        self.clock = FakeClock(NOW)
        self.references = InMemoryReferences(self.clock)
        publish(self.references, *entries)
        self.shelf = FakeShelf(Coming(SOON))
        self.find = FindReference(self.references, self.shelf, self.clock)

    def found(self, reference: str = "GRCh38", digest: str | None = None) -> Found:
        """Where it is for such a job."""
        with self.find(a_job(reference, digest)) as found:
            return found


def a_job(reference: str, digest: str | None) -> Job:
    """A queued job of that reference, by that digest."""
    return replace(job_in(JobStatus.QUEUED), reference=reference, reference_digest=digest)


def test_what_is_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is here, with nothing fetched, and with a digest without a look into the catalogue."""
    bench = Bench()

    by_name = bench.found("rCRS")
    monkeypatch.setattr(bench.references, "catalogue", None)
    by_digest = bench.found("rCRS", RCRS.digest)

    assert by_name == by_digest == Here(RCRS.digest, None)
    assert not bench.shelf.asked
    assert not bench.shelf.held


def test_what_was_built_into_an_older_release() -> None:
    """A job that was submitted before an upgrade gets what the name is now: the older one is nowhere any more."""
    assert Bench().found("rCRS", "0" * 64) == Here(RCRS.digest, None)


def test_a_published_bundle_of_a_built_in_name() -> None:
    """Whoever published one under that name means it, as do the jobs that have its digest."""
    published = an_entry(name="rCRS", digest="c" * 64)

    found = Bench(published).found("rCRS", published.digest)

    assert found == ReferenceWait(published.digest, SOON, published.size_bytes)


def test_what_is_on_the_node() -> None:
    """Its folder is held as long as it is used."""
    bench = Bench(OLD)
    bench.shelf.folders[OLD.digest] = Path("/shelf") / OLD.digest

    with bench.find(a_job("GRCh38", OLD.digest)) as found:
        held = list(bench.shelf.held)

    assert found == Here(OLD.digest, Path("/shelf") / OLD.digest)
    assert held == [OLD.digest]
    assert not bench.shelf.held
    assert not bench.shelf.asked


def test_what_a_name_means() -> None:
    """A job keeps the release that it has; one of an older GAS, which has none, gets the newest."""
    bench = Bench(OLD, NEW)

    bench.found("GRCh38", OLD.digest)
    bench.found("GRCh38")

    assert bench.shelf.asked == [(OLD.digest, OLD.size_bytes), (NEW.digest, NEW.size_bytes)]


def test_what_is_coming() -> None:
    """The wait says when, and how large it is."""
    assert Bench(OLD).found(digest=OLD.digest) == ReferenceWait(OLD.digest, SOON, OLD.size_bytes)


def test_what_takes_very_long() -> None:
    """However slow a beginning looks, the record says an hour at most: by then the time is told anew."""
    bench = Bench(OLD)
    bench.shelf.says = Coming(NOW + timedelta(days=14))

    assert bench.found(digest=OLD.digest) == ReferenceWait(
        OLD.digest, NOW + timedelta(hours=1), OLD.size_bytes
    )


@pytest.mark.parametrize(
    ("waited_for", "begun", "why"),
    [(OLD, False, "It is damaged."), (OLD, True, None), (NEW, False, None)],
    ids=["nothing-came", "some-came", "another"],
)
def test_what_is_tried_again(waited_for: Entry, why: str | None, *, begun: bool) -> None:
    """Until something of it has come the wait says why it could not be had, and is looked at again soon."""
    bench = Bench(OLD, NEW)
    bench.shelf.says = Coming(SOON, begun=begun)
    before = ReferenceWait(waited_for.digest, NOW, None, "It is damaged.")

    with bench.find(replace(a_job("GRCh38", OLD.digest), reference_wait=before)) as found:
        pass

    until = NOW + timedelta(minutes=1) if why else SOON
    assert found == ReferenceWait(OLD.digest, until, OLD.size_bytes, why)


def test_what_cannot_be_had() -> None:
    """The wait says why, and when it is tried again."""
    bench = Bench(OLD)
    bench.shelf.says = Lacking("It is damaged.", SOON)

    assert bench.found(digest=OLD.digest) == ReferenceWait(OLD.digest, SOON, OLD.size_bytes, "It is damaged.")


def test_a_name_that_nobody_knows() -> None:
    """The sentence names those that are known."""
    found = Bench(OLD).found("hg19")

    assert found == Unknown(
        "There is no reference hg19 here. The references of this installation are: rCRS, GRCh38."
    )


def test_a_release_that_was_pruned() -> None:
    """The job is told which, and what to do; nobody waits for what will never come."""
    bench = Bench(NEW)
    bench.shelf.says = Gone()

    found = bench.found(digest=OLD.digest)

    assert isinstance(found, Unknown)
    assert found.why.startswith(
        "The release aaaaaaaaaaaa of GRCh38 that the job was submitted with is not kept any more."
    )


def test_a_pruned_release_that_is_still_listed() -> None:
    """Its entry tells of results: nothing is fetched for it, unless it was published again just now."""
    left = replace(OLD, retired=NOW, pruned=NOW, contigs=())
    bench = Bench(left, NEW)

    found = bench.found(digest=OLD.digest)

    assert isinstance(found, Unknown)
    assert "the job was submitted with is not kept any more." in found.why
    assert not bench.shelf.asked
    stale = bench.references.catalogue()
    bench.references.replace(stale, Catalogue((NEW, OLD)))
    fresh = bench.references.catalogue()

    class Aged:
        """A catalogue that was read before somebody published."""

        def catalogue(self, *, anew: bool = False) -> Catalogue:
            return fresh if anew else stale

    with replace(bench.find, references=Aged())(a_job("GRCh38", OLD.digest)) as again:
        pass
    assert isinstance(again, ReferenceWait)


def test_one_that_is_listed_and_not_stored() -> None:
    """That is the operators' to put right, and the job waits."""
    bench = Bench(OLD)
    bench.shelf.says = Gone()

    found = bench.found(digest=OLD.digest)

    assert isinstance(found, ReferenceWait)
    assert found.until == NOW + timedelta(minutes=5)
    assert found.why is not None
    assert "is listed, but its files are not stored. Operations: `gas-reference check`" in found.why


def test_one_that_was_published_just_now() -> None:
    """A catalogue that is a little old makes no reference unknown: it is read anew first."""
    bench = Bench()
    stale, fresh = bench.references.catalogue(), Catalogue((*bench.references.catalogue().entries, OLD))

    class Aged:
        """A catalogue that was read before somebody published."""

        def catalogue(self, *, anew: bool = False) -> Catalogue:
            return fresh if anew else stale

    find = replace(bench.find, references=Aged())
    for digest in (None, OLD.digest):
        with find(a_job("GRCh38", digest)) as found:
            pass

        assert found == ReferenceWait(OLD.digest, SOON, OLD.size_bytes)


class Silent:
    """A store that does not answer."""

    def catalogue(self, *, anew: bool = False) -> Catalogue:
        """Nothing."""
        raise TransientError("no answer")


def test_a_catalogue_that_cannot_be_read() -> None:
    """It holds up nobody who has a digest: only how large the bundle is is not known then."""
    find = replace(Bench().find, references=Silent())

    with find(a_job("GRCh38", OLD.digest)) as found:
        pass

    assert found == ReferenceWait(OLD.digest, SOON)


def test_a_built_in_name_while_the_catalogue_cannot_be_read() -> None:
    """A job of an older GAS, which told no digest, gets the one of the annotator; what else a name means nobody knows then."""
    find = replace(Bench().find, references=Silent())

    with find(a_job("rCRS", None)) as found:
        pass

    assert found == Here(RCRS.digest, None)
    with pytest.raises(TransientError), find(a_job("GRCh38", None)):
        pass
