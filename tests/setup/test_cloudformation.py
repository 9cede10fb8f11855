"""The template holds what `gas-setup` makes, under the same names, and hangs together."""

import json
from collections import Counter
from typing import Any

import pytest

from gas.domain.names import Names
from gas_setup.cloudformation import cloudformation_template
from gas_setup.infrastructure import Resource
from gas_setup.main import main
from tests.support.aws import OUR_KEY


def test_the_template_lets_our_pages_upload(
    environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same single rule, in the template's words."""
    monkeypatch.setenv("GAS_WEB__PUBLIC_URL", "https://gas.example/")

    main(["--print", "cloudformation"])

    resources = json.loads(capsys.readouterr().out)["Resources"].values()
    rules = [r["Properties"].get("CorsConfiguration") for r in resources if r["Type"] == "AWS::S3::Bucket"]
    assert [each for each in rules if each] == [
        {
            "CorsRules": [
                {
                    "Id": "gas-uploads",
                    "AllowedOrigins": ["https://gas.example"],
                    "AllowedMethods": ["POST"],
                    "MaxAge": 3600,
                }
            ]
        }
    ]
    assert len(rules) == 3


def test_the_template_encrypts_by_the_key_that_is_set(
    environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every bucket has it, with a key of the bucket's own between, for else each object costs a call of KMS."""
    monkeypatch.setenv("GAS_AWS__KMS_KEY_ID", OUR_KEY)

    main(["--print", "cloudformation"])

    resources = json.loads(capsys.readouterr().out)["Resources"].values()
    found = [r["Properties"]["BucketEncryption"] for r in resources if r["Type"] == "AWS::S3::Bucket"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OUR_KEY}
    rule = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    assert found == [{"ServerSideEncryptionConfiguration": [rule]}] * 3


def test_the_template_names_every_resource(
    environment: None, names: Names, resources: list[Resource], capsys: pytest.CaptureFixture[str]
) -> None:
    """The printed template is JSON with each bucket, table, queue, topic and subscription, by the same names."""
    answer = main(["--print", "cloudformation"])

    printed = capsys.readouterr().out
    template = json.loads(printed)
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    expected_names = {r.name for r in resources if hasattr(r, "name")}
    assert answer == 0
    assert printed.strip() == cloudformation_template(resources).strip()
    assert {name for name in expected_names if f'"{name}"' not in printed} == set()
    assert (kinds["AWS::SQS::Queue"], kinds["AWS::SNS::Topic"], kinds["AWS::SNS::Subscription"]) == (12, 5, 6)
    assert (kinds["AWS::DynamoDB::Table"], kinds["AWS::S3::Bucket"]) == (3, 3)
    assert (kinds["AWS::SQS::QueuePolicy"], kinds["AWS::SNS::TopicPolicy"]) == (6, 1)


def test_every_reference_of_the_template_leads_somewhere(resources: list[Resource]) -> None:
    """Each Ref, Fn::GetAtt and DependsOn names a resource of the template."""
    template = json.loads(cloudformation_template(resources))

    references = set(_references(template["Resources"]))

    assert references - set(template["Resources"]) == {"AWS::AccountId"}


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["Ref"]] if "Ref" in part else [part["Fn::GetAtt"][0]] if "Fn::GetAtt" in part else []
    own += part.get("DependsOn", [])
    return own + [name for value in part.values() for name in _references(value)]
