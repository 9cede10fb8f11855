"""The plotter: what is asked for is drawn, with its names, and the same each time."""

import math
from pathlib import Path

import pytest

from dev.write.dashboards.board import Look, Unit
from dev.write.plotter import Chart, Curve, Mark, Picture, Span, repeatable

TIMES = [float(second) for second in range(0, 300, 30)]


def drawn(chart: Chart, file: Path) -> str:
    """The picture of one chart over five minutes."""
    with repeatable("test"):
        picture = Picture("Picture", "of a test", (8, 3), Span(0, 300, "{:g}".format))
        picture.chart(chart, (0, 0.5, 8, 2.2))
        picture.save(file)
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("look", [Look.LINES, Look.STEPS, Look.STACK], ids=lambda look: str(look.value))
def test_every_look_is_drawn_the_same_each_time(look: Look, tmp_path: Path) -> None:
    """Title, note, names of curves and times stand in it as letters; also where a value is no number."""
    values = [math.nan, *(float(number) for number in range(len(TIMES) - 1))]
    chart = Chart("Sizes", [Curve("of this", TIMES, values)], Unit.BYTES, look)

    first, second = drawn(chart, tmp_path / "a.svg"), drawn(chart, tmp_path / "b.svg")

    assert first == second
    assert all(f">{text}<" in first for text in ("Picture", "of a test", "Sizes", "of this", "120", "8 B"))


def test_a_mark_is_drawn_where_there_is_room(tmp_path: Path) -> None:
    """A limit that the curves never come near would make them flat: it is left out."""
    marks = [Mark(6, "red", "near"), Mark(1000, "red", "far")]

    picture = drawn(Chart("Limits", [Curve("a", TIMES, TIMES)], values=marks[:1]), tmp_path / "near.svg")
    far = drawn(Chart("Limits", [Curve("a", TIMES, TIMES)], values=marks), tmp_path / "far.svg")

    assert ">near<" in picture
    assert far == picture


def test_no_curve_is_said(tmp_path: Path) -> None:
    """Nothing is not zero."""
    assert ">no data<" in drawn(Chart("Silence", []), tmp_path / "silent.svg")
