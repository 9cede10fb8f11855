"""Where links lead is where pages may send bytes to: a form to anywhere else would be blocked by the browser."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from gas.bootstrap import aws_ports
from gas.config import AwsSettings, Environment, Settings
from gas.domain.names import Bucket
from gas.ports.links import UploadPermit
from gas_web.answers.headers import object_store_origins


@pytest.mark.parametrize(
    "aws",
    [
        {"region": "us-east-1"},
        {"region": "eu-central-1"},
        {"endpoint_url": "http://127.0.0.1:5000"},
        {"endpoint_url": "http://aws:5000", "public_endpoint_url": "https://objects.example.org"},
    ],
    ids=["us-east-1", "elsewhere", "local", "two addresses"],
)
def test_links_lead_where_the_pages_policy_allows(
    aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On AWS, beside it, and with a public address that is not the inner one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings = Settings(env=Environment.LOCAL, aws=AwsSettings.model_validate(aws))
    ports = aws_ports(settings)
    inputs, results = (settings.names.bucket(bucket) for bucket in (Bucket.INPUTS, Bucket.RESULTS))

    form = ports.links.upload(UploadPermit(inputs, "k", 1, "text/plain"), timedelta(seconds=60))
    link = ports.links.download(results, "k", "a.vcf", timedelta(seconds=60))

    allowed = object_store_origins(settings)
    for url in (form.url, link.url):
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" in allowed
