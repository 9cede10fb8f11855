"""An engine that is not ours, for a run on our own node: an annotator's image that holds it, and bundles that name its programs.

All is made before the node is entered, from which no registry is reached. The database is made by the very snpEff that
annotates, and so is what it says of the sample without us.
"""

import hashlib
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from dev import ROOT
from dev.run import snpeff
from dev.run.cluster.base import SNPEFF, reference_of
from dev.run.cluster.genomes import changes
from dev.run.cluster.images import FOLDER, LOCAL_REGISTRY, Builder, Built, find_builder
from dev.run.up.built_reference import BuiltReference
from dev.run.up.errors import PlatformError
from dev.run.up.programs import run_program
from kube.errors import ClusterError
from kube.shelf import default_cache_dir, filled

REPOSITORY = "gas-annotator-snpeff"
ARCHIVE = FOLDER / "annotator-snpeff.tar"

NAME = "rCRS-snpEff"
SAID = "said.vcf"
"""The file, beside the bundles, that snpEff makes of the sample without us."""

PROBE = "rCRS-probe"
"""The bundle whose command annotates nothing: it tries to reach what is none of its business, says what it reached, and fails."""

PROBE_VERSION = "probe 1.0"
PROBE_CODE = 7
PROBE_SCRIPT = r"""
reach() { if (eval "$2") > /dev/null 2>&1; then found="$found $1"; fi; }
reach keys 'test -n "$AWS_SECRET_ACCESS_KEY"'
reach users 'cat /etc/passwd'
reach tmp 'echo x > /tmp/probe && rm /tmp/probe'
reach work 'echo x > /work/probe && rm /work/probe'
reach network 'exec 3<> /dev/tcp/127.0.0.1/8082'
echo "it reached:${found:- nothing}" >&2
test -z "$found" || test "$1" = 0 || exit 99
exit "$1"
"""
"""For bash, with the exit code as its argument: its own where it reached nothing, since the log tells no words. Outside of the cage it reaches all of it, as the annotator's own user."""

JAVA = "/etc/java-17-openjdk"
FOLDERS = ("/usr/bin", *snpeff.READS, JAVA)
"""What an installation lists for Debian's snpEff, as docs/references.md has it."""

_EVERY = 50
"""Bases between two changes of the sample: 331 of them."""


def build_foreign_engine(folder: Path, tag: str, say: Callable[[str], None]) -> Built:
    """Build the image, and anew into a folder both bundles, the sample, and what snpEff says of it.

    Raises:
        ClusterError: something could not be built.
    """
    builder = find_builder(say)
    say("building the image of an annotator with snpEff and without a Python of its own")
    reference = f"{LOCAL_REGISTRY}/{REPOSITORY}:{tag}"
    built = builder.build(ROOT, "annotator", reference, ARCHIVE, SNPEFF)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known = BuiltReference.beneath(folder, NAME)
    known.sample.write_text(sample(), encoding="ascii")
    made = _asked_without_us(builder, known.sample, say)
    shutil.copy(made / SAID, folder / SAID)
    try:
        run_program("reference", *snpeff_arguments(known.bundle, made / "command"), settings={})
        run_program("reference", *probe_arguments(folder / PROBE), settings={})
    except PlatformError as error:
        raise ClusterError(str(error)) from error
    return built


def sample() -> str:
    """A VCF with changes of the whole mitochondrion."""
    return "".join(changes(snpeff.MITOCHONDRION / snpeff.SEQUENCE, _EVERY))


def snpeff_arguments(bundle: Path, database: Path) -> list[str]:
    """What `gas-reference` is told to build of snpEff and its database."""
    reads = [f"--command-reads={path}" for path in (*snpeff.READS, JAVA)]
    files = f"--command-files={database}"
    return [*_building(NAME, bundle), *_command(snpeff.ARGUMENTS, snpeff.VERSION), files, *reads]


def probe_arguments(bundle: Path) -> list[str]:
    """What `gas-reference` is told to build of the probe."""
    # Where it may not ask what its input is, bash takes that for a connection, and would read its settings.
    command = ("/usr/bin/bash", "--norc", "-c", PROBE_SCRIPT, "probe", str(PROBE_CODE))
    return [*_building(PROBE, bundle), *_command(command, PROBE_VERSION)]


def _building(name: str, bundle: Path) -> list[str]:
    return ["build", name, f"--fasta={snpeff.MITOCHONDRION / snpeff.SEQUENCE}", f"--output={bundle}"]


def _command(arguments: tuple[str, ...], version: str) -> list[str]:
    tags = [f"--command-tag={tag}" for tag in snpeff.TAGS]
    return [f"--command={shlex.join(arguments)}", f"--command-version={version}", *tags]


def _asked_without_us(builder: Builder, vcf: Path, say: Callable[[str], None]) -> Path:
    """The folder in the cache with snpEff's database and what it says of a file, made first when it is not there."""
    call = shlex.join(each.replace("{bundle}", ".") for each in snpeff.ARGUMENTS)
    script = f"{snpeff.DATABASE}{call} < {vcf.name} > {SAID}\n"
    files = [snpeff.MITOCHONDRION / snpeff.SEQUENCE, snpeff.MITOCHONDRION / snpeff.GENES, vcf]
    content = [reference_of(SNPEFF).encode(), script.encode(), *(file.read_bytes() for file in files)]
    digest = hashlib.sha256(b"\0".join(content)).hexdigest()[:12]

    def fill(folder: Path) -> None:
        say("building snpEff's database of the mitochondrion")
        snpeff.lay_out(folder)
        shutil.copy(vcf, folder)
        builder.run(SNPEFF, script, folder)

    return filled(default_cache_dir() / "snpeff" / digest, "building snpEff's database", fill, say)
