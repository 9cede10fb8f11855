"""What is said of an answer of the Kubernetes API."""

import json

import pytest
from kubernetes.client.exceptions import ApiException

from gas.domain.errors import UsageError
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


def test_a_refused_resource_is_told_without_its_values() -> None:
    """Which field, and what is wrong with it; what somebody calls a file is not for the log."""
    causes = (
        ("spec.input.fileName", r'Invalid value: "patient \"smith\".vcf": should match ^.+$'),
        ("spec.input", 'Invalid value: {"fileName":"smith.vcf"}: is immutable'),
    )

    with pytest.raises(UsageError) as told, kubernetes_errors("making annotationjob job-1"):
        raise refusal(*causes)

    assert str(told.value) == (
        "making annotationjob job-1: the Kubernetes API answered 422 Unprocessable Entity: "
        "spec.input.fileName: Invalid value: should match ^.+$; spec.input: Invalid value: is immutable"
    )
