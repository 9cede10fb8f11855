"""What a manifest says for the catalogue is such that every part can read it there."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gas.adapters.wire_catalogue import catalogue_from_json, catalogue_to_json
from gas.domain.catalogue import Catalogue, Source
from gas.domain.errors import UsageError
from gas.domain.manifest import Manifest
from tests.support.references import PUBLISHED, a_bundle


def contig(**told: Any) -> dict[str, Any]:
    """Contigs of which one says this."""
    return {"contigs": [{"name": "I", "length": 230_218, "aliases": []}, {"name": "II", **told}]}


@pytest.mark.parametrize(
    "told",
    [
        {"name": 7},
        {"title": 7},
        {"title": "half of a character: \ud800"},
        {"assembly": ["GRCh38"]},
        {"gene_release": 116},
        {"sources": [{"what": "genes", "name": "Ensembl", "release": 116}]},
        {"sources": [{"what": None, "name": "Ensembl"}]},
        {"sources": [{"name": "Ensembl"}]},
        {"sources": "genes"},
        contig(length=7, aliases="chrII"),
        contig(length=7, aliases=["chrII", 2]),
        contig(length=7, aliases=None),
        contig(length=float("inf"), aliases=[]),
        contig(length=float("nan"), aliases=[]),
        contig(length=7.5, aliases=[]),
        contig(length=-1, aliases=[]),
        contig(length=True, aliases=[]),
        contig(name=None, length=7, aliases=[]),
    ],
    ids=ascii,
)
def test_what_the_catalogue_could_not_hold(tmp_path: Path, told: dict[str, Any]) -> None:
    """Publishing it is refused, in a sentence."""
    manifest = Manifest.from_json(a_bundle(tmp_path, told=told, model=b"x").manifest)

    with pytest.raises(UsageError, match="build the bundle again"):
        manifest.entry(PUBLISHED)


def test_what_is_told_as_nothing(tmp_path: Path) -> None:
    """A source of which no release is known has none; the entry comes out of the catalogue as it was."""
    sources = [{"what": "genes", "name": "Ensembl", "release": None, "date": None, "licence": None}]
    entry = Manifest.from_json(
        a_bundle(tmp_path, {"sources": sources, "title": None}, model=b"x").manifest
    ).entry(PUBLISHED)

    assert (entry.title, entry.sources) == ("yeast", (Source("genes", "Ensembl"),))
    assert catalogue_from_json(catalogue_to_json(Catalogue((entry,)))).entries[1:] == (entry,)
    assert json.loads(catalogue_to_json(Catalogue((entry,))))["entries"][0]["name"] == "yeast"


@pytest.mark.parametrize(
    ("told", "by_command"), [({}, False), ({"command": {"run": "snpEff"}}, True)], ids=["ours", "command"]
)
def test_whether_a_command_annotates(tmp_path: Path, told: dict[str, Any], *, by_command: bool) -> None:
    """The catalogue says so, for no own file is looked up there; one of before does not, and is read all the same."""
    entry = Manifest.from_json(a_bundle(tmp_path, told=told, model=b"x").manifest).entry(PUBLISHED)

    document = json.loads(catalogue_to_json(Catalogue((entry,))))
    assert catalogue_from_json(json.dumps(document).encode()).entries[1:] == (entry,)
    assert entry.by_command is by_command
    document["entries"][0].pop("by_command", None)
    assert catalogue_from_json(json.dumps(document).encode()).entries[1:] == (
        replace(entry, by_command=False),
    )
