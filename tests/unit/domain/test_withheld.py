"""What no log says: names of files in the keys of jobs, and addresses."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.keys import InputKey, ResultKey, archive_key
from gas.domain.withheld import CUT, MOST_LETTERS, withheld, without_file_name
from tests.support.jobs import JOB_ID, USER
from tests.support.stopwatch import thread_seconds

BEFORE = f"gas/{USER}/{JOB_ID}~"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"The object s3://b/{BEFORE}patient smith.vcf is gone",
            f"The object s3://b/{BEFORE}/…",
        ),
        (
            f'not authorized on resource: "arn:aws:s3:::b/{BEFORE}f2~smith.vcf" because no policy allows it',
            f'not authorized on resource: "arn:aws:s3:::b/{BEFORE}f2~/… because no policy allows it',
        ),
        (
            f"The object s3://b/{BEFORE}f1~/… is in the archive.",
            f"The object s3://b/{BEFORE}f1~/… is in the archive.",
        ),
        (f"the first {BEFORE}smith.vcf\nthe second", f"the first {BEFORE}/…\nthe second"),
        (f"gone: {BEFORE}…smith.vcf", f"gone: {BEFORE}/…"),
        (f"gone: {BEFORE}… smith.vcf", f"gone: {BEFORE}/…"),
        (
            f"GET https://b.s3/{BEFORE.replace('~', '%7E')}f1%7esmith.vcf",
            f"GET https://b.s3/{BEFORE.replace('~', '%7E')}f1%7e/…",
        ),
        ("not verified: ada.smith+x@example.org, ask", "not verified: [hidden], ask"),
        (f"not verified: {'x' * 90}@example.org.", "not verified: [hidden]."),
        ('not verified: "Ada Smith"@example.org', "not verified: [hidden]"),
        ("not verified: ada@exämple.de", "not verified: [hidden]"),
        ("not verified: ada@пример.рф", "not verified: [hidden]"),
        ("not verified: <ada@localhost>", "not verified: <[hidden]>"),
        ("not verified: ada@[10.0.0.1]", "not verified: [hidden]"),
        ("yeast@0123456789ab is retired", "yeast@0123456789ab is retired"),
        ("arn:aws:s3:::gas-results/gas/catalogue.json", "arn:aws:s3:::gas-results/gas/catalogue.json"),
        ("image@sha256:0123, ~/folder", "image@sha256:0123, ~/folder"),
    ],
)
def test_what_is_withheld(text: str, expected: str) -> None:
    """The rest of a line goes with the name, for a name may hold anything; what was withheld before is left as it is."""
    assert withheld(text) == expected
    assert withheld(expected) == expected


LONG = 100_000
KEY = f"{BEFORE}x"


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: "a" * n + " @",
        lambda n: "a" * n + "@" + "b" * n,
        lambda n: "@" + "a." * n,
        lambda n: "x@" + "a." * n,
        lambda n: "a@" * n,
        lambda n: '"@' * n,
        lambda n: '"' * n + "@",
        lambda n: KEY * (n // len(KEY)),
        lambda n: f"{BEFORE}/…" * (n // len(KEY)),
        lambda n: "~" + "/a" * n,
    ],
    ids=[
        "run",
        "two runs",
        "dots",
        "dots of one",
        "signs",
        "quoted",
        "quotes",
        "keys",
        "no names",
        "slashes",
    ],
)
def test_no_text_takes_longer_than_its_length(
    shape: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other threads wait meanwhile: sixteen times as much takes about sixteen times as long, even if nothing is cut."""
    monkeypatch.setattr("gas.domain.withheld.MOST_LETTERS", 10 * LONG)

    def seconds(length: int) -> float:
        text = shape(length)
        return thread_seconds(lambda: withheld(text))

    assert seconds(LONG) < 16 * 5 * seconds(LONG // 16) + 0.05


def test_of_a_long_text_both_ends_are_told() -> None:
    """What began with a name in the middle is not told at the end."""
    lines = "first\n" + "x\n" * LONG + "last"
    named = f"first {BEFORE}" + "smith " * LONG

    assert withheld(lines).startswith("first\nx")
    assert withheld(lines).endswith("x\nlast")
    assert len(withheld(lines)) <= MOST_LETTERS + len(CUT)
    assert "smith" not in withheld(named)
    assert "smith" not in withheld("x" * LONG + named)
    assert "ada@" in withheld("x " * (MOST_LETTERS // 4 - 4) + "ada@example.org" + "x" * LONG)
    assert "exam" not in withheld("x " * (MOST_LETTERS // 4 - 4) + "ada@example.org" + "x" * LONG)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=40,
)


@given(name=NAMES, fence=st.integers(1, 999))
def test_a_key_without_its_name(name: str, fence: int) -> None:
    """Whatever a file is called, its key is told as far as its job and attempt."""
    put = ResultKey("gas", USER, JOB_ID, fence, name)

    assert without_file_name(str(put)) == f"{BEFORE}f{fence}~/…"
    assert without_file_name(archive_key(str(put))) == f"archive/{BEFORE}f{fence}~/…"
    assert without_file_name(str(InputKey("gas", USER, JOB_ID, f"x{name}"))) == f"{BEFORE}/…"
