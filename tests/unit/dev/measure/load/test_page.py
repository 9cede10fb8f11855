"""The page of the load runs: its own words stay, and its tables and pictures come from the report."""

from dev.measure.load.page import figures, original, with_parts
from tests.support.load_runs import annotators_run


def test_the_pages_own_words_stay() -> None:
    """Only what lies between the marks is written anew, as often as it is asked for."""
    page = "A\n<!-- figures begin -->\nold\n<!-- figures end -->\nB\n<!-- pictures begin -->\n<!-- pictures end -->\nC"

    once = with_parts(page, {"figures": "new\n", "pictures": "![x](x.svg)\n"})

    assert once == (
        "A\n<!-- figures begin -->\nnew\n<!-- figures end -->\nB\n<!-- pictures begin -->\n![x](x.svg)\n<!-- pictures end -->\nC"
    )
    assert with_parts(once, {"figures": "new\n", "pictures": "![x](x.svg)\n"}) == once


def test_tables_tell_aims_and_figures_side_by_side() -> None:
    """A row whose figure no run has is left out, and the checker's words stand under its run."""
    run = annotators_run() | {
        "size": "full",
        "aims": [
            {"aim": "no job lost", "found": 0.0, "met": True},
            {"aim": "fast", "found": 9.5, "met": False},
        ],
    }
    checked = ("attempted", "acknowledged", "ok", "recovered", "lost", "unexpected", "duplicated")
    run["checker"] = dict.fromkeys(checked, 0)

    text = figures(
        {"runs": {"annotators-burst": run, "annotators-arrivals": {**run, "size": "quick: smaller"}}}
    )

    assert "| annotators-burst | no job lost | 0 | met |" in text
    assert "| annotators-burst | fast | 9.5 | **missed** |" in text
    assert "| | annotators-burst | annotators-arrivals |" in text
    assert "| size of the run | full | quick |" in text
    assert "| first message to first ready pod | 20 | 20 |" in text
    assert "most ready pods" not in text
    assert "| checker | 0 attempted, 0 acknowledged," in text


def test_the_originals_figures_stand_beside_ours() -> None:
    """Ours come from the report, whole numbers whole; what was not run is left out."""
    run = {
        "sent": 1_234_567,
        "failed": 0,
        "seconds": 600.4,
        "total": {"medianMs": 7.0, "p95Ms": 18.0},
        "replicas": {"before": 2, "most": 6},
    }

    text = original({"runs": {"web-home": run, "many-jobs": {}}})

    assert text.splitlines()[2:] == [
        (
            "| 300 visitors, 30 new a second, `GET /` | 36.8 % of 354,998 requests failed (502, 504); median 10 ms, mean 3.4 s, p75 10 s; "
            "web 2 → 8 in 30 minutes | 0 of 1234567 requests failed in 600.4 s; median 7 ms, p95 18 ms; web 2 → 6 |"
        )
    ]
