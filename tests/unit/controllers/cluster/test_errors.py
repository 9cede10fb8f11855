"""What is said of an answer of the Kubernetes API."""

import json

import pytest
from kubernetes.client.exceptions import ApiException

from gas.domain.errors import FatalError, UsageError
from gas_controllers.cluster.errors import kubernetes_errors


def refusal(*causes: tuple[str, str]) -> ApiException:
    """The API server refuses a resource for these fields."""
    error = ApiException(422, "Unprocessable Entity")
    error.body = json.dumps(
        {
            "message": f"AnnotationJob is invalid: {causes}",
            "details": {"causes": [{"field": field, "message": message} for field, message in causes]},
        }
    )
    return error


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (r'Invalid value: "patient \"smith\".vcf": should match ^.+$', "Invalid value: should match ^.+$"),
        ('Invalid value: {"fileName":"smith.vcf"}: is immutable', "Invalid value: is immutable"),
        (
            'Invalid value: map[string]interface {}{"fileName":"the smith: 1.vcf", "key":"a b"}: is immutable',
            "Invalid value: is immutable",
        ),
        ('Invalid value: "smith: jones.vcf"', "Invalid value"),
        ('Unsupported value: "smith": supported values: "VCF", "BED"', "Unsupported value"),
        ('Duplicate value: "a: smith.vcf"', "Duplicate value"),
        ("Required value", "Required value"),
        ("Too long: may not be more than 255 bytes", "Too long: may not be more than 255 bytes"),
    ],
)
def test_a_refused_resource_is_told_without_its_values(said: str, told: str) -> None:
    """Which field, and what is wrong with it; what somebody calls a file is not for the log."""
    with pytest.raises(UsageError) as raised, kubernetes_errors("making annotationjob job-1"):
        raise refusal(("spec.input", said), ("spec.input.fileName", said))

    assert str(raised.value) == (
        "making annotationjob job-1: the Kubernetes API answered 422 Unprocessable Entity: "
        f"spec.input: {told}; spec.input.fileName: {told}"
    )


def test_a_refusal_that_names_no_field_is_told_by_its_number() -> None:
    """What the API server says of the whole quotes what it likes."""
    with pytest.raises(UsageError) as raised, kubernetes_errors("making annotationjob job-1"):
        raise refusal()

    assert (
        str(raised.value)
        == "making annotationjob job-1: the Kubernetes API answered 422 Unprocessable Entity"
    )


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            'annotationjobs.gas.io "job-1" is forbidden: User "gas:c" cannot patch resource "annotationjobs" in API group "gas.io"',
            ': User "gas:c" cannot patch resource "annotationjobs" in API group "gas.io"',
        ),
        (
            'pods is forbidden: User "gas:c" cannot list resource "pods" in API group "" in the namespace "gas"',
            ': User "gas:c" cannot list resource "pods" in API group "" in the namespace "gas"',
        ),
        (
            'pods "x" is forbidden: exceeded quota: jobs, requested: pods=1, used: pods=9',
            ": exceeded quota: jobs",
        ),
        (
            'admission webhook "names.example.org" denied the request: smith.vcf is no good name',
            ': admission webhook "names.example.org" denied the request',
        ),
        (
            "annotationjobs.gas.io \"job-1\" is forbidden: ValidatingAdmissionPolicy 'names' with binding 'all' denied request: smith",
            ": ValidatingAdmissionPolicy 'names' with binding 'all' denied request",
        ),
        ("smith.vcf is no good name", ""),
    ],
    ids=["a right", "a right there", "a quota", "a webhook", "a policy", "anything else"],
)
def test_what_is_not_allowed_is_told_without_what_others_say_of_it(message: str, told: str) -> None:
    """A webhook and a policy word their refusals themselves, and may quote a file's name: they are named."""
    error = ApiException(403, "Forbidden")
    error.body = json.dumps({"message": message})

    with pytest.raises(FatalError) as raised, kubernetes_errors("making annotationjob job-1"):
        raise error

    assert str(raised.value) == (
        f"making annotationjob job-1: the Kubernetes API answered 403 Forbidden{told}. "
        "Check the Role of the controllers, quotas and webhooks"
    )
