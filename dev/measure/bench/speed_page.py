"""The page docs/reference/speed.md: figures of one run of the engine's measurements, and what they say of the aims."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dev import ROOT

PAGE = ROOT / "docs/reference/speed.md"

QUIET = 0.7
"""Load before a comparison up to which wall time tells of the programs and not of their neighbours."""

_TITLES = {
    "sites": "Sites alone, *Arabidopsis* 1",
    "samples": "100 samples, *Arabidopsis* 1",
    "exome": "On exons and close to them, *Arabidopsis* 1",
}
Figures = Mapping[str, Any]


def page(figures: Figures, command: str) -> str:
    """The whole page."""
    machine = figures["machine"]
    intro = (
        f"Written by `{command}`; do not edit. Measured on {machine['cores']} cores of {machine['processor']} with"
        f" {machine['memory_gib']} GiB; the load before it was {machine['load']}, at its end {figures.get('load_after', '?')}."
        " The data have fixed seeds. All ways took their turns in one run, and the least of the rounds counts. Where others used"
        f" the machine (load above {QUIET}), wall time that misses an aim is not judged."
    )
    lines = [
        "# How fast the engine is",
        "",
        *textwrap.wrap(intro, 130),
        "",
        "| aim | measured | verdict |",
        "|---|---|---|",
        *(f"| {aim} | {found} | {verdict} |" for aim, found, verdict in aims(figures)),
        "",
    ]
    for key, title in _TITLES.items():
        if key in figures:
            lines += _comparison(title, figures[key])
    lines += _stages(figures)
    if "human" in figures:
        lines += _human(figures)
    lines += [
        "## What is compared",
        "",
        "- *ours*: `gas-annotate` with CSQ and HGVS for every transcript within 5,000 bases, table, problems, statistics and index.",
        "- *bgzip copy*: `bgzip -dc | bgzip -@ 2`, which looks at nothing.",
        "- *norm, csq, annotate*: bcftools' pipe with the cheapest annotation, an ID; no HGVS, nothing up- or downstream, no table.",
        "- *snpEff*: `snpEff ann -hgvs -ud 5000`, without statistics; one round, its start included.",
        "",
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class _Aim:
    """One aim: the figure, the bound that it must keep, and how both are said."""

    words: str
    figure: float | None
    bound: float
    said: str
    at_least: bool = True
    busy: bool = False
    """Whether others may have spoilt the figure."""

    @property
    def row(self) -> tuple[str, str, str]:
        """What the page says."""
        if self.figure is None:
            return self.words, "not measured", "none"
        kept = self.figure >= self.bound if self.at_least else self.figure <= self.bound
        verdict = "met" if kept else "not judged: others were busy" if self.busy else "**missed**"
        return self.words, self.said.format(self.figure), verdict


def aims(figures: Figures) -> list[tuple[str, str, str]]:
    """Each aim, what was found, and whether that is enough. A load can hide that an aim is met, not that it is missed."""
    sites, samples = figures.get("sites", {}), figures.get("samples", {})
    human, few = figures.get("human", {}), figures.get("few", {})
    busy, pace = sites.get("load", 0) > QUIET, "records_a_second"
    ours, single = _way(sites, "ours, two threads"), _way(sites, "ours, one thread")
    pipe = _ratio(ours, _way(sites, "norm, csq, annotate"), pace)
    snpeff = _ratio(ours, _way(sites, "snpEff"), pace)
    copies = _ratio(_way(samples, "ours, one thread"), _way(samples, "bgzip copy"), "cpu_seconds")
    cores = _ratio(single, ours, "wall_seconds")
    peaks = [one["peak_pss_mib"] for name, one in human.items() if "threads" in name]
    peak = max(peaks) * 2**20 / 1e6 if peaks else None
    return [
        one.row
        for one in (
            _Aim(
                "1,000,000 sites with CSQ and HGVS: 300,000 a second on two cores",
                ours.get(pace),
                300_000,
                "{:,} a second",
                busy=busy,
            ),
            _Aim("never slower than norm, csq, annotate", pipe, 1.0, "{:.2f} times as fast", busy=busy),
            _Aim(
                "10 times the records a second of snpEff with HGVS", snpeff, 10.0, "{:.1f} times", busy=busy
            ),
            _Aim(
                "100 samples: processor seconds of 1.3 copies", copies, 1.3, "{:.2f} copies", at_least=False
            ),
            _Aim(
                "memory on the bundle of human size: 250 MB, whatever the width of FASTA lines",
                peak,
                250.0,
                "{:.0f} MB",
                at_least=False,
            ),
            _Aim(
                "350 records in a warm worker, human size: 100 ms",
                few.get("median_ms"),
                100.0,
                "{:.0f} ms",
                at_least=False,
                busy=few.get("load", 0) > QUIET,
            ),
            _Aim("two cores against one: 1.7 times", cores, 1.7, "{:.2f} times", busy=busy),
        )
    ]


def _way(compared: Figures, name: str) -> Figures:
    found: Figures = compared.get("ways", {}).get(name, {})
    return found


def _ratio(one: Figures, other: Figures, key: str) -> float | None:
    return one[key] / other[key] if key in one and other.get(key) else None


def _comparison(title: str, compared: Figures) -> list[str]:
    lines = [
        f"## {title}: {compared['records']:,} records",
        "",
        f"Load before it: {compared['load']}.",
        "",
        "| way | wall, s | processor, s | records a second | of a processor second |",
        "|---|---|---|---|---|",
    ]
    for name, one in compared["ways"].items():
        if "wall_seconds" not in one:
            lines.append(f"| {name} | not run: {one.get('not_run', '')} | | | |")
            continue
        pace = compared["records"] / one["cpu_seconds"]
        lines.append(
            f"| {name} | {one['wall_seconds']} | {one['cpu_seconds']} | {one['records_a_second']:,} | {pace:,.0f} |"
        )
    sizes = ", ".join(
        f"{name} {size / 1e6:.1f} MB" for name, size in sorted(compared.get("bytes", {}).items())
    )
    return [*lines, "", f"Results: {sizes}.", ""]


def _stages(figures: Figures) -> list[str]:
    if "stages" not in figures:
        return []
    told = figures["stages"]
    return [
        "## Where the time goes",
        "",
        "| stage | processor microseconds a record |",
        "|---|---|",
        *(f"| {name} | {spent} |" for name, spent in told["microseconds_a_record"].items()),
        "",
        f"{told['text_bytes_a_record']:,} bytes of text are written for a record of the sites.",
        "",
    ]


def _human(figures: Figures) -> list[str]:
    told = figures["human"]
    build = told["build"]
    files = ", ".join(f"{name} {size:,} MiB" for name, size in sorted(told["bundle_mib"].items()))
    words = (
        f"Built in {build['wall_seconds']:.0f} s ({build['cpu_seconds']:.0f} processor seconds, at most {build['peak_pss_mib']:,.0f}"
        f" MiB of memory); {files}. {told['records']:,} records all over it:"
    )
    lines = [
        "## A bundle of human size",
        "",
        *textwrap.wrap(words, 130),
        "",
        "| FASTA, threads | wall, s | processor, s | memory of all processes, MiB |",
        "|---|---|---|---|",
    ]
    for name, one in told.items():
        if isinstance(one, dict) and "peak_pss_mib" in one and name != "build":
            lines.append(f"| {name} | {one['wall_seconds']} | {one['cpu_seconds']} | {one['peak_pss_mib']} |")
    return [*lines, ""]
