"""Measures the engine beside its rivals, all in turn in one run, and writes docs/reference/speed.md.

python -m dev.measure.bench.annotate [--quick] [--rounds 3] [--limit 300] [--skip-human]
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.ending import end
from dev.measure.bench import measured, speed_page
from dev.measure.bench.inputs import FEW_RECORDS, FULL, QUICK, Inputs
from dev.measure.bench.measured import Cost
from gas_annotator.child import Child, ChildLimits, Delivered
from gas_annotator.engine import EngineLimits, Reference, Task
from gas_engine.bgzf import Packed
from gas_engine.bundle import load_bundle
from gas_engine.core import Options, Worker
from gas_engine.reading import Source
from gas_engine.task import Limits

_RUN_SECONDS = 300.0
"""How long one run may take by default; beside other work less may be wanted."""

_CHILD_LIMITS = ChildLimits(cpu_seconds=600, memory_bytes=2**31, file_bytes=2**34, wall_seconds=600.0)
_PROGRAM = Path(sys.executable).with_name("gas-annotate")

_OURS = 'exec "$PROGRAM" "$INPUT" -o "$OUT/ours" --reference "$BUNDLE" --threads "$THREADS"'
_COPY = 'bgzip -dc "$INPUT" | bgzip -c -@ 2 > "$OUT/copy.vcf.gz"'
_PIPE = (
    'bcftools norm -Ou -f "$FASTA" "$INPUT" | bcftools csq -Ou -l -p a -f "$FASTA" -g "$ENSEMBL"'
    " | bcftools annotate --set-id +'%CHROM\\_%POS\\_%REF\\_%FIRST_ALT' -Oz --threads 2 -o \"$OUT/pipe.vcf.gz\""
)
_SNPEFF = (
    'snpEff ann -c "$SNPEFF" -noStats -noLog -hgvs -ud 5000 ours "$INPUT" | bgzip -c > "$OUT/snpeff.vcf.gz"'
)


@dataclass
class _Way:
    """One way to annotate, or to copy, a file."""

    name: str
    script: str
    needs: tuple[str, ...]
    words: Mapping[str, Callable[[], Path | int]] = field(default_factory=dict)
    once: bool = False
    """It takes so long that one round must do."""

    @property
    def missing(self) -> str:
        """The first program that it needs and this machine has not."""
        return next((program for program in self.needs if shutil.which(program) is None), "")


class _Bench:
    def __init__(self, inputs: Inputs, rounds: int, limit_seconds: float = _RUN_SECONDS) -> None:
        self.inputs, self._rounds, self._limit = inputs, rounds, limit_seconds
        self.figures: dict[str, Any] = {}

    def ways(self) -> list[_Way]:
        """Ourselves with two threads and with one, and the others."""
        own = {"PROGRAM": lambda: _PROGRAM, "BUNDLE": lambda: self.inputs.bundle}
        plant = {"FASTA": lambda: self.inputs.fasta, "ENSEMBL": lambda: self.inputs.ensembl_genes}
        return [
            _Way("ours, two threads", _OURS, (), {**own, "THREADS": lambda: 2}),
            _Way("ours, one thread", _OURS, (), {**own, "THREADS": lambda: 1}),
            _Way("bgzip copy", _COPY, ("bgzip",)),
            _Way("norm, csq, annotate", _PIPE, ("bcftools",), plant),
            _Way(
                "snpEff",
                _SNPEFF,
                ("snpEff", "bgzip"),
                {"SNPEFF": lambda: self.inputs.snpeff_config},
                once=True,
            ),
        ]

    def compare(self, title: str, source: Path, ways: list[_Way]) -> None:
        """One file by each way, in turn, as many rounds as asked."""
        records = _records(source)
        costs: dict[str, list[Cost]] = {}
        failed = {way.name: f"{way.missing} is not installed" for way in ways if way.missing}
        told: dict[str, Any] = {"records": records, "load": measured.load(), "ways": {}}
        with tempfile.TemporaryDirectory(dir=self.inputs.folder) as folder:
            for number in range(self._rounds):
                for way in ways:
                    if (way.once and number) or way.name in failed:
                        continue
                    words: dict[str, Path | int | str] = {
                        "INPUT": source,
                        "OUT": Path(folder) / way.name,
                        **{key: word() for key, word in way.words.items()},
                    }
                    (Path(folder) / way.name).mkdir(exist_ok=True)
                    measured.say(f"{title}: {way.name}, round {number + 1}")
                    try:
                        cost = measured.run(way.script, words, limit_seconds=self._limit)
                    except RuntimeError as error:
                        failed[way.name] = str(error).splitlines()[-1]
                    else:
                        costs.setdefault(way.name, []).append(cost)
            sizes = {
                name: sum(path.stat().st_size for path in (Path(folder) / name).rglob("*.vcf.gz"))
                for name in costs.keys() - failed.keys()
            }
        for name, ours in costs.items():
            cost = measured.best(ours)
            told["ways"][name] = {**cost.to_json(), "records_a_second": round(records / cost.wall_seconds)}
        told["ways"] |= {name: {"not_run": why} for name, why in failed.items()}
        told["bytes"] = sizes
        self.figures[title] = told

    # ---- the genome of human size --------------------------------------------------------------------------------------

    def human(self) -> None:
        """What its bundle costs to build, and memory while it is used, for two widths of FASTA lines."""
        told: dict[str, Any] = {"build": self.inputs.human_build}
        source = self.inputs.human_sites
        bundles = {
            "60 bases a line": self.inputs.human_bundle,
            "a contig a line": self.inputs.human_bundle_of_one_line,
        }
        told["bundle_mib"] = {
            path.name: round(path.stat().st_size / 2**20) for path in self.inputs.human_bundle.glob("*.bin")
        }
        told["records"] = _records(source)
        with tempfile.TemporaryDirectory(dir=self.inputs.folder) as folder:
            for width, bundle in bundles.items():
                for threads in (1, 2):
                    words: dict[str, Path | int | str] = {
                        "PROGRAM": _PROGRAM,
                        "INPUT": source,
                        "OUT": folder,
                        "BUNDLE": bundle,
                        "THREADS": threads,
                    }
                    measured.say(f"human size: {width}, {threads} threads")
                    cost = measured.run(_OURS, words, limit_seconds=self._limit, memory=True)
                    told[f"{width}, threads {threads}"] = cost.to_json()
        self.figures["human"] = told

    def few(self, rounds: int = 20) -> None:
        """Wall time of a small file in a child of a warm process, from fork to verdict."""
        source, folder = self.inputs.few, self.inputs.human_bundle
        reference = Reference(load_bundle(folder))
        limits, times = EngineLimits(), list[float]()
        with tempfile.TemporaryDirectory(dir=self.inputs.folder) as scratch:
            for number in range(rounds):
                output = Path(scratch) / str(number)
                output.mkdir()
                began = time.perf_counter()
                child = Child.fork(Task(source, "few.vcf.gz", output, limits), reference, _CHILD_LIMITS)
                while (outcome := child.poll(60.0)) is None:
                    pass
                times.append((time.perf_counter() - began) * 1000)
                if not isinstance(outcome, Delivered):
                    raise SystemExit(f"the small file was not annotated: {outcome}")
        self.figures["few"] = {
            "records": FEW_RECORDS,
            "median_ms": round(statistics.median(times), 1),
            "best_ms": round(min(times), 1),
            "worst_ms": round(max(times), 1),
            "load": measured.load(),
        }

    def stages(self) -> None:
        """Where processor time goes, for one thread."""
        bundle, source = load_bundle(self.inputs.bundle), self.inputs.sites
        (contig,) = bundle.contigs
        worker = Worker(bundle.model, Options(columns=8), "CSQ", "ANN", {contig.name.encode(): 0})
        spent = dict.fromkeys(("unpack and cut into blocks", "annotate", "pack"), 0.0)
        records = written = 0
        blocks = Source(source, Limits(), self.inputs.folder).blocks()
        while True:
            began = time.thread_time()
            block = next(blocks, None)
            read = time.thread_time()
            if block is None:
                break
            text = (
                b"".join(line for line in block.text.splitlines(True) if line[:1] != b"#")
                if block.first_line == 1
                else block.text
            )
            start = time.thread_time()
            found = worker.annotate(text, block.first_line)
            annotated = time.thread_time()
            packed = [Packed.of(found.output), Packed.of(found.rows)]
            spent["pack"] += time.thread_time() - annotated
            spent["annotate"] += annotated - start
            spent["unpack and cut into blocks"] += read - began
            records += found.records
            written += sum(one.text_bytes for one in packed)
        worker.close()
        self.figures["stages"] = {
            "microseconds_a_record": {
                name: round(seconds / records * 1e6, 2) for name, seconds in spent.items()
            },
            "text_bytes_a_record": round(written / records),
        }


def _records(source: Path) -> int:
    """Records of a file, counted once and noted beside it."""
    noted = source.with_name(source.name + ".records")
    if not noted.exists():
        lines = sum(block.text.count(b"\n") for block in Source(source, Limits(), source.parent).blocks())
        header = sum(
            1
            for line in next(Source(source, Limits(), source.parent).blocks()).text.splitlines()
            if line[:1] == b"#"
        )
        noted.write_text(str(lines - header), encoding="ascii")
    return int(noted.read_text(encoding="ascii"))


def main() -> int:
    """Measure, print all figures as JSON, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of it, to build/bench alone: minutes, and no verdicts"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=_RUN_SECONDS, help="seconds that one run may take")
    parser.add_argument("--skip-human", action="store_true", help="leave out the bundle of human size")
    arguments = parser.parse_args()
    bench = _Bench(
        Inputs(QUICK if arguments.quick else FULL, measured.say), arguments.rounds, arguments.limit
    )
    ways, inputs = bench.ways(), bench.inputs
    bench.figures["machine"] = measured.machine()
    bench.compare("sites", inputs.sites, ways)
    bench.stages()
    bench.compare("samples", inputs.with_samples, ways[:3])
    bench.compare("exome", inputs.exome, ways)
    if not arguments.skip_human:
        bench.few()
        bench.human()
    bench.figures["load_after"] = measured.load()
    build = Path("build/bench")
    build.mkdir(parents=True, exist_ok=True)
    told = json.dumps(bench.figures, indent=1)
    (build / "annotate.json").write_text(told + "\n", encoding="ascii")
    print(told)
    options = " ".join(sys.argv[1:])
    command = f'make bench-annotate BENCH="{options}"' if options else "make bench-annotate"
    page = speed_page.page(bench.figures, command)
    (build / "speed.md").write_text(page, encoding="utf-8")
    if not arguments.quick and not arguments.skip_human:
        speed_page.PAGE.parent.mkdir(parents=True, exist_ok=True)
        speed_page.PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    end(main)
