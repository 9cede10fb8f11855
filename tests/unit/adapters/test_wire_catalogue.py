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
from tests.support.references import an_entry

GOOD, OTHER = an_entry(), an_entry("yeast", "b" * 64)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": 7},
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
    assert read.beyond is not None
    assert read.beyond.endswith(", which cannot be read")
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

    assert catalogue_from_json(json.dumps(document).encode()) == Catalogue((*BUILT_IN, GOOD, OTHER))
