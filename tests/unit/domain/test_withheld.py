"""What no log says: names of files in the keys of jobs, and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.keys import InputKey, ResultKey, archive_key
from gas.domain.withheld import withheld, without_file_name
from tests.support.jobs import JOB_ID, USER

BEFORE = f"gas/{USER}/{JOB_ID}~"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"The object s3://b/{BEFORE}patient smith.vcf is gone",
            f"The object s3://b/{BEFORE}…",
        ),
        (
            f'not authorized on resource: "arn:aws:s3:::b/{BEFORE}f2~smith.vcf" because no policy allows it',
            f'not authorized on resource: "arn:aws:s3:::b/{BEFORE}f2~… because no policy allows it',
        ),
        (
            f"The object s3://b/{BEFORE}f1~… is in the archive.",
            f"The object s3://b/{BEFORE}f1~… is in the archive.",
        ),
        (f"the first {BEFORE}smith.vcf\nthe second", f"the first {BEFORE}…\nthe second"),
        ("not verified: ada.smith+x@example.org, ask", "not verified: [hidden], ask"),
        ("arn:aws:s3:::gas-results/gas/catalogue.json", "arn:aws:s3:::gas-results/gas/catalogue.json"),
        ("image@sha256:0123, ~/folder", "image@sha256:0123, ~/folder"),
    ],
)
def test_what_is_withheld(text: str, expected: str) -> None:
    """The rest of a line goes with the name, for a name may hold anything; what was withheld before is left as it is."""
    assert withheld(text) == expected
    assert withheld(expected) == expected


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=40,
)


@given(name=NAMES, fence=st.integers(1, 999))
def test_a_key_without_its_name(name: str, fence: int) -> None:
    """Whatever a file is called, its key is told as far as its job and attempt."""
    put = ResultKey("gas", USER, JOB_ID, fence, name)

    assert without_file_name(str(put)) == f"{BEFORE}f{fence}~…"
    assert without_file_name(archive_key(str(put))) == f"archive/{BEFORE}f{fence}~…"
    assert without_file_name(str(InputKey("gas", USER, JOB_ID, f"x{name}"))) == f"{BEFORE}…"
