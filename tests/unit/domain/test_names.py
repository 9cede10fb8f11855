"""The names of an installation's resources, and the names that are taken from outside."""

import pytest

from gas.domain.names import Bucket, Channel, Names, Table, job_id_is_valid, user_id_is_valid


def test_names_carry_the_instance() -> None:
    """Every name begins with the instance."""
    names = Names("gas-test")

    assert names.namespace == "gas-test"
    assert names.bucket(Bucket.INPUTS) == "gas-test-inputs"
    assert names.table(Table.JOBS) == "gas-test-jobs"
    assert names.queue(Channel.ARCHIVE) == "gas-test-archive"
    assert names.dead_letter_queue(Channel.ARCHIVE) == "gas-test-archive-dead"
    assert names.topic(Channel.THAW) == "gas-test-thaw"


@pytest.mark.parametrize("instance", ["a", "gas", "g2", "a-b", "a" * 20])
def test_instances(instance: str) -> None:
    """An instance is a short DNS label that starts with a letter."""
    assert Names(instance).instance == instance


@pytest.mark.parametrize("instance", ["", "2gas", "Gas", "gas-", "-gas", "a_b", "a" * 21, "gas\n"])
def test_what_is_no_instance(instance: str) -> None:
    """An instance that would make an invalid bucket or namespace is refused."""
    with pytest.raises(ValueError, match="at most 20 characters"):
        Names(instance)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a", True),
        ("job-1", True),
        ("0", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("A", False),
        ("a.b", False),
        ("a~b", False),
        ("a\n", False),
    ],
)
def test_job_ids(text: str, *, valid: bool) -> None:
    """A job id is a DNS label of at most 63 characters."""
    assert job_id_is_valid(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("u" * 26, True),
        ("a1" * 13, True),
        ("u" * 25, False),
        ("u" * 27, False),
        ("U" * 26, False),
        ("u" * 26 + "\n", False),
    ],
)
def test_user_ids(text: str, *, valid: bool) -> None:
    """A user id is 26 characters a-z and 0-9."""
    assert user_id_is_valid(text) is valid
