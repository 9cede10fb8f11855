"""One entry that cannot be read does not take the others from every part, and none is written that could not be read."""

import json
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from gas.adapters.wire_catalogue import catalogue_from_json, catalogue_to_json
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue, Contig, Source
from gas.domain.errors import FatalError
from gas.domain.releases import published, retired
from tests.support.references import an_entry

GOOD, OTHER = an_entry(), an_entry("yeast", "b" * 64)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": 7},
        {"title": 7, "gene_release": "half of a character: \ud800"},
        {"sources": [{"name": "ClinVar"}]},
        {"sources": 7},
        {"contigs": [{"name": "1", "length": "long", "aliases": []}]},
        {"contigs": [7]},
        {"published": "yesterday"},
        {"digest": None},
        None,
    ],
    ids=ascii,
)
def test_one_bad_entry_is_passed_over(changed: dict[str, Any] | None) -> None:
    """With a warning that says which, and what is wrong with it."""
    document = json.loads(catalogue_to_json(Catalogue((GOOD, OTHER))))
    document["entries"][0] = None if changed is None else document["entries"][0] | changed

    with capture_logs() as said:
        read = catalogue_from_json(json.dumps(document).encode())
    assert read.entries == (*BUILT_IN, OTHER)
    assert read.beyond is None
    [damaged] = read.unreadable
    assert (damaged.place, json.loads(damaged.written)) == (0, document["entries"][0])
    assert json.loads(catalogue_to_json(read)) == document
    [warning] = said
    assert (warning["log_level"], warning["error"] != "") == ("warning", True)
    assert changed is None or warning["name"] == "GRCh38"


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, title=7),  # type: ignore[arg-type]  # what is tested
        replace(GOOD, title="half of a character: \ud800"),
        replace(GOOD, sources=(Source(None, "ClinVar"),)),  # type: ignore[arg-type]
        replace(GOOD, contigs=(Contig(None, 7),)),  # type: ignore[arg-type]
        replace(GOOD, title=None),  # type: ignore[arg-type]
    ],
    ids=["number", "half a character", "no source", "no contig", "no title"],
)
def test_what_could_not_be_read_is_not_written(bad: Any) -> None:
    """Whoever would write it is told, while all others go on with the catalogue that is there."""
    with pytest.raises(FatalError, match="not written"):
        catalogue_to_json(Catalogue((OTHER, bad)))


@pytest.mark.parametrize("entries", [b"{}", b'"x"', b"7", b"null"])
def test_entries_that_are_no_list(entries: bytes) -> None:
    """That is no catalogue."""
    with pytest.raises(FatalError, match="cannot be read"):
        catalogue_from_json(b'{"schema": 1, "entries": ' + entries + b"}")


def test_what_an_older_release_wrote_is_all_known() -> None:
    """Fields that came since, and such as are told to be nothing, hold nobody up."""
    document = json.loads(catalogue_to_json(Catalogue((GOOD, OTHER))))
    del document["entries"][0]["by_command"]
    document["entries"][1] |= {"retired": None, "new": None}
    document["new"] = None

    assert catalogue_from_json(json.dumps(document).encode()) == Catalogue((*BUILT_IN, GOOD, OTHER))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_was_damaged_is_repaired_in_its_place(place: int) -> None:
    """Published again it is what it was, and the newest release stays the newest; another change leaves it as it is."""
    third = an_entry("yeast", "c" * 64)
    document = json.loads(catalogue_to_json(Catalogue((GOOD, OTHER, third))))
    lost = (GOOD, OTHER, third)[place]
    document["entries"][place]["title"] = 7
    damaged = catalogue_from_json(json.dumps(document).encode())
    kept = (GOOD, OTHER, third)[(place + 1) % 3]

    retired_beside = json.loads(catalogue_to_json(retired(damaged, kept.name, kept.digest, kept.published)))
    again = published(damaged, lost, default=False)

    assert retired_beside["entries"][place] == document["entries"][place]
    assert [each.digest for each in again.entries if not each.built_in] == ["a" * 64, "b" * 64, "c" * 64]
    assert (again.unreadable, published(again, lost, default=False)) == ((), again)


def test_what_is_repaired_may_become_the_default() -> None:
    """It is then the only one."""
    document = json.loads(catalogue_to_json(Catalogue((replace(GOOD, default=True), OTHER))))
    document["entries"][1]["title"] = 7
    damaged = catalogue_from_json(json.dumps(document).encode())

    again = published(damaged, OTHER, default=True)

    assert {each.name for each in again.entries if each.default} == {"yeast"}


def test_a_damaged_entry_of_what_is_listed_goes_with_its_next_publishing() -> None:
    """The entry that can be read says all of it."""
    document = json.loads(catalogue_to_json(Catalogue((GOOD, OTHER))))
    document["entries"].append(document["entries"][0] | {"title": 7})
    damaged = catalogue_from_json(json.dumps(document).encode())

    assert published(damaged, GOOD, default=False) == Catalogue((*BUILT_IN, GOOD, OTHER))
