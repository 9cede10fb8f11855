"""The page of `make oracle`: a part that is run alone writes its own section."""

from collections import Counter
from pathlib import Path

from dev.measure.oracle.compare import Agreement
from dev.measure.oracle.dialects import Build, Source
from dev.measure.oracle.page import agreement_page
from dev.measure.oracle.paths import Paths


def _agreement(title: str, pairs: int) -> Agreement:
    return Agreement(title, pairs=Counter(SNV=pairs), equal=Counter(SNV=pairs))


def _build(right: int, **others: list[str]) -> Build:
    source = Source("yeast I", "RefSeq", Path(), Path(), None, promised=1)
    return Build(source, 9, right + sum(map(len, others.values())), right, dict(others))


def _page(
    *,
    builds: tuple[Build, ...] = (),
    opinions: int = 0,
    paths: int = 0,
    others: int = 0,
    share: float = 1,
    before: str = "",
) -> str:
    """A page with so many alleles of each part; none where a part was not run."""
    return agreement_page(
        builds,
        [_agreement("MT: SNVs, against the second opinion", opinions)] if opinions else [],
        {"MT": Paths(alleles=paths)} if paths else {},
        [_agreement("yeast: SNVs, against snpEff", others)] if others else [],
        limits=(0.02, 0.1),
        weaver="1",
        share=share,
        before=before,
    )


def test_a_part_that_was_not_run_keeps_its_section() -> None:
    """The other sections are those of the page before, letter by letter."""
    before = _page(others=33, before=_page(paths=22, before=_page(opinions=11)))

    after = _page(others=44, before=before)

    assert "| 33 |" not in after
    assert after == before.replace("| 33 |", "| 44 |")
    assert all(f"| {alleles} |" in after for alleles in (11, 22, 44))


def test_a_share_is_told_where_it_holds() -> None:
    """Figures of a part of the alleles are called so in their own section alone."""
    page = _page(others=4, share=0.1, before=_page(opinions=1, paths=2))

    sections = page.split("\n## ")
    assert [title.splitlines()[0] for title in sections if "a run on 10% of the alleles" in title] == [
        "Against other programs"
    ]


def test_what_is_not_right_is_named_with_what_its_source_says() -> None:
    """Every transcript whose protein is another has its name and reason on the page."""
    page = _page(builds=(_build(7, edited=["NM_1.2", "NM_3.4"]),))

    assert "| yeast I | RefSeq | 9 | 9 | 7 | 2 |" in page
    assert "- yeast I: NM_1.2, NM_3.4: `exception=edited`" in page


def test_a_build_is_always_whole() -> None:
    """A share of the alleles is none of the transcripts."""
    page = _page(builds=(_build(9),), share=0.1)

    assert "10% of the alleles" not in page
