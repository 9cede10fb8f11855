"""What is said of built-in references is what the annotators bring."""

import json

import pytest

from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Entry
from gas_annotator.engine import REFERENCES, known_references


def test_the_annotators_bring_these() -> None:
    """No reference is said to be built in that is not, and none is that is not said."""
    assert sorted(entry.name for entry in BUILT_IN) == known_references()


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: str(entry.name))
def test_each_is_told_as_its_manifest_has_it(entry: Entry) -> None:
    """Digest, contigs and size, by the bundle's own description."""
    manifest = json.loads((REFERENCES / entry.name / "manifest.json").read_text(encoding="utf-8"))

    assert entry.digest == manifest["digest"]
    assert entry.title == manifest["title"]
    assert entry.size_bytes == sum(file["size"] for file in manifest["files"].values())
    assert [(contig.name, contig.length, list(contig.aliases)) for contig in entry.contigs] == [
        (contig["name"], contig["length"], contig["aliases"]) for contig in manifest["contigs"]
    ]
