"""What tests need to talk to the real API server: resources to apply, and the rule for when it may be missing."""

import json
import os
import re
from typing import Any, NoReturn

import pytest
import yaml

from kube.kubectl import Answer, Kubectl

USER = "abcdefghijklmnopqrstuvwxyz"
OTHER_USER = "01234567890123456789abcdef"


def skip_or_fail(part: str, reason: str) -> NoReturn:
    """Skip the test because a part is missing; fail instead when GAS_REQUIRE names the part."""
    if part in re.split(r"[,\s]+", os.environ.get("GAS_REQUIRE", "")):
        pytest.fail(f"GAS_REQUIRE names {part}, but: {reason}", pytrace=False)
    pytest.skip(reason)


def annotation_job(name: str = "job-1", **spec: Any) -> dict[str, Any]:
    """A valid AnnotationJob as a person would write it; keyword arguments replace fields of its spec."""
    return {
        "apiVersion": "gas.io/v1alpha1",
        "kind": "AnnotationJob",
        "metadata": {"name": name},
        "spec": {
            "userID": USER,
            "input": {
                "bucket": "gas-inputs",
                "key": f"inputs/{USER}/{name}~sample.vcf",
                "fileName": "sample.vcf",
            },
            "reference": "rCRS",
        }
        | spec,
    }


def condition(type_: str, status: str, reason: str, message: str = "A sentence.") -> dict[str, Any]:
    """A condition as the controllers write it."""
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
        "lastTransitionTime": "2026-11-23T10:00:00Z",
    }


def create(kubectl: Kubectl, namespace: str, *resources: dict[str, Any]) -> Answer:
    """Create resources with strict validation, as `kubectl create -f` does; return kubectl's answer."""
    return kubectl.ask(
        "create",
        "--validate=strict",
        f"--namespace={namespace}",
        "-f",
        "-",
        stdin=yaml.safe_dump_all(resources),
    )


def patch(
    kubectl: Kubectl, namespace: str, name: str, change: Any, *, kind: str = "merge", subresource: str = ""
) -> Answer:
    """Patch an AnnotationJob, or its status; return kubectl's answer."""
    where = [f"--subresource={subresource}"] if subresource else []
    return kubectl.ask(
        "patch",
        "annotationjob",
        name,
        f"--namespace={namespace}",
        f"--type={kind}",
        f"--patch={json.dumps(change)}",
        *where,
    )


def read(kubectl: Kubectl, namespace: str, name: str, *more: str) -> dict[str, Any]:
    """The AnnotationJob as the API server holds it; `more` are options of `kubectl get`."""
    text = kubectl.run("get", "annotationjob", name, f"--namespace={namespace}", "--output=json", *more)
    resource: dict[str, Any] = json.loads(text)
    return resource
