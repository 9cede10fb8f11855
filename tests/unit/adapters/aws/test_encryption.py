"""What is said of an object's encryption: by the key that is set, and never less than it was."""

import pytest

from gas.adapters.aws.encryption import Encryption
from tests.support.aws import OUR_KEY

THEIRS = OUR_KEY.replace("ours", "theirs")


@pytest.mark.parametrize(
    ("setting", "found", "said"),
    [
        ("", ("AES256", None), None),
        ("", ("aws:kms", THEIRS), ("aws:kms", THEIRS)),
        ("", ("aws:kms:dsse", THEIRS), ("aws:kms:dsse", THEIRS)),
        (OUR_KEY, ("AES256", None), ("aws:kms", OUR_KEY)),
        (OUR_KEY, ("aws:kms", THEIRS), ("aws:kms", OUR_KEY)),
        (OUR_KEY, ("aws:kms:dsse", OUR_KEY), ("aws:kms:dsse", OUR_KEY)),
        (OUR_KEY, ("aws:kms:dsse", THEIRS), ("aws:kms:dsse", OUR_KEY)),
    ],
)
def test_a_copy_has_no_less_than_what_it_is_of(
    setting: str, found: tuple[str, str | None], said: tuple[str, str] | None
) -> None:
    """Both layers stay where there are two, and our key takes the place of another where one is set."""
    algorithm, key = found
    head = {"ServerSideEncryption": algorithm, **({"SSEKMSKeyId": key} if key else {})}

    arguments = Encryption(setting).arguments_of_copy(head)

    assert arguments == (
        dict(zip(("ServerSideEncryption", "SSEKMSKeyId"), said, strict=True)) if said else {}
    )
