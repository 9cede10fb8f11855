"""`python -m dev.measure.oracle [PART ...] [--share 0.01]`: the engine beside others, on whole chromosomes; writes docs/reference/agreement.md.

Parts: dialects, opinion, paths, others; each writes its own section of the page. Fails where fewer transcripts are read right than
the page promises, where one pair disagrees with the second opinion, where the two paths differ, or where differences from other
programs are not understood or too many.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from dev import ROOT
from dev.ending import end
from dev.measure.oracle import hgvs_weaver, snpeff
from dev.measure.oracle.compare import Agreement, told
from dev.measure.oracle.dialects import Build, read_build, sources
from dev.measure.oracle.genomes import NAMES, genome
from dev.measure.oracle.page import PAGE, agreement_page
from dev.measure.oracle.paths import Paths
from dev.measure.oracle.trials import OTHERS, Bench

_FOLDER = ROOT / "build/oracle"
_PARTS = ("dialects", "opinion", "paths", "others")
_LIMITS = (0.02, 0.10)
"""Explained differences, of all pairs of SNVs and of longer alleles."""

_MT_LONGER = 200_000
_SNVS = {"yeast": 70_000, "fly": 50_000, "arabidopsis": 80_000}
_LONGER = {"yeast": 18_000, "fly": 10_000, "arabidopsis": 24_000}
"""Alleles against other programs; a few thousand of the longer ones become the same when they are left-aligned."""


@dataclass
class _Run:
    share: float
    builds: list[Build] = field(default_factory=list)
    opinions: list[Agreement] = field(default_factory=list)
    paths: dict[str, Paths] = field(default_factory=dict)
    others: list[Agreement] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def some(self, count: int) -> int:
        return max(100, int(count * self.share))


def main() -> None:
    """Run the parts asked for; without any, all of them."""
    parser = argparse.ArgumentParser(prog="python -m dev.measure.oracle", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(_PARTS)}; all by default")
    parser.add_argument("--share", type=float, default=1, help="of the alleles; the page says it")
    asked = parser.parse_args()
    parts = tuple(asked.parts) or _PARTS
    if unknown := set(parts) - set(_PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if "others" in parts and not snpeff.available():
        sys.exit("snpEff is missing: install Debian's package snpeff, then run make oracle again.")
    shutil.rmtree(_FOLDER, ignore_errors=True)
    run = _Run(asked.share)
    if "dialects" in parts:
        _dialects(run)
    for name in NAMES:
        _genome(run, name, parts)
    _judge(run)
    text = agreement_page(
        run.builds,
        run.opinions,
        run.paths,
        run.others,
        limits=_LIMITS,
        weaver=hgvs_weaver.VERSION,
        share=run.share,
        before=PAGE.read_text(encoding="utf-8") if PAGE.exists() else "",
    )
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    if run.failures:
        sys.exit("\n".join(["", "The engine and its oracles disagree:", *run.failures]))


def _dialects(run: _Run) -> None:
    for source in sources():
        found = read_build(source)
        run.builds.append(found)
        run.failures += found.failures
        print(
            f"{source.title} ({source.dialect}): {found.right:,} of {found.coding:,} coding transcripts are right",
            flush=True,
        )


def _genome(run: _Run, name: str, parts: tuple[str, ...]) -> None:
    bench = Bench(genome(name), _FOLDER / name)
    if "opinion" in parts and name == "MT":
        _add(run.opinions, bench.every_snv, run.share)
        _add(run.opinions, bench.longer, run.some(_MT_LONGER))
    if "opinion" in parts and name in ("yeast", "fly"):
        _add(run.opinions, bench.coding_snvs, run.share)
    if "paths" in parts and (run.share >= 1 or name != "arabidopsis"):
        started = time.monotonic()
        found = run.paths[name] = bench.paths()
        print(f"{name}: {found.alleles:,} alleles on both paths, {found.differing:,} differ")
        print(*found.shown, f"  {time.monotonic() - started:.0f} s", sep="\n", flush=True)
    if "others" in parts and name in _SNVS:
        for others in OTHERS:
            _add(run.others, bench.other, others, run.some(_SNVS[name]), snvs=True)
            _add(run.others, bench.other, others, run.some(_LONGER[name]), snvs=False)


def _add(to: list[Agreement], trial, *arguments: object, **more: object) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    started = time.monotonic()
    to.append(trial(*arguments, **more))
    print(told(to[-1]), f"  {time.monotonic() - started:.0f} s", sep="\n", flush=True)


def _judge(run: _Run) -> None:
    run.failures += [
        f"{one.title}: {len(one.unexplained):,} pairs differ"
        for one in run.opinions + run.others
        if one.unexplained
    ]
    run.failures += [
        f"{name}: the paths differ in {one.differing:,} alleles"
        for name, one in run.paths.items()
        if one.differing
    ]
    for limit, snv in zip(_LIMITS, (True, False), strict=True):
        pairs = sum(
            count for one in run.others for kind, count in one.pairs.items() if (kind == "SNV") == snv
        )
        classes = [
            counts for one in run.others for kind, counts in one.explained.items() if (kind == "SNV") == snv
        ]
        explained = sum(classes, Counter[str]()).total()
        kind = "SNVs" if snv else "longer alleles"
        if pairs:
            print(f"{kind}: {explained:,} of {pairs:,} pairs differ as understood ({explained / pairs:.2%})")
        if pairs and explained / pairs > limit:
            run.failures.append(
                f"{kind}: {explained / pairs:.2%} of the pairs differ, and {limit:.0%} are allowed"
            )


if __name__ == "__main__":
    end(main)
