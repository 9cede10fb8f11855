"""Measures the annotator: small files in a warm child, and throughput beside the cost of a mere copy.

python -m dev.bench.annotate
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysam

from dev.ending import end
from dev.up.inputs import write_inputs
from gas_annotator.child import Annotated, Child, ChildLimits
from gas_annotator.engine import EngineLimits, Reference, Task, load_reference

_LIMITS = ChildLimits(cpu_seconds=600, memory_bytes=2**30, file_bytes=2**32, wall_seconds=600.0)
_ENGINE_LIMITS = EngineLimits(max_records=10**7, max_line_bytes=2**20, max_uncompressed_bytes=2**32)
_HEAD = b"##fileformat=VCFv4.2\n##contig=<ID=MT,length=16569>\n"
_COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def _records(reference: Reference, count: int, samples: int, *, distinct: bool) -> bytes:
    """A sorted file: single-base changes that repeat, or short insertions that are all different."""
    dice = random.Random(1)  # noqa: S311 - the same file each time
    sequence = reference.sequence.decode("ascii")
    positions = sorted(dice.randrange(1, 3000 if distinct else reference.length) for _ in range(count))
    names = "".join(f"\tS{number}" for number in range(samples))
    calls = "".join(f"\t0/1:{number % 40},17:57:99" for number in range(samples))
    form = "\tGT:AD:DP:GQ" if samples else ""
    lines = [_HEAD + _COLUMNS + (b"\tFORMAT" if samples else b"") + names.encode()]
    for position in positions:
        before = sequence[position - 1]
        after = (
            before + "".join(dice.choices("ACGT", k=12))
            if distinct
            else dice.choice(sorted({*"ACGT"} - {before}))
        )
        info = f"DP={dice.randrange(5, 900)};AF={dice.random():.3f}"
        lines.append(
            f"MT\t{position}\t.\t{before}\t{after}\t{dice.randrange(20, 99)}\tPASS\t{info}{form}{calls}".encode()
        )
    return b"\n".join(lines) + b"\n"


def _copy(source: Path, target: Path) -> None:
    """The limit: unpack and pack, with the same library and level, and look at nothing."""
    with pysam.BGZFile(str(source), "rb") as reading, pysam.BGZFile(str(target), "wb") as writing:
        while chunk := reading.read(2**16):
            writing.write(chunk)


def _in_process_of_its_own(work: Callable[[], None]) -> dict[str, float]:
    """Wall seconds, processor seconds and peak memory of a piece of work."""
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"a measured process ended with status {status}")
    return {
        "wall_seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_mib": round(usage.ru_maxrss / 1024, 1),
    }


def _annotate(source: Path, folder: Path, reference: Reference) -> None:
    """One file through a real child."""
    folder.mkdir()
    child = Child.fork(Task(source, "bench.vcf.gz", folder, _ENGINE_LIMITS), reference, _LIMITS)
    while (outcome := child.poll(60.0)) is None:
        pass
    if not isinstance(outcome, Annotated):
        raise SystemExit(f"the file was not annotated: {outcome}")


def _small(folder: Path, reference: Reference, rounds: int) -> dict[str, float]:
    """Wall time of the demo's 350 records in a warm child, from fork to verdict."""
    source = write_inputs(folder / "inputs")["free"]
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        _annotate(source, folder / f"small{number}", reference)
        times.append((time.perf_counter() - started) * 1000)
    return {
        "median_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
        "rounds": rounds,
    }


def _large(folder: Path, reference: Reference, name: str, content: bytes, count: int) -> dict[str, Any]:
    """Throughput of one large file beside that of its copy."""
    source = folder / f"{name}.vcf.gz"
    with pysam.BGZFile(str(source), "wb") as file:
        file.write(content)
    copied = _in_process_of_its_own(lambda: _copy(source, folder / f"{name}.copy.gz"))
    annotated = _in_process_of_its_own(lambda: _annotate(source, folder / name, reference))
    return {
        "records": count,
        "text_mib": round(len(content) / 2**20, 1),
        "copy": copied,
        "annotate": annotated,
        "records_per_second": round(count / annotated["wall_seconds"]),
        "times_the_copy_cpu": round(annotated["cpu_seconds"] / max(0.001, copied["cpu_seconds"]), 1),
    }


def main() -> None:
    """Print all figures as JSON."""
    parser = argparse.ArgumentParser(description="Measure the annotator.")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--records", type=int, default=200_000)
    arguments = parser.parse_args()
    count = arguments.records
    reference = load_reference("rCRS")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, Any] = {"load_before": os.getloadavg()[0]}
        figures["350_records_in_a_warm_child"] = _small(folder, reference, arguments.rounds)
        files = {
            "sites_only": (count, 0, False),
            "sites_only_all_different": (count // 4, 0, True),
            "100_samples": (count // 20, 100, False),
        }
        for title, (records, samples, distinct) in files.items():
            content = _records(reference, records, samples, distinct=distinct)
            figures[title] = _large(folder, reference, title, content, records)
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    end(main)
