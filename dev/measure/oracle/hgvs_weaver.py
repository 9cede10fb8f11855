"""What hgvs-weaver says: c. and p. of alleles of nuclear, complete coding transcripts."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from dev import ROOT
from dev.measure.oracle.alleles import Allele
from dev.measure.oracle.answers import Answer, Answers, bare
from dev.measure.oracle.genomes import Genome
from dev.measure.oracle.opinion.edits import Edit, minimal, places
from dev.measure.oracle.opinion.oriented import Oriented

VERSION = "1.0.1"
_ENVIRONMENT = ROOT / ".venv-oracle"


def answers(genome: Genome, pairs: Iterable[tuple[int, Allele, Oriented]]) -> Answers:
    """What it says of pairs of an allele, with its number, and a transcript."""
    asked, keys, models = [], [], {}
    for number, allele, oriented in pairs:
        edit = minimal(allele.start, allele.ref, allele.alt)
        if edit is None or not _complete(oriented):
            continue
        name = oriented.transcript.name
        keys.append((number, name))
        asked.append((_genomic(genome.bases, places(genome.bases, edit)[1]), name))
        models[name] = {
            "strand": oriented.transcript.strand,
            "exons": oriented.transcript.exons,
            "coding": oriented.coding,
            "spliced": oriented.spliced,
            "protein": oriented.protein.rstrip("*"),
        }
    question = {"contig": genome.contig, "bases": genome.bases, "transcripts": models, "pairs": asked}
    command = [str(_python()), str(Path(__file__).with_name("hgvs_weaver_side.py"))]
    said = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, check=True, timeout=3600
    )
    return {
        key: Answer(None, dna and bare(dna), protein and bare(protein))
        for key, (dna, protein) in zip(keys, json.loads(said.stdout), strict=True)
    }


def _complete(oriented: Oriented) -> bool:
    """Whether the transcript is one that weaver can read: it knows the standard code, and no incomplete ends."""
    if not oriented.coding or oriented.transcript.phase or oriented.code != 1:
        return False
    return oriented.protein.startswith("M") and oriented.protein.find("*") == len(oriented.protein) - 1


def _genomic(bases: str, edit: Edit) -> str:
    """An edit, as far 3' as it goes, as g. without its accession."""
    copied = edit.start - len(edit.new)
    if edit.start == edit.end and bases[max(0, copied) : edit.start] == edit.new:
        return f"{copied + 1}dup" if len(edit.new) == 1 else f"{copied + 1}_{edit.start}dup"
    if edit.start == edit.end:
        return f"{edit.start}_{edit.start + 1}ins{edit.new}"
    span = str(edit.start + 1) if edit.end - edit.start == 1 else f"{edit.start + 1}_{edit.end}"
    if not edit.new:
        return f"{span}del"
    if edit.end - edit.start == len(edit.new) == 1:
        return f"{span}{bases[edit.start]}>{edit.new}"
    return f"{span}delins{edit.new}"


def _python() -> Path:
    """An interpreter that has hgvs-weaver; its dependency maturin, a build tool, is left out."""
    python = _ENVIRONMENT / "bin/python"
    if not (_ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(_ENVIRONMENT)], check=True, timeout=120)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", f"hgvs-weaver=={VERSION}"]
        subprocess.run(install, check=True, timeout=600)
        (_ENVIRONMENT / "ready").touch()
    return python
