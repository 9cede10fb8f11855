"""What publishing, retiring and pruning make of the catalogue."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.built_in_references import BUILT_IN, RCRS
from gas.domain.catalogue import Catalogue, Entry, with_built_in
from gas.domain.errors import UsageError
from gas.domain.releases import (
    SETTLED_AGE,
    UNLISTED_AGE,
    Kept,
    Pruning,
    preferred,
    pruning,
    published,
    retired,
)
from tests.support.references import PUBLISHED as NOW
from tests.support.references import an_entry

OLD, NEW = an_entry(digest="a" * 64), an_entry(digest="b" * 64)
YEAST = an_entry("yeast", "c" * 64)
EMPTY = Catalogue(BUILT_IN)
LATER = NOW + timedelta(days=30)


def listed(*entries: Entry) -> Catalogue:
    """A catalogue with these."""
    return with_built_in(entries, BUILT_IN)


def test_a_bundle_is_published_once() -> None:
    """It is listed after all others, and again changes nothing: the very same catalogue says so."""
    first = published(EMPTY, OLD, default=False)
    second = published(first, NEW, default=False)

    assert second.entries == (*BUILT_IN, OLD, NEW)
    assert second.current("GRCh38") == NEW
    assert published(second, replace(OLD, published=LATER), default=False) is second


def test_there_is_one_default() -> None:
    """It is taken from whichever had it, stays with the name's next release, and is not lost by publishing another."""
    catalogue = published(published(EMPTY, OLD, default=True), YEAST, default=False)
    newer = published(catalogue, NEW, default=False)
    moved = published(newer, YEAST, default=True)

    assert [entry.name for entry in newer.offered if entry.default] == ["GRCh38"]
    assert [entry.name for entry in moved.offered if entry.default] == ["yeast"]
    assert moved.names[0] == "yeast"
    assert with_built_in((entry for entry in moved.entries if not entry.built_in), BUILT_IN) == moved
    assert moved.pinned(RCRS.digest) == replace(RCRS, default=False)


def test_a_retired_bundle_can_be_published_again() -> None:
    """Then it is the newest of its name."""
    catalogue = retired(listed(OLD, NEW), "GRCh38", "a" * 64, NOW)

    again = published(catalogue, replace(OLD, published=LATER), default=False)

    assert again.entries == (*BUILT_IN, NEW, replace(OLD, published=LATER))


def test_an_older_release_does_not_become_the_newest_by_being_published_again() -> None:
    """Not before the newer one is retired; as the default its name is marked, and the newest is what new jobs get."""
    catalogue = listed(OLD, NEW)

    default = published(catalogue, OLD, default=True)

    assert published(catalogue, OLD, default=False) is catalogue
    assert default.current("GRCh38") == replace(NEW, default=True)


def test_any_reference_can_be_made_the_default() -> None:
    """The built-in one too, which was it before anything was published; again changes nothing."""
    before = listed(OLD, replace(YEAST, default=True))

    back = preferred(before, "rCRS")

    assert back == listed(OLD, YEAST)
    assert back.names[0] == "rCRS"
    assert with_built_in((entry for entry in back.entries if not entry.built_in), BUILT_IN) == back
    assert preferred(back, "rCRS") is back
    assert preferred(back, "GRCh38").names[0] == "GRCh38"
    with pytest.raises(UsageError, match="There is no reference GRCh37 here"):
        preferred(back, "GRCh37")


@pytest.mark.parametrize("name", ["auto", "", "a b", "-x", "x" * 64, "é", "a/b"])
def test_a_name_that_nobody_could_ask_for(name: str) -> None:
    """It is refused before anything is listed."""
    with pytest.raises(UsageError, match="cannot be called"):
        published(EMPTY, an_entry(name), default=False)


def test_a_retired_release_is_offered_no_more() -> None:
    """The one before it is, if there is one; again changes nothing."""
    both = listed(OLD, NEW)
    newest = retired(both, "GRCh38", "b" * 6, LATER)
    every = retired(both, "GRCh38", None, LATER)

    assert newest.current("GRCh38") == OLD
    assert newest.pinned(NEW.digest) == replace(NEW, retired=LATER)
    assert every.current("GRCh38") is None
    assert every.names == ("rCRS",)
    assert retired(every, "GRCh38", None, LATER + timedelta(days=1)) is every
    assert retired(newest, "GRCh38", None, LATER) == every


@pytest.mark.parametrize(
    ("name", "digest", "told"),
    [
        ("GRCh37", None, "no GRCh37 in the catalogue. It has: GRCh38@aaaaaaaaaaaa, GRCh38@aaaaaaaaabbb"),
        ("GRCh38", "ffffff", "no GRCh38@ffffff"),
        ("GRCh38", "aaaaaa", "does not say which"),
        ("GRCh38", "a", "at least 6 digits"),
        ("rCRS", None, "part of the annotators"),
    ],
)
def test_what_cannot_be_retired(name: str, digest: str | None, told: str) -> None:
    """What is not there, what is not told from another, and what nobody published."""
    catalogue = listed(OLD, replace(NEW, digest="a" * 9 + "b" * 55))

    with pytest.raises(UsageError, match=told):
        retired(catalogue, name, digest, NOW)


def test_pruning_keeps_what_is_needed() -> None:
    """Retired bundles go, but for those of unfinished jobs, and those that were retired a moment ago; so do old leftovers."""
    long_ago, just_now = LATER - SETTLED_AGE, LATER - SETTLED_AGE + timedelta(seconds=1)
    gone, used, fresh = (
        an_entry("x", digest * 64, retired=at)
        for digest, at in (("1", long_ago), ("2", long_ago), ("3", just_now))
    )
    stored = {
        OLD.digest: NOW,
        gone.digest: NOW,
        "4" * 64: LATER - UNLISTED_AGE - timedelta(seconds=1),
        "5" * 64: LATER - UNLISTED_AGE,
        "6" * 64: NOW,
    }
    catalogue = listed(OLD, gone, used, fresh)

    found = pruning(catalogue, stored, {used.digest, "6" * 64}, LATER)

    kept = (Kept(used, None), Kept(fresh, LATER + timedelta(seconds=1)))
    assert found == Pruning((gone,), ("4" * 64,), kept)
    left = replace(gone, pruned=LATER, contigs=())
    assert found.without(catalogue, LATER) == listed(OLD, left, used, fresh)


def test_what_pruning_left_half_done_goes_with_the_next() -> None:
    """The files of a pruned entry are nobody's; of one that was pruned whole nothing is said."""
    half, whole = (an_entry("x", digest * 64, retired=NOW, pruned=NOW, contigs=()) for digest in ("1", "2"))

    found = pruning(listed(half, whole), {half.digest: NOW}, (), LATER)

    assert found == Pruning((), (half.digest,), ())
    assert found.without(listed(half, whole), LATER) == listed(half, whole)


def test_a_pruned_release_can_be_published_again() -> None:
    """As any that was retired: then it is the newest of its name, with all that its manifest says."""
    left = replace(OLD, retired=NOW, pruned=NOW, contigs=())

    again = published(listed(left, NEW), replace(OLD, published=LATER), default=False)

    assert again.entries == (*BUILT_IN, NEW, replace(OLD, published=LATER))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["publish", "default", "retire", "prune"]),
            st.sampled_from(["GRCh38", "yeast"]),
            st.sampled_from("abcdef"),
        )
    )
)
def test_a_job_keeps_its_release(steps: list[tuple[str, str, str]]) -> None:
    """Whatever is published, retired and pruned after a job was submitted: its digest is the same bundle to the end."""
    catalogue, now, pinned = EMPTY, NOW, dict[str, Entry]()
    for what, name, digit in steps:
        now += timedelta(hours=1)
        match what:
            case "publish" | "default":
                digest = f"{digit}{len(name)}".ljust(64, "0")
                entry = an_entry(name, digest, published=now)
                catalogue = published(catalogue, entry, default=what == "default")
            case "retire" if any(each.name == name for each in catalogue.entries):
                catalogue = retired(catalogue, name, None, now)
            case "prune":
                stored = {each.digest: each.published for each in catalogue.entries}
                catalogue = pruning(catalogue, stored, set(pinned), now).without(catalogue, now)
        for each in catalogue.offered:
            pinned.setdefault(each.digest, each)  # as a job that is submitted now

        for digest, submitted in pinned.items():
            found = catalogue.pinned(digest)
            assert found is not None
            assert (found.name, found.digest, found.contigs) == (submitted.name, digest, submitted.contigs)
        assert len({each.digest for each in catalogue.entries}) == len(catalogue.entries)
        assert sum(entry.default for entry in catalogue.offered) <= 1
