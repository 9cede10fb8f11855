"""The CRD as a text: every field is described and bounded, and the names are those of the design."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dev.run.installation import CRDS

CRD: dict[str, Any] = yaml.safe_load((CRDS / "annotationjobs.gas.io.yaml").read_text(encoding="utf-8"))
VERSION = CRD["spec"]["versions"][0]


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a schema below the root, with its path."""
    for name, child in schema.get("properties", {}).items():
        yield f"{path}.{name}", child
        yield from fields(child, f"{path}.{name}")
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from fields(schema["items"], f"{path}[]")


# The API server forbids to describe metadata and does it itself.
FIELDS = [
    (path, field) for path, field in fields(VERSION["schema"]["openAPIV3Schema"]) if path != ".metadata"
]


@pytest.mark.parametrize(("path", "field"), FIELDS, ids=[path for path, _ in FIELDS])
def test_every_field_says_what_it_is_for(path: str, field: dict[str, Any]) -> None:
    """Every field has a description of at least a few words that ends as a sentence does."""
    description = field.get("description", "")

    assert len(description.split()) >= 3, path
    assert description.endswith("."), path


def bounded(field: dict[str, Any]) -> bool:
    """True when no value of the field can be larger than the schema says."""
    if "enum" in field:
        return True
    match field["type"]:
        case "string":
            return "maxLength" in field
        case "integer":
            return "minimum" in field and "maximum" in field
        case "array":
            return "maxItems" in field
        case "object":
            return "properties" in field and "additionalProperties" not in field
        case "boolean":
            return True
    return False


@pytest.mark.parametrize(
    ("path", "field"),
    [(path, field) for path, field in FIELDS if path not in {".apiVersion", ".kind"}],
    ids=[path for path, _ in FIELDS if path not in {".apiVersion", ".kind"}],
)
def test_every_field_is_bounded(path: str, field: dict[str, Any]) -> None:
    """No field can hold more than a stated amount: it protects etcd, and the cost of the rules depends on it."""
    assert bounded(field), path


def test_the_names_are_those_of_the_design() -> None:
    """The group, version, kind and names are what people type, so they never change."""
    names = CRD["spec"]["names"]

    assert (CRD["spec"]["group"], VERSION["name"], CRD["spec"]["scope"]) == (
        "gas.io",
        "v1alpha1",
        "Namespaced",
    )
    assert (names["kind"], names["plural"], names["shortNames"]) == (
        "AnnotationJob",
        "annotationjobs",
        ["aj"],
    )
    assert names["categories"] == ["genomics"]


def test_only_phase_and_user_are_selectable() -> None:
    """The two fields that operators select by are selectable; each one more costs the server an index."""
    paths = [each["jsonPath"] for each in VERSION["selectableFields"]]

    assert paths == [".status.phase", ".spec.userID"]
