"""A second reference for the platform on one machine: yeast's chromosome I, with invented known variants, built and published."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from dev.run.genome_packages import YEAST, GenomeFiles, GenomePackageError, genome_files
from dev.run.up.built_reference import BuiltReference
from dev.run.up.programs import run_program
from dev.run.up.yeast_inputs import SOURCE, Yeast, write_known, write_sample

NAME = "yeast-I"
TITLE = "Baker's yeast S288C, chromosome I"

FETCH_SECONDS = 60.0
"""The package has 0.8 MB; the platform goes on without it."""


def prepare_yeast(
    folder: Path, sample: Path | None, say: Callable[[str], None], over: Event | None = None
) -> BuiltReference | None:
    """Build the reference into a folder, and write a sample; None where no sample is wanted, and where its genome cannot be had.

    That it cannot be had is said.

    Raises:
        PlatformError: it could not be built.
        EndedError: `over` was set meanwhile: nobody needs it any more.
    """
    if sample is None:
        return None
    try:
        files = genome_files(YEAST, say, seconds=FETCH_SECONDS, over=over)
    except GenomePackageError as error:
        say(f"Without yeast: {error}. The platform goes on with rCRS alone, and the next start tries again.")
        return None
    yeast, known, bundle = Yeast.read(files), folder / "known.vcf", folder / NAME
    write_known(known, yeast)
    write_sample(sample, yeast)
    run_program("reference", *build_arguments(files, known, bundle), settings={}, over=over)
    return BuiltReference(NAME, bundle, sample)


def build_arguments(files: GenomeFiles, known: Path, bundle: Path) -> list[str]:
    """What `gas-reference` is told to build."""
    return [
        "build",
        NAME,
        f"--title={TITLE}",
        "--assembly=R64",
        "--gene-release=SGD R64-5-1",
        "--source=sequence=NCBI RefSeq,GCF_000146045.2",
        "--source=genes=SGD in RefSeq's form,R64-5-1",
        f"--fasta={files.fasta}",
        f"--gff3={files.gff3}",
        f"--known={SOURCE}={known}",
        f"--fields={SOURCE}=ID,NOTE:significance,AF:frequency",
        f"--release={SOURCE}=demo",
        f"--licence={SOURCE}=Invented for the demo: nobody's",
        f"--output={bundle}",
    ]
