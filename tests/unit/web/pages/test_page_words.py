"""How pages write names, times, sizes and spans."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from gas_engine.core import reasons, remarks
from gas_web.pages.page_words import breakable, size, span, to_the_second
from gas_web.pages.result_preview import PROBLEM_WORDS


@given(st.text())
@example("a_b-c.vcf.gz")
@example("__..--")
@example("<wbr>\n_x")
def test_a_breakable_name_is_the_same_name(name: str) -> None:
    """Only places to break are added, and the rest is escaped."""
    assert breakable(name).replace(Markup("<wbr>"), Markup()) == escape(name)


def test_a_name_breaks_after_what_joins_its_words() -> None:
    """As people would break it."""
    assert breakable("run_2026-11.vcf") == "run_<wbr>2026-<wbr>11.<wbr>vcf"


def test_moments_that_lie_close_together_have_seconds() -> None:
    """In UTC, for whoever runs no scripts."""
    assert to_the_second("2026-11-23T12:00:05Z") == (
        '<time datetime="2026-11-23T12:00:05Z" data-seconds>23 Nov 2026, 12:00:05 UTC</time>'
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (153_600, "150 KiB"), (1536, "1.5 KiB"), (5 * 2**30, "5 GiB")],
)
def test_sizes(number: int, text: str) -> None:
    """In the unit that people would choose."""
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 second"), (90, "90 seconds"), (300, "5 minutes"), (86_400, "1 day")]
)
def test_spans(seconds: int, text: str) -> None:
    """In the largest unit that loses nothing."""
    assert span(seconds) == text


def test_every_problem_has_words() -> None:
    """A problem that the annotator finds is told in words on the page."""
    of_the_last_release = {"not_predicted"}

    assert set(PROBLEM_WORDS) == {*filter(None, reasons()), *remarks()} | of_the_last_release
