"""The catalogue as people and programs read it."""

from dataclasses import replace
from datetime import timedelta

from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import with_built_in
from gas.domain.releases import Kept
from gas.services.publish_reference import Listed
from gas_publisher.listing import as_json, as_table, kept_because, one_line, outcome
from tests.support.references import PUBLISHED, an_entry

CATALOGUE = with_built_in(
    [
        an_entry(digest="a" * 64),
        an_entry(digest="b" * 64, default=True),
        an_entry("old", "c" * 64, retired=PUBLISHED),
        an_entry("old", "d" * 64, retired=PUBLISHED, pruned=PUBLISHED + timedelta(days=1), contigs=()),
    ],
    BUILT_IN,
)


def test_the_table_has_first_what_new_jobs_get() -> None:
    """Each release in a line, with what became of it."""
    assert as_table(CATALOGUE).splitlines() == [
        "NAME    DIGEST        ASSEMBLY     GENES        SIZE     PUBLISHED   STATE",
        "GRCh38  bbbbbbbbbbbb  GRCh38.p14   Ensembl 116  30.0 GB  2026-11-23  default",
        "rCRS    11739c497f8c  NC_012920.1  NC_012920.1  19.7 kB  built in    offered",
        "GRCh38  aaaaaaaaaaaa  GRCh38.p14   Ensembl 116  30.0 GB  2026-11-23  older",
        "old     cccccccccccc  GRCh38.p14   Ensembl 116  30.0 GB  2026-11-23  retired 2026-11-23",
        "old     dddddddddddd  GRCh38.p14   Ensembl 116  30.0 GB  2026-11-23  retired 2026-11-23, pruned 2026-11-24",
    ]


def test_programs_get_everything() -> None:
    """With sources and contigs, in the order of publishing."""
    told = as_json(CATALOGUE)

    assert [(each["name"], each["offered"], each["builtIn"]) for each in told] == [
        ("rCRS", True, True),
        ("GRCh38", False, False),
        ("GRCh38", True, False),
        ("old", False, False),
        ("old", False, False),
    ]
    assert [each["pruned"] for each in told[3:]] == [None, "2026-11-24T12:00:00+00:00"]
    assert told[2]["sources"][0]["release"] == "20261123"
    assert told[2]["contigs"][0] == {"name": "1", "length": 248_956_422, "aliases": ["chr1", "NC_000001.11"]}
    assert (told[2]["retired"], told[3]["retired"]) == (None, "2026-11-23T12:00:00+00:00")


def test_a_bundle_in_one_line() -> None:
    """What it is, and how large."""
    assert one_line(replace(an_entry(), size_bytes=999)).endswith("Ensembl 116, 999 bytes")


def test_what_publishing_has_changed() -> None:
    """Whether it is new, offered again, or was there; whether new jobs get it, and who gets the default."""
    one, newer = an_entry(), an_entry(digest="b" * 64)
    first = replace(one, default=True)
    gone = replace(one, retired=PUBLISHED)

    assert list(outcome(Listed(one, None, one), "gas")) == [
        "It is listed in gas: within a minute new jobs get it, and jobs that are there keep theirs."
    ]
    assert list(outcome(Listed(one, gone, one), "gas")) == [
        (
            "It was retired on 2026-11-23; it is offered again in gas, as the newest: within a minute new jobs get it, and jobs that "
            "are there keep theirs."
        )
    ]
    assert list(outcome(Listed(one, one, newer), "gas")) == [
        "It was listed in gas already: nothing has changed.",
        (
            "It is not the newest: new jobs get GRCh38@bbbbbbbbbbbb, and go on to. `gas-reference retire GRCh38@bbbbbbbbbbbb` would "
            "offer the one before it again."
        ),
    ]
    assert list(outcome(Listed(first, one, first), "gas")) == [
        "It was listed in gas already, and is the default now.",
        "GRCh38 is the default: files whose headers speak for no reference get it.",
    ]


def test_pruning_says_why_a_bundle_stays_and_until_when() -> None:
    """The one reason that holds."""
    assert kept_because(Kept(an_entry(), None)) == "unfinished jobs need it; it can go when they have ended"
    assert kept_because(Kept(an_entry(), PUBLISHED)) == (
        "it was retired a moment ago, and a job may just be submitted with it; it can go from 2026-11-23 12:00:00 UTC"
    )
