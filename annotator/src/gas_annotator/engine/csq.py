"""Asks bcftools csq what alleles do. It only ever sees sites that we wrote ourselves, since uploads can crash it."""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools

from gas_annotator.engine.errors import EngineError
from gas_annotator.engine.reference import Reference


class Allele(NamedTuple):
    """One change at one place of the reference; bases in upper case, A, C, G and T only."""

    position: int
    before: bytes
    after: bytes


class Prediction(NamedTuple):
    """One entry of csq's answer, still in csq's words."""

    consequence: str
    symbol: str
    amino_acids: str
    dna: str


_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
_TAG = "BCSQ="
_RUNS = itertools.count()
"""Runs of this process. csq keeps the last contig number and position in static variables, and refuses the next run if
its first site lies before them. So each other run declares another contig first: ours then has another number."""

_OTHER_CONTIG = "##contig=<ID=_,length=1>\n"
_AMINO_ACIDS = 50
"""Amino acids that csq spells out on each side of a change; else a frame shift repeats the rest of the protein."""

_FAILURES = 1000
"""Failing runs of one job. One bad allele costs about a dozen; more means that csq itself is broken here."""


class Predictor:
    """Runs csq on batches of alleles, with two scratch files in a folder of ours."""

    def __init__(self, reference: Reference, scratch: Path) -> None:
        self._reference = reference
        self._sites = scratch / "sites.vcf"
        self._answer = scratch / "answer.vcf"
        self._failures = 0

    def predict(self, alleles: Iterable[Allele]) -> dict[Allele, list[Prediction]]:
        """What csq says of each allele. An allele that makes csq fail is left out; the others keep their answers."""
        return self._predict(sorted(alleles))

    def _predict(self, alleles: Sequence[Allele]) -> dict[Allele, list[Prediction]]:
        """Halve a failing batch until the allele at fault stands alone."""
        try:
            self._run(alleles)
        except pysam.SamtoolsError as error:
            self._failures += 1
            if self._failures > _FAILURES:
                raise EngineError("bcftools csq fails again and again") from error
            if len(alleles) == 1:
                return {}
            middle = len(alleles) // 2
            return self._predict(alleles[:middle]) | self._predict(alleles[middle:])
        return self._read(alleles)

    def _run(self, alleles: Sequence[Allele]) -> None:
        """Write the sites and call csq: local (-l), since unphased sites have no haplotypes; quiet (-v 0)."""
        reference = self._reference
        with self._sites.open("w", encoding="ascii") as sites:
            other = _OTHER_CONTIG if next(_RUNS) % 2 else ""
            contig = f"##contig=<ID={reference.contig},length={reference.length}>\n"
            sites.write(f"##fileformat=VCFv4.3\n{other}{contig}{_COLUMNS}")
            sites.writelines(
                f"{reference.contig}\t{allele.position}\t{number}\t{allele.before.decode('ascii')}"
                f"\t{allele.after.decode('ascii')}\t.\t.\t.\n"
                for number, allele in enumerate(alleles)
            )
        # The answer goes to a file: csq writing to standard output through pysam can abort the interpreter.
        pysam.bcftools.csq(
            *("-l", "-v", "0", "-B", str(_AMINO_ACIDS), "-C", str(reference.genetic_code)),
            *("-f", str(reference.fasta), "-g", str(reference.gff)),
            *("-O", "v", "-o", str(self._answer), str(self._sites)),
            catch_stdout=False,
        )

    def _read(self, alleles: Sequence[Allele]) -> dict[Allele, list[Prediction]]:
        """Answers by allele; the ID column carries the allele's number."""
        answers: dict[Allele, list[Prediction]] = {}
        with self._answer.open(encoding="ascii") as lines:
            for line in lines:
                if line.startswith("#"):
                    continue
                columns = line.rstrip("\n").split("\t")
                answers[alleles[int(columns[2])]] = list(_predictions(columns[7]))
        return answers


def _predictions(info: str) -> Iterable[Prediction]:
    """Entries of the INFO column: consequence, gene, transcript, biotype, strand, amino acids, DNA."""
    if not info.startswith(_TAG):
        return
    for entry in info.removeprefix(_TAG).split(","):
        parts = entry.split("|")
        if len(parts) > 1:
            padded = parts + [""] * 7
            yield Prediction(padded[0], padded[1], padded[5], padded[6])
