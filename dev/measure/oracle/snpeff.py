"""What snpEff says (Debian's package), from the same GFF3 and FASTA."""

import shutil
import subprocess
from pathlib import Path

from dev.measure.oracle.answers import Answer, Answers, bare
from dev.measure.oracle.genomes import Genome

_CODES = {1: "Standard", 2: "Vertebrate_Mitochondrial"}
_FIELDS = 16
_COLUMNS = 8


def available() -> bool:
    """Whether the program is there."""
    return shutil.which("snpEff") is not None


def answers(genome: Genome, vcf: Path, folder: Path) -> Answers:
    """Give everything that it says of the file's alleles; the ID of a record is the allele's number."""
    config = database(genome, folder)
    command = [
        "snpEff",
        "ann",
        "-c",
        str(config),
        "-noStats",
        "-noLog",
        "-hgvs",
        "-ud",
        "5000",
        "ours",
        str(vcf),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=3600).stdout
    found: dict[tuple[int, str], Answer] = {}
    for line in said.splitlines():
        columns = line.split("\t")
        if line.startswith("#") or len(columns) < _COLUMNS:
            continue  # Debian's start script says its arguments first.
        info = next((part[4:] for part in columns[7].split(";") if part.startswith("ANN=")), "")
        for entry in info.split(","):
            fields = entry.split("|")
            if len(fields) == _FIELDS and fields[5] == "transcript":
                name = fields[6].removeprefix("rna-").removeprefix("transcript:")
                found[int(columns[2]), name] = Answer(
                    frozenset(fields[1].split("&")), bare(fields[9]), bare(fields[10])
                )
    return found


def database(genome: Genome, folder: Path) -> Path:
    """Build its database once in the folder; the path of its configuration."""
    config, data = folder / "snpEff.config", folder / "ours"
    if config.exists():
        return config
    data.mkdir(parents=True, exist_ok=True)
    (data / "sequences.fa").write_text(f">{genome.contig}\n{genome.bases}\n", encoding="ascii")
    _write_models(genome, data / "genes.gff")
    half = folder / "half.config"
    half.write_text(
        f"data.dir = {folder}\nours.genome : ours\nours.{genome.contig}.codonTable : {_CODES[genome.code]}\n"
        + "".join(f"codon.{name}: {_table(code)}\n" for code, name in _CODES.items()),
        encoding="ascii",
    )
    command = [
        "snpEff",
        "build",
        "-gff3",
        "-noCheckCds",
        "-noCheckProtein",
        "-noLog",
        "-c",
        str(half),
        "ours",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=3600)
    half.rename(config)
    return config


def _table(code: int) -> str:
    """A genetic code as its configuration writes it."""
    from dev.measure.oracle.opinion.codes import CODONS  # noqa: PLC0415 - a table of the other opinion, needed here alone
    from dev.measure.oracle.opinion.verdict import START_CODONS  # noqa: PLC0415

    return ", ".join(
        f"{codon}/{letter}{'+' if codon in START_CODONS[code] else ''}"
        for codon, letter in CODONS[code].items()
    )


def _write_models(genome: Genome, target: Path) -> None:
    """The same transcripts in the plainest GFF3: of RefSeq's own it loses strands and joins genes."""
    with target.open("w", encoding="ascii") as lines:
        lines.write("##gff-version 3\n")
        for number, transcript in enumerate(genome.transcripts):
            strand = "+" if transcript.strand > 0 else "-"
            whole = (transcript.start, transcript.end)
            kind, biotype = ("mRNA", "protein_coding") if transcript.coding else ("transcript", "ncRNA")
            gene, name = f"gene{number}", transcript.name

            def write(
                kind: str, place: tuple[int, int], attributes: str, phase: str = ".", side: str = strand
            ) -> None:
                columns = (genome.contig, "ours", kind, place[0] + 1, place[1], ".", side, phase, attributes)
                lines.write("\t".join(map(str, columns)) + "\n")

            write("gene", whole, f"ID={gene};Name={gene};biotype={biotype}")
            write(kind, whole, f"ID={name};Parent={gene};biotype={biotype}")
            for first, last in transcript.exons:
                write("exon", (first, last), f"ID=exon{number}_{first};Parent={name}")
            done = transcript.phase
            for first, last in transcript.coding[:: transcript.strand]:
                write("CDS", (first, last), f"ID=cds{number};Parent={name}", phase=str((3 - done) % 3))
                done = (done + last - first) % 3
