"""The keys of S3: one form each, and nothing else is taken for one."""

import pytest

from gas.domain.errors import UsageError
from gas.domain.keys import (
    InputKey,
    ResultKey,
    archive_key,
    attempt_keys,
    file_name_is_valid,
    output_name,
    owns_key,
)
from gas.domain.outputs import Output
from tests.support.jobs import USER


def test_forms() -> None:
    """Inputs, results and archived copies have the forms that the design names."""
    key = ResultKey("gas", USER, "job-1", 3, "a.annot.vcf.gz")

    assert str(InputKey("gas", USER, "job-1", "a.vcf")) == f"gas/{USER}/job-1~a.vcf"
    assert str(key) == f"gas/{USER}/job-1~f3~a.annot.vcf.gz"
    assert archive_key(str(key)) == f"archive/gas/{USER}/job-1~f3~a.annot.vcf.gz"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a.vcf",
        f"{USER}/job-1~a.vcf",
        f"/{USER}/job-1~a.vcf",
        f"gas/{USER[1:]}/job-1~a.vcf",
        f"gas/{USER.upper()}/job-1~a.vcf",
        f"gas/{USER}/job-1",
        f"gas/{USER}/~a.vcf",
        f"gas/{USER}/Job~a.vcf",
        f"gas/{USER}/{'j' * 64}~a.vcf",
        f"gas/{USER}/job-1~",
        f"gas/{USER}/job-1~..",
        f"gas/{USER}/job-1~a/b.vcf",
        f"gas/{USER}/job-1~a\\b.vcf",
        f"gas/{USER}/job-1~a\nb.vcf",
        f"gas/{USER}/job-1~{'a' * 256}",
        f"{'g' * 1000}/{USER}/job-1~a.vcf",
        f"\ud800/{USER}/job-1~a.vcf",
        f"gas/{USER}/job-1~\ud800",
    ],
)
def test_what_is_no_input_key(key: str) -> None:
    """Anything else is refused, and belongs to nobody."""
    with pytest.raises(UsageError, match="key"):
        InputKey.from_key(key)

    assert not owns_key(USER, "gas", key)


@pytest.mark.parametrize(
    "rest", ["a.vcf", "f0~a.vcf", "f01~a.vcf", "fx~a.vcf", "f1~", "f1234567890~a", "f-1~a"]
)
def test_what_is_no_result_key(rest: str) -> None:
    """A result's key names its attempt."""
    with pytest.raises(UsageError, match="attempt"):
        ResultKey.from_key(f"gas/{USER}/job-1~{rest}")


@pytest.mark.parametrize(
    ("user_id", "prefix", "owns"),
    [(USER, "gas", True), ("v" * 26, "gas", False), (USER, "ga", False), (USER, "", False)],
    ids=["owner", "user", "prefix", "no-prefix"],
)
def test_ownership(user_id: str, prefix: str, *, owns: bool) -> None:
    """A key belongs to the user in whose folder it lies, under the installation's prefix."""
    assert owns_key(user_id, prefix, f"gas/{USER}/job-1~a.vcf") is owns


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("a.vcf", True),
        ("Ärzte 1~2 (neu).vcf.gz", True),
        ("a..vcf", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a\\b", False),
        ("a\x00", False),
        ("a\x85b", False),
        ("a\u202eb", False),
        ("ä" * 127, True),
        ("ä" * 128, False),
        ("\ud800", False),
    ],
)
def test_file_names(name: str, *, valid: bool) -> None:
    """A file name is what every file system takes and every person can read."""
    assert file_name_is_valid(name) is valid


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.vcf", "a"),
        ("a.vcf.gz", "a"),
        ("a.VCF.BGZ", "a"),
        ("a.bcf", "a"),
        ("a.vcf.txt", "a.vcf.txt"),
        (".vcf", ".vcf"),
        ("a.vcf.vcf", "a.vcf"),
        ("a", "a"),
    ],
)
def test_output_names(name: str, stem: str) -> None:
    """An output is named after its input, whose .vcf it replaces."""
    assert output_name(name, ".annot.vcf.gz") == f"{stem}.annot.vcf.gz"


def test_attempts_never_share_a_key() -> None:
    """The files of one attempt, and of two attempts, all have keys of their own."""
    first = attempt_keys("gas", USER, "job-1", "a.vcf", 1)
    second = attempt_keys("gas", USER, "job-1", "a.vcf", 2)

    assert set(first) == set(Output)
    assert len({*first.values(), *second.values()}) == 2 * len(Output)


def test_result_of_the_longest_name_can_be_read_back() -> None:
    """An input may have the longest name there is: its result's key is still understood, so that a thaw finds its job."""
    longest = "a" * 251 + ".vcf"
    key = attempt_keys("gas", USER, "j" * 63, longest, 999_999_999)[Output.RESULT]

    assert file_name_is_valid(longest)
    assert ResultKey.from_key(key).job_id == "j" * 63
