"""Measures what a small file costs on a bundle of human size that is on the node, beside what it costs on the built-in reference.

python -m dev.measure.bench.nearby BUNDLE FASTA

Both go the annotator's own way: a nursery that has been started, and a child for each file; in turn, so that the machine's other
work weighs on both. The first file of the bundle is told apart: with it the nursery loads it.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from dev.ending import end
from dev.measure.bench import measured, variants
from gas.ports.runner import Annotated
from gas_annotator.child import ChildLimits
from gas_annotator.engine import REFERENCES, EngineLimits
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner

RECORDS = 350
ROUNDS = 20
_LIMITS = ChildLimits(cpu_seconds=600, memory_bytes=2**31, file_bytes=2**34, wall_seconds=600.0)


class Bench:
    """One nursery, and a folder to work in."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._folder = folder
        self._runner = ChildRunner(nursery, EngineLimits(), _LIMITS)
        self._jobs = 0

    def seconds(self, source: Path, bundle: Path | None) -> float:
        """From the task to the verdict.

        Raises:
            SystemExit: the file was not annotated.
        """
        self._jobs += 1
        output = self._folder / f"job-{self._jobs}"
        output.mkdir()
        began = time.perf_counter()
        run = self._runner.start(source, "few.vcf.gz", "rCRS", output, bundle=bundle)
        while (outcome := run.poll(60.0)) is None:
            pass
        took = time.perf_counter() - began
        if not isinstance(outcome, Annotated) or outcome.variants != RECORDS:
            raise SystemExit(f"the small file was not annotated: {outcome}")
        return took


def main(argv: list[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m dev.measure.bench.nearby", description=__doc__)
    parser.add_argument("bundle", type=Path, help="a bundle, such as of dev.measure.bench.genomes")
    parser.add_argument("fasta", type=Path, help="the sequence that it was built from")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch, closing(Nursery(["rCRS"])) as nursery:
        folder = Path(scratch)
        ours, theirs = folder / "mt.vcf.gz", folder / "human.vcf.gz"
        own = Path(shutil.copy(REFERENCES / "rCRS" / "rCRS.fa", folder))  # An index is written beside it.
        variants.write(own, ours, RECORDS, seed=5)
        variants.write(chosen.fasta, theirs, RECORDS, seed=5)
        nursery.await_ready()
        bench = Bench(folder, nursery)
        bench.seconds(ours, None)
        first = bench.seconds(theirs, chosen.bundle.resolve())
        pairs = [
            (bench.seconds(ours, None), bench.seconds(theirs, chosen.bundle.resolve())) for _ in range(ROUNDS)
        ]
    mt, human = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
    size = sum(path.stat().st_size for path in chosen.bundle.glob("*.bin")) / 1e9
    print(f"{RECORDS} records, median of {ROUNDS}, load {measured.load()}")
    print(f"built-in rCRS: {mt:.0f} ms; bundle of {size:.2f} GB: {human:.0f} ms, {human / mt:.2f} times")
    print(f"the first file of the bundle, with its loading: {first * 1000:.0f} ms")
    return 0


if __name__ == "__main__":
    end(main)
