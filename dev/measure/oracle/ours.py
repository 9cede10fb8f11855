"""What the engine says: a bundle built by `gas-reference` and a file annotated by `gas-annotate`, as anybody runs them."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

from dev.measure.oracle.answers import Answer, Answers, bare
from dev.measure.oracle.genomes import Genome

_FORMAT = re.compile(r'##INFO=<ID=CSQ,.*Format: ([^"]+)"')


def bundle(genome: Genome, folder: Path) -> Path:
    """Build the genome's bundle in the folder, once."""
    path = folder / "bundle"
    if not path.exists():
        files = ["--fasta", str(genome.fasta), "--gff3", str(genome.gff3)]
        code = ["--genetic-code", f"{genome.contig}={genome.code}"]
        command = [
            _command("gas-reference"),
            "build",
            genome.name.replace(" ", "-"),
            *files,
            *code,
            "-o",
            str(path),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=1200)
    return path


def answers(genome: Genome, vcf: Path, folder: Path, *, distance: int = 5000) -> Answers:
    """Everything that it says of the file's alleles; the ID of a record is the allele's number."""
    reference = ["--reference", str(bundle(genome, folder)), "--distance", str(distance)]
    command = [_command("gas-annotate"), str(vcf), "-o", str(folder / "annotated"), *reference]
    subprocess.run(command, check=True, capture_output=True, timeout=3600)
    (result,) = (folder / "annotated").glob(f"{vcf.stem}.annot.vcf.gz")
    return read_answers(
        result, {named(transcript.name): transcript.name for transcript in genome.transcripts}
    )


def read_answers(result: Path, names: dict[str, str]) -> Answers:
    """The entries of an annotated file, of the transcripts named."""
    found: dict[tuple[int, str], Answer] = {}
    fields: list[str] = []
    with gzip.open(result, "rt") as lines:
        for line in lines:
            if line.startswith("#"):
                if declared := _FORMAT.match(line):
                    fields = declared[1].strip().split("|")
                    wanted = [fields.index(one) for one in ("Feature", "Consequence", "HGVSc", "HGVSp")]
                continue
            columns = line.rstrip("\n").split("\t")
            info = next((part[4:] for part in columns[7].split(";") if part.startswith("CSQ=")), "")
            for entry in filter(None, info.split(",")):
                values = entry.split("|")
                name, terms, dna, protein = (values[place] for place in wanted)
                if name in names:
                    told = Answer(frozenset(terms.split("&")), bare(dna), bare(protein))
                    found[int(columns[2]), names[name]] = told
    return found


def named(transcript: str) -> str:
    """A transcript's name as a CSQ entry holds it."""
    return transcript.replace("|", "&").replace(",", "&").replace(" ", "_")


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
