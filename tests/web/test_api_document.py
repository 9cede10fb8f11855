"""The API's document: valid, complete, and the same for everybody."""

from openapi_spec_validator import validate

from gas_web.api.document import document, operations
from tests.support.api import make_api_site


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

    for name in ("NewUpload", "NewJob", "NewToken", "RestoreWish"):
        assert schemas[name]["additionalProperties"] is False
        assert schemas[name]["properties"]
