"""What the engine says: a bundle built by `gas-reference` and a file annotated by `gas-annotate`, as anybody runs them."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

from dev.oracle.answers import Answer, Answers, bare
from dev.oracle.genomes import Genome

_FORMAT = re.compile(r'##INFO=<ID=CSQ,.*Format: ([^"]+)"')


def bundle(genome: Genome, folder: Path) -> Path:
    """Build the genome's bundle in the folder, once."""
    path = folder / "bundle"
    if not path.exists():
        command = [
            _command("gas-reference"),
            "build",
            genome.name,
            "--fasta",
            str(genome.fasta),
            "--gff3",
            str(genome.gff3),
        ]
        command += ["--genetic-code", f"{genome.contig}={genome.code}", "--output", str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=1200)
    return path


def answers(genome: Genome, vcf: Path, folder: Path) -> Answers:
    """Everything that it says of the file's alleles; the ID of a record is the allele's number."""
    command = [
        _command("gas-annotate"),
        str(vcf),
        "-o",
        str(folder / "annotated"),
        "--reference",
        str(bundle(genome, folder)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=3600)
    (result,) = (folder / "annotated").glob(f"{vcf.stem}.annot.vcf.gz")
    found: dict[tuple[int, str], Answer] = {}
    names: list[str] = []
    with gzip.open(result, "rt") as lines:
        for line in lines:
            if line.startswith("#"):
                if declared := _FORMAT.match(line):
                    names = declared[1].strip().split("|")
                continue
            columns = line.rstrip("\n").split("\t")
            info = next((part[4:] for part in columns[7].split(";") if part.startswith("CSQ=")), "")
            for entry in filter(None, info.split(",")):
                fields = dict(zip(names, entry.split("|"), strict=True))
                if fields["Feature"]:
                    said = Answer(
                        frozenset(fields["Consequence"].split("&")),
                        bare(fields["HGVSc"]),
                        bare(fields["HGVSp"]),
                    )
                    found[int(columns[2]), fields["Feature"]] = said
    return found


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
