"""The references beside rCRS of a run on a cluster, built before the node is entered: no registry is reached from there."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from dev.run.genome_packages import FLY, GenomeFiles, GenomePackageError, genome_files
from dev.run.up.built_reference import BuiltReference
from dev.run.up.errors import PlatformError
from dev.run.up.programs import run_program
from dev.run.up.yeast_reference import NAME as YEAST
from dev.run.up.yeast_reference import prepare_yeast
from gas_engine.reference.fasta import sequences
from kube.errors import ClusterError

FRUIT_FLY = "fly-4"

_EVERY = 5_000
"""Bases between two changes of the sample: some hundreds."""


def build_references(folder: Path, say: Callable[[str], None], *, fly: bool = False) -> str:
    """Build yeast's first chromosome, and the fruit fly's fourth where it is wanted, each with a sample, anew into a folder.

    Returns where they lie; nothing when their genomes could not be had, which is said.

    Raises:
        ClusterError: one could not be built.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yeast = prepare_yeast(folder, BuiltReference.beneath(folder, YEAST).sample, say)
        if fly:
            _build_fly(BuiltReference.beneath(folder, FRUIT_FLY), genome_files(FLY, say))
    except GenomePackageError as error:
        say(f"Without the fruit fly: {error}.")
        return ""
    except PlatformError as error:
        raise ClusterError(str(error)) from error
    return str(folder) if yeast else ""


def _build_fly(reference: BuiltReference, files: GenomeFiles) -> None:
    run_program(
        "reference",
        "build",
        reference.name,
        "--title=Fruit fly, chromosome 4",
        "--assembly=Release 6",
        f"--fasta={files.fasta}",
        f"--gff3={files.gff3}",
        f"--output={reference.bundle}",
        settings={},
    )
    reference.sample.write_text("".join(changes(files.fasta, _EVERY)), encoding="ascii")


def changes(fasta: Path, every: int) -> Iterator[str]:
    """The lines of a VCF with a change of a base every so many bases of the one sequence of a file."""
    [chromosome] = sequences(fasta)
    bases = chromosome.bases.decode("ascii")
    yield f"##fileformat=VCFv4.2\n##contig=<ID={chromosome.name},length={len(bases)}>\n"
    yield "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    for place in range(every, len(bases), every):
        if bases[place] in "ACGT":
            yield f"{chromosome.name}\t{place + 1}\t.\t{bases[place]}\t{'A' if bases[place] != 'A' else 'C'}\t.\t.\t.\n"
