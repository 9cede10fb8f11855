"""What runs in the cluster beside GAS."""

import pytest
import yaml

from kube.node import system


@pytest.mark.parametrize("part", system.PARTS, ids=lambda part: str(part.name))
def test_own_manifests_are_restricted_and_small(part: system.Part) -> None:
    """Every container of the system drops all rights and requests little, for a machine of two cores."""
    for path in (system.SOURCES / part.name).glob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            if document.get("kind") != "Deployment":
                continue
            spec = document["spec"]["template"]["spec"]
            for container in spec["containers"]:
                assert spec["securityContext"]["runAsNonRoot"] is True
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert container["securityContext"]["readOnlyRootFilesystem"] is True
                assert container["resources"]["requests"]["cpu"] == "10m"
                assert container["image"] in part.programs
