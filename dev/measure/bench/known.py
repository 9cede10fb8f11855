"""Measures what known variants cost, on chromosomes as dense as the human genome's: writes docs/reference/known-variants.md.

python -m dev.measure.bench.known [--chromosomes 1] [--bases 129000000] [--rounds 3]
"""

import argparse
import json
import random
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pysam

from dev import ROOT
from dev.ending import end
from dev.measure.bench import genomes, measured, sources
from dev.measure.bench.inputs import FEW_RECORDS
from dev.measure.bench.measured import Cost

PAGE = ROOT / "docs/reference/known-variants.md"
AIM = 1.5
"""How many times the processor seconds without sources a run with them may take."""

_SECONDS = 7200.0
_BASES_A_GENE = 124_000
"""The human genome's 3.1 Gb over its 25,000 genes."""

_BUILD = 'exec "$PROGRAMS/gas-reference" build known --fasta "$FASTA" --gff3 "$GENES" -o "$OUT" $SOURCES 2>/dev/null'
_ANNOTATE = 'exec "$PROGRAMS/gas-annotate" "$INPUT" -o "$OUT" --reference "$BUNDLE" --threads "$THREADS"'
_PROGRAMS = Path(sys.executable).parent


class _Bench:
    def __init__(self, folder: Path, size: genomes.Size, rounds: int) -> None:
        self._folder, self._rounds = folder, rounds
        self._genome, self._size = folder / "genome", size
        self.figures: dict[str, Any] = {
            "chromosomes": size.contigs,
            "bases": size.contigs * size.contig_bases,
            "machine": measured.machine(),
        }

    def make(self) -> sources.Files:
        """Write genome and sources, once for each size."""
        done, size = self._folder / "done", repr(self._size)
        if not done.exists() or done.read_text(encoding="utf-8") != size:
            done.unlink(missing_ok=True)
            measured.say("making genome and sources")
            genomes.write(self._genome, self._size)
            sources.write(self._genome / "genome.fa", self._folder)
            done.write_text(size, encoding="utf-8")
        names = ("gnomad.v4.1.vcf.gz", "clinvar.vcf.gz", "person.vcf.gz")
        return sources.Files(*(self._folder / name for name in names))

    def build(self, name: str, options: str) -> Path:
        """Build a bundle."""
        bundle = self._folder / name
        measured.say(f"building {name}")
        words: dict[str, Path | int | str] = {
            "PROGRAMS": _PROGRAMS,
            "FASTA": self._genome / "genome.fa",
            "GENES": self._genome / "genes.gff3",
            "OUT": bundle,
            "SOURCES": options,
        }
        cost = measured.run(_BUILD, words, limit_seconds=_SECONDS, memory=True)
        told = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        self.figures[f"build {name}"] = {
            **cost.to_json(),
            "rows": {one["name"]: one["rows"] for one in told.get("known", [])},
            "bytes": {one["name"]: told["files"][one["data"]]["size"] for one in told.get("known", [])},
        }
        return bundle

    def annotate(self, name: str, source: Path, bundles: Mapping[str, Path]) -> None:
        """Annotate a file with each bundle in turn, as many rounds as asked."""
        costs: dict[str, list[Cost]] = {}
        for number in range(self._rounds):
            for bundle_name, bundle in bundles.items():
                for threads in (1, 2):
                    way = f"{bundle_name}, {threads} thread{'s' * (threads > 1)}"
                    measured.say(f"{name}: {way}, round {number + 1}")
                    words: dict[str, Path | int | str] = {
                        "PROGRAMS": _PROGRAMS,
                        "INPUT": source,
                        "BUNDLE": bundle,
                    }
                    words |= {"OUT": self._folder / "out", "THREADS": threads}
                    memory = number == self._rounds - 1
                    costs.setdefault(way, []).append(
                        measured.run(_ANNOTATE, words, limit_seconds=_SECONDS, memory=memory)
                    )
        with pysam.BGZFile(str(source)) as lines:
            records = sum(not line.startswith(b"#") for line in lines)
        self.figures[name] = {
            "records": records,
            "ways": {way: measured.best(found).to_json() for way, found in costs.items()},
        }

    def few(self, source: Path) -> Path:
        """A few records of a file, from all over it."""
        target = self._folder / "few.vcf.gz"
        with pysam.BGZFile(str(source)) as lines, pysam.BGZFile(str(target), "wb") as few:
            listed = [line + b"\n" for line in lines]
            few.write(b"".join(line for line in listed if line.startswith(b"#")))
            records = [line for line in listed if not line.startswith(b"#")]
            places = sorted(random.Random(1).sample(range(len(records)), min(FEW_RECORDS, len(records))))  # noqa: S311 - the same each time
            few.write(b"".join(records[place] for place in places))
        return target


def page(figures: Mapping[str, Any], command: str) -> str:
    """The page."""
    machine, build = figures["machine"], figures["build known"]
    rows, size = build["rows"], build["bytes"]
    whole = {name: size[name] / rows[name] for name in rows}
    plain = figures["build plain"]
    seconds = (build["cpu_seconds"] - plain["cpu_seconds"]) / sum(rows.values())
    scale = sources.FREQUENCIES + sources.KNOWN
    intro = (
        f"Written by `{command}`; do not edit. Measured on {machine['cores']} cores of {machine['processor']} with"
        f" {machine['memory_gib']} GiB, which others used too (load {machine['load']}). {figures['chromosomes']}"
        f" synthetic chromosome{'s' * (figures['chromosomes'] > 1)}, {figures['bases']:,} bases in all, as dense as the human genome with {sources.FREQUENCIES:,} rows of frequencies (AF, AF_grpmax,"
        f" nhomalt) and {sources.KNOWN:,} known variants (ID, CLNSIG, CLNDN, RS); {figures['person']['records']:,} records of a"
        " person, of whom 95 in 100 are among the frequencies. The least of the rounds counts."
    )
    gigabytes = (whole["gnomAD"] * sources.FREQUENCIES + whole["ClinVar"] * sources.KNOWN) / 1e9
    estimate = (
        f"By these figures a human genome's bundle takes {gigabytes:.1f} GB for its sources, and"
        f" {seconds * scale / 60:.0f} processor minutes to map them (one processor; the build reads, places and sorts"
        f" a row in {seconds * 1e6:.1f} microseconds). Memory does not grow with the rows."
    )
    lines = [
        "# What known variants cost",
        "",
        *textwrap.wrap(intro, 130),
        "",
        "| source | rows | bytes a row |",
        "|---|---|---|",
        *(f"| {name} | {rows[name]:,} | {whole[name]:.1f} |" for name in rows),
        "",
        *textwrap.wrap(estimate, 130),
        "",
        "| build | wall, s | processor, s | memory, MiB |",
        "|---|---|---|---|",
        *(
            f"| {name} | {one['wall_seconds']} | {one['cpu_seconds']} | {one['peak_pss_mib']} |"
            for name, one in (("sequence and genes", plain), ("with both sources", build))
        ),
        "",
    ]
    for key, title in (("person", "A person's records"), ("few", f"{FEW_RECORDS} records from all over")):
        lines += _ways(title, figures[key])
    return "\n".join(lines)


def _ways(title: str, told: Mapping[str, Any]) -> list[str]:
    ways = told["ways"]
    ratio = ways["with sources, 1 thread"]["cpu_seconds"] / ways["without, 1 thread"]["cpu_seconds"]
    return [
        f"## {title}",
        "",
        f"{told['records']:,} records; {ratio:.2f} times the processor seconds without sources (aim: {AIM}).",
        "",
        "| way | wall, s | processor, s | memory, MiB |",
        "|---|---|---|---|",
        *(
            f"| {way} | {one['wall_seconds']} | {one['cpu_seconds']} | {one['peak_pss_mib']} |"
            for way, one in ways.items()
        ),
        "",
    ]


def main() -> int:
    """Measure, print all figures as JSON, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromosomes", type=int, default=1)
    parser.add_argument("--bases", type=int, default=129_000_000, help="of each chromosome")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=ROOT / "build/bench-known")
    parser.add_argument("--page", type=Path, default=PAGE)
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    genes = wanted.chromosomes * max(10, wanted.bases // _BASES_A_GENE)
    size = genomes.Size(wanted.chromosomes, wanted.bases, genes, transcripts_a_gene=10)
    bench = _Bench(wanted.folder, size, wanted.rounds)
    files = bench.make()
    asked = f"--frequencies {files.frequencies} --known {files.known}"
    bundles = {"without": bench.build("plain", ""), "with sources": bench.build("known", asked)}
    bench.annotate("person", files.person, bundles)
    bench.annotate("few", bench.few(files.person), bundles)
    print(json.dumps(bench.figures, indent=1))
    wanted.page.write_text(
        page(
            bench.figures,
            f'make bench-known BENCH="--chromosomes {wanted.chromosomes} --bases {wanted.bases}"',
        ),
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    end(main)
