"""What is compared with what: each trial gives an agreement."""

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dev.measure.oracle import hgvs_weaver, ours, snpeff
from dev.measure.oracle.alleles import Allele, coding_snvs, every_snv, left_aligned, random_alleles, write_vcf
from dev.measure.oracle.answers import Answer, Answers
from dev.measure.oracle.compare import Agreement, Explained, Pair
from dev.measure.oracle.explained import SNPEFF, WEAVER
from dev.measure.oracle.genomes import Genome
from dev.measure.oracle.opinion.edits import Edit, minimal
from dev.measure.oracle.opinion.oriented import Oriented
from dev.measure.oracle.opinion.singles import single
from dev.measure.oracle.opinion.verdict import FLANK, Verdict, verdict
from dev.measure.oracle.paths import Paths, compare_paths
from dev.measure.oracle.vocabulary import shared, short_frameshifts

CHUNK = 20_000
"""Alleles at once: what is said of them is held in memory."""

_NOWHERE = Answer(frozenset())
"""What is said of a transcript that is neither touched nor near."""


@dataclass(frozen=True)
class Others:
    """Another program: what it says, how it is compared, and which differences are understood."""

    name: str
    classes: tuple[Explained, ...]


OTHERS = (Others("hgvs-weaver", WEAVER), Others("snpEff", SNPEFF))


class Bench:
    """One genome with its bundle, and a folder for what is tried on it."""

    def __init__(self, genome: Genome, folder: Path) -> None:
        self.genome = genome
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.oriented = [genome.oriented(transcript) for transcript in genome.transcripts]
        self.by_name = {one.transcript.name: one for one in self.oriented}

    # ---- against the second opinion --------------------------------------------------------------------------------------

    def coding_snvs(self, share: float = 1) -> Agreement:
        """Every change of a coding base, against a map of coordinates and a table of codons."""
        found = Agreement(f"{self.genome.name}: coding SNVs, against the second opinion")
        chance = random.Random(1)  # noqa: S311 - the same alleles each time
        alleles = (one for one in coding_snvs(self.genome) if share >= 1 or chance.random() < share)
        for chunk in _chunks(alleles):
            found.add(self._single_pairs(chunk, self._ours(chunk, distance=0)))
        return found

    def every_snv(self, share: float = 1) -> Agreement:
        """Every change of a base, against the second opinion on every transcript."""
        chance = random.Random(1)  # noqa: S311 - the same alleles each time
        return self.against_the_opinion(
            "SNVs", (one for one in every_snv(self.genome) if share >= 1 or chance.random() < share)
        )

    def longer(self, count: int) -> Agreement:
        """Insertions, deletions and complex alleles, against the second opinion on every transcript."""
        return self.against_the_opinion("longer alleles", random_alleles(self.genome, count, 20, snvs=False))

    def against_the_opinion(self, kind: str, alleles: Iterable[Allele]) -> Agreement:
        """Any alleles, against the second opinion on every transcript; what it does not decide differs."""
        found = Agreement(f"{self.genome.name}: {kind}, against the second opinion")
        for chunk in _chunks(alleles):
            found.add(self._opinion_pairs(chunk, self._ours(chunk)))
        return found

    def _single_pairs(self, alleles: Sequence[Allele], said: Answers) -> Iterator[Pair]:
        for place, allele in enumerate(alleles):
            edit = Edit(allele.start, allele.start + 1, allele.alt)
            for oriented in self._near(allele, 0):
                told = single(oriented, edit)
                if told is not None:
                    mine = said.get((place, oriented.transcript.name), _NOWHERE)
                    yield Pair(allele, oriented, mine, _answer(told))

    def _opinion_pairs(self, alleles: Sequence[Allele], said: Answers) -> Iterator[Pair]:
        for place, allele in enumerate(alleles):
            edit = minimal(allele.start, allele.ref, allele.alt)
            assert edit is not None
            for oriented in self._near(allele, 2 * FLANK):
                told = verdict(oriented, edit)
                mine = said.get((place, oriented.transcript.name), _NOWHERE)
                theirs = Answer(frozenset({"undecided"})) if told is None else _answer(told)
                if mine != _NOWHERE or theirs.terms != frozenset():
                    yield Pair(allele, oriented, mine, theirs)

    def _near(self, allele: Allele, distance: int) -> Iterator[Oriented]:
        """Transcripts within a distance; on a circular genome, all of them."""
        if self.genome.circular:
            yield from self.oriented
            return
        low, high = allele.start - distance, allele.start + len(allele.ref) + distance
        starts, ordered, longest = self._ordered
        for one in ordered[bisect_left(starts, low - longest) : bisect_left(starts, high + 1)]:
            if one.transcript.end >= low:
                yield one

    @property
    def _ordered(self) -> tuple[list[int], list[Oriented], int]:
        if not hasattr(self, "_sorted"):
            ordered = sorted(self.oriented, key=lambda one: one.transcript.start)
            longest = max(one.transcript.end - one.transcript.start for one in ordered)
            self._sorted = ([one.transcript.start for one in ordered], ordered, longest)
        return self._sorted

    # ---- against other programs ------------------------------------------------------------------------------------------

    def other(self, others: Others, count: int, *, snvs: bool) -> Agreement:
        """Random alleles, left-aligned as files have them, against another program."""
        kind = "SNVs" if snvs else "longer alleles"
        found = Agreement(f"{self.genome.name}: {kind}, against {others.name}")
        alleles = random_alleles(self.genome, count, 30 + snvs, snvs=snvs)
        for chunk in _chunks(sorted({left_aligned(self.genome, allele) for allele in alleles})):
            said = self._ours(chunk)
            found.add(self._pairs(chunk, said, self._theirs(others, chunk, said)), others.classes)
        return found

    def _theirs(self, others: Others, alleles: Sequence[Allele], said: Answers) -> Answers:
        if others.name == "snpEff":
            return snpeff.answers(self.genome, self.folder / "alleles.vcf", self.folder)
        asked = [
            (place, alleles[place], self.by_name[name])
            for (place, name), answer in said.items()
            if answer.dna or answer.protein
        ]
        return hgvs_weaver.answers(self.genome, asked)

    def _pairs(self, alleles: Sequence[Allele], said: Answers, theirs: Answers) -> Iterator[Pair]:
        for (place, name), answer in theirs.items():
            oriented = self.by_name.get(name)
            if oriented is None or oriented.recoded:
                continue
            both = short_frameshifts(shared(said.get((place, name), Answer())), shared(answer))
            yield Pair(alleles[place], oriented, *both)

    # ---- the engine's two paths --------------------------------------------------------------------------------------------

    def paths(self) -> Paths:
        """Every change of a coding base on both of the engine's paths."""
        return compare_paths(self.genome, ours.bundle(self.genome, self.folder))

    def _ours(self, alleles: Sequence[Allele], *, distance: int = FLANK) -> Answers:
        vcf = self.folder / "alleles.vcf"
        write_vcf(vcf, self.genome, alleles)
        return ours.answers(self.genome, vcf, self.folder, distance=distance)


def _answer(told: Verdict) -> Answer:
    return Answer(told.terms, told.dna, told.protein)


def _chunks(alleles: Iterable[Allele]) -> Iterator[list[Allele]]:
    rest = iter(alleles)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
