"""What `gas-setup` takes from its settings, and says to the person at the terminal."""

import json

import pytest

from gas.domain.names import Bucket, Names
from gas_setup.main import main
from tests.support.aws import OUR_KEY, TestCloud


def test_the_pages_that_may_upload_follow_the_public_address(
    cloud: TestCloud,
    environment: None,
    names: Names,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rule has the origin alone; a new address replaces the old one, and a rule that was widened by hand."""
    s3, bucket = cloud.client("s3"), names.bucket(Bucket.INPUTS)
    seen = []
    for address in ("https://gas.example:443/", "https://new.example:8443/"):
        monkeypatch.setenv("GAS_WEB__PUBLIC_URL", address)
        assert main([]) == 0
        (rule,) = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        seen.append(rule["AllowedOrigins"])
    rule["AllowedOrigins"] = [*rule["AllowedOrigins"], "*"]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    capsys.readouterr()

    dry, mended = main(["--dry-run"]), main([])

    changes = [line for line in capsys.readouterr().out.splitlines() if bucket in line]
    assert (dry, mended) == (0, 0)
    assert seen == [["https://gas.example"], ["https://new.example:8443"]]
    assert [line.split()[0] for line in changes] == ["updated", "updated"]
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"] == seen[1]


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({}, True),
        ({"GAS_ENV": "local"}, False),
        ({"GAS_WEB__PUBLIC_URL": "https://gas.example"}, False),
    ],
    ids=["forgotten", "local", "set"],
)
def test_a_public_address_that_was_forgotten_is_told(
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str],
    *,
    warned: bool,
) -> None:
    """In production: the buckets are made, and nobody would understand why uploads are refused."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    answer = main(["--print", "cloudformation"])

    assert answer == 0
    assert ("GAS_WEB__PUBLIC_URL" in capsys.readouterr().err) is warned


def test_the_key_that_is_set_is_the_buckets_and_the_parts(
    cloud: TestCloud,
    environment: None,
    names: Names,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each bucket encrypts by it, and the rights let whoever reads or writes objects use it."""
    monkeypatch.setenv("GAS_AWS__KMS_KEY_ID", OUR_KEY)

    made = main([])
    capsys.readouterr()
    printed = main(["--print", "rights"])

    rights = json.loads(capsys.readouterr().out)
    defaults = [
        cloud.client("s3").get_bucket_encryption(Bucket=names.bucket(bucket))[
            "ServerSideEncryptionConfiguration"
        ]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        for bucket in Bucket
    ]
    assert (made, printed) == (0, 0)
    assert defaults == [{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OUR_KEY}] * len(Bucket)
    assert {part for part, document in rights.items() if OUR_KEY in json.dumps(document)} == {
        "web",
        "annotator",
        "controllers",
        "publisher",
    }


def test_an_unreachable_aws_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """No stack trace: what happened and what to do."""
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", "http://127.0.0.1:1")

    answer = main([])

    assert answer == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_wrong_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An instance that would make invalid names ends the command before anything is made."""
    monkeypatch.setenv("GAS_INSTANCE", "Not Valid")

    answer = main([])

    assert answer == 2
    assert "Not Valid" in capsys.readouterr().err
