"""The API's document: valid, complete, and the same for everybody."""

from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from gas_web.api.document import document, operations
from tests.support.api import make_api_site

ROOT = Path(__file__).parents[3]


def test_the_document_is_valid_openapi_3_1() -> None:
    """It says so, and a validator agrees."""
    found = make_api_site().anybody().get("/openapi.json")

    spec = found.get_json()
    validate(spec)
    assert (found.status_code, spec["openapi"]) == (200, "3.1.0")
    assert spec == document()


def test_every_operation_explains_itself() -> None:
    """Each has a name, a sentence, and words for every answer."""
    for path, method, operation in operations(document()):
        assert operation["operationId"], (method, path)
        assert operation["summary"].endswith(".")
        assert all(answer["description"] for answer in operation["responses"].values())


def test_operation_names_are_unique() -> None:
    """Generated clients name their functions after them."""
    names = [operation["operationId"] for _, _, operation in operations(document())]

    assert len(names) == len(set(names))


def test_every_field_of_a_request_is_described_or_named_plainly() -> None:
    """No schema of the document is empty, and none lets in what it does not name."""
    schemas = document()["components"]["schemas"]

    for name in ("NewUpload", "NewJob", "NewToken", "RestoreWish", "Header"):
        assert schemas[name]["additionalProperties"] is False
        assert schemas[name]["properties"]


def test_attempts_are_told_in_the_words_of_the_resource() -> None:
    """The API's figure is the one that `kubectl` shows."""
    crd = yaml.safe_load((ROOT / "crds/annotationjobs.gas.io.yaml").read_text(encoding="utf-8"))
    status = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]

    told = document()["components"]["schemas"]["Job"]["properties"]["attempts"]

    assert told["description"] == status["attempts"]["description"]


@pytest.mark.parametrize(
    ("status", "header"), [("401", "WWW-Authenticate"), ("429", "Retry-After"), ("503", "Retry-After")]
)
def test_refusals_say_what_to_do_next(status: str, header: str) -> None:
    """Every one of them is told to carry the header, and a client may count on it."""
    answers = [op["responses"][status] for _, _, op in operations(document()) if status in op["responses"]]

    assert len(answers) >= 15
    assert all(answer["headers"][header]["required"] for answer in answers)


def test_every_link_leads_to_an_operation_that_takes_what_it_gives() -> None:
    """No link names an operation, a parameter or a field that is not there."""
    spec = document()
    known = {op["operationId"]: op for _, _, op in operations(spec)}
    links = [
        link
        for op in known.values()
        for answer in op["responses"].values()
        for link in answer.get("links", {}).values()
    ]

    assert len(links) >= 30
    for link in links:
        target = known[link["operationId"]]
        names = {parameter["name"] for parameter in target.get("parameters", [])}
        assert set(link.get("parameters", {})) <= names
        if "requestBody" in link:
            reference = target["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            taken = spec["components"]["schemas"][reference.rpartition("/")[2]]
            assert set(taken["required"]) <= set(link["requestBody"]) <= set(taken["properties"])
