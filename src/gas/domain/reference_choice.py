"""Which reference a file was made on, as far as its header tells: chosen before a byte of it is sent.

Names alone prove nothing: every assembly has a chr1. So lengths decide where a header tells them, the words of its
`##reference` where it does not, and names where they are accessions, which no two sequences share. Where none of these
speaks, a guess is taken and said to be no more than that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

from gas.domain.catalogue import Catalogue, Contig, Entry
from gas.domain.known_assemblies import OLD_MITOCHONDRION_LENGTH, Assembly, by_lengths, by_words, says

_NAMED_AT_MOST = 2
"""As many contigs, or references, as a sentence names."""

_SCRAP = 10
"""Less than one in so many of a file that seems to be made on another assembly is no reason to send it."""

_ACCESSION = re.compile(r"[A-Z]{1,6}_?\d{5,}\.\d+")
"""A sequence's own name with its version, in GenBank or RefSeq: CM000663.2, NC_000001.11, NZ_CP009685.1."""


@dataclass(frozen=True)
class HeaderContig:
    """A contig that a header, or a record, names; its length is None where it is not told."""

    name: str
    length: int | None = None


@dataclass(frozen=True)
class HeaderFacts:
    """What a header says of its reference."""

    contigs: tuple[HeaderContig, ...] = ()
    texts: tuple[str, ...] = ()
    """What its `##reference` and `##assembly` lines say, and the `assembly` of its contigs."""


class Verdict(Enum):
    """How sure a choice is."""

    FITS = "fits"
    UNSURE = "unsure"
    """It is a guess: nothing speaks for another, several fit alike, or the smaller part of the file fits."""
    NONE = "none"
    """Nothing fits, so nothing is chosen."""


class Grade(IntEnum):
    """How much of a file a reference fits."""

    NOT = 0
    """Not at all, or no more than a scrap of what seems to be made on another assembly."""
    PARTLY = 1
    UNKNOWN = 2
    """The header says too little to tell: nothing to compare, or names that other assemblies have, too."""
    FITS = 3


@dataclass(frozen=True)
class Fit:
    """One reference, held against a header."""

    entry: Entry
    grade: Grade
    placed: int
    """Contigs of the header that are in it."""
    strangers: int
    """Contigs that it has no sequence for."""
    clashes: tuple[tuple[HeaderContig, Contig], ...]
    """Contigs of which it has another sequence by the same name."""
    spoken_for: bool
    """Whether the words of the header speak for it."""
    whole: bool
    """Whether the header names all of its contigs."""
    sentence: str
    """Why."""

    @property
    def rank(self) -> tuple[int, bool, int, int, bool]:
        """The larger, the better it fits; two of the same rank fit alike."""
        return self.grade, self.spoken_for, -len(self.clashes), -self.strangers, self.whole


@dataclass(frozen=True)
class Choice:
    """What is chosen for a file, and why."""

    verdict: Verdict
    entry: Entry | None
    """None where nothing fits."""
    sentence: str
    fits: tuple[Fit, ...]
    """Every reference that a new job may have, the best first."""

    @property
    def unasked(self) -> Entry | None:
        """What may be taken where nobody reads the sentence first: what fits, or all that there is if nothing speaks against it."""
        alone = len(self.fits) == 1 and self.fits[0].grade is Grade.UNKNOWN
        return self.entry if alone or self.verdict is Verdict.FITS else None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The names of those that fit no worse than the best by their grade."""
        return tuple(fit.entry.name for fit in self.fits if fit.grade is self.fits[0].grade)


def choose_reference(facts: HeaderFacts, catalogue: Catalogue) -> Choice:
    """The reference for a file with that header."""
    seeming = by_lengths(contig.length for contig in facts.contigs) or by_words(facts.texts)
    # Stable: where the rank is the same, the catalogue's own order stays, the default first.
    fits = tuple(
        sorted(
            (_held_against(entry, facts, seeming) for entry in catalogue.offered),
            key=lambda fit: fit.rank,
            reverse=True,
        )
    )
    if not fits or fits[0].grade is Grade.NOT:
        return Choice(Verdict.NONE, None, _nothing_fits(facts, seeming, fits, catalogue), fits)
    best = [fit for fit in fits if fit.rank == fits[0].rank]
    chosen = best[0]
    if chosen.grade is Grade.FITS and len(best) == 1:
        return Choice(Verdict.FITS, chosen.entry, chosen.sentence, fits)
    return Choice(Verdict.UNSURE, chosen.entry, _unsure(chosen, best, seeming), fits)


@dataclass(frozen=True)
class _Comparison:
    """The contigs of a header, as they stand to one reference."""

    entry: Entry
    facts: HeaderFacts
    own: Assembly | None
    """The known assembly that the reference is of."""
    spoken_for: bool
    """Whether the words of the header speak for it."""
    placed: tuple[HeaderContig, ...]
    strangers: tuple[HeaderContig, ...]
    clashes: tuple[tuple[HeaderContig, Contig], ...]


def _compared(entry: Entry, facts: HeaderFacts) -> _Comparison:
    placed, strangers = list[HeaderContig](), list[HeaderContig]()
    clashes = list[tuple[HeaderContig, Contig]]()
    for contig in facts.contigs:
        own = entry.by_name.get(contig.name)
        if own is None:
            strangers.append(contig)
        elif contig.length in {None, own.length}:
            placed.append(contig)
        else:
            clashes.append((contig, own))
    assembly = _assembly_of(entry)
    return _Comparison(
        entry=entry,
        facts=facts,
        own=assembly,
        spoken_for=_speaks_for(entry, assembly, facts.texts),
        placed=tuple(placed),
        strangers=tuple(strangers),
        clashes=tuple(clashes),
    )


def _held_against(entry: Entry, facts: HeaderFacts, seeming: Assembly | None) -> Fit:
    compared = _compared(entry, facts)
    grade = _grade(compared, seeming)
    return Fit(
        entry=entry,
        grade=grade,
        placed=len(compared.placed),
        strangers=len(compared.strangers),
        clashes=compared.clashes,
        spoken_for=compared.spoken_for,
        whole=len({entry.by_name[contig.name].name for contig in compared.placed}) == len(entry.contigs),
        sentence=_why(compared, grade),
    )


def _grade(compared: _Comparison, seeming: Assembly | None) -> Grade:
    own, facts = compared.own, compared.facts
    if _without_lengths(compared.placed) and None not in {own, seeming} and own != seeming:
        return Grade.NOT
    if not facts.contigs:
        return Grade.FITS if compared.spoken_for else Grade.UNKNOWN
    fitting, all_of_it = _weight(compared.placed, facts), _weight(facts.contigs, facts)
    if not compared.placed or _weight([contig for contig, _ in compared.clashes], facts) > fitting:
        return Grade.NOT
    if seeming is not None and own != seeming and _SCRAP * fitting < all_of_it:
        return Grade.NOT
    if 2 * fitting < all_of_it:
        return Grade.PARTLY
    spoken_for = compared.spoken_for or (own is not None and own == seeming)
    return Grade.FITS if spoken_for or _proven(compared.placed) else Grade.UNKNOWN


def _proven(placed: Sequence[HeaderContig]) -> bool:
    """Whether at least half of these are known to be those of the reference by more than a name that others have, too."""
    own = [each for each in placed if each.length is not None or _ACCESSION.fullmatch(each.name)]
    return 2 * len(own) >= len(placed)


def _assembly_of(entry: Entry) -> Assembly | None:
    """The known assembly that a reference is of, if it is one."""
    return by_lengths(contig.length for contig in entry.contigs) or by_words((entry.assembly, entry.name))


def _speaks_for(entry: Entry, own: Assembly | None, texts: Sequence[str]) -> bool:
    words = (entry.name, entry.assembly, *(own.words if own else ()))
    return any(says(text, words) for text in texts)


def _weight(contigs: Sequence[HeaderContig], facts: HeaderFacts) -> int:
    """How much of the file these are: by their bases, or by their number where a header tells no lengths of some."""
    if any(contig.length is None for contig in facts.contigs):
        return len(contigs)
    return sum(contig.length or 0 for contig in contigs)


def _without_lengths(contigs: Sequence[HeaderContig]) -> bool:
    return all(contig.length is None for contig in contigs)


def _why(compared: _Comparison, grade: Grade) -> str:
    entry, facts, placed = compared.entry, compared.facts, compared.placed
    if not facts.contigs:
        if grade is Grade.FITS:
            return f"The header lists no contigs, but names {entry.assembly or entry.name}."
        return "The header lists no contigs to compare."
    number = len(facts.contigs)
    said = [f"{len(placed):,} of {_contigs(number)} of the file {_have(compared)}."]
    if placed and _without_lengths(placed):
        of_them = "" if _without_lengths(facts.contigs) else " of them"
        said.append(f"The header tells no lengths{of_them} to compare.")
    if compared.clashes:
        said.append(f"{_other_sequences(entry, compared.clashes)}: records there get no consequences.")
    if compared.strangers and placed:
        few = _few([contig.name for contig in compared.strangers])
        said.append(f"It has no {few}: records there get no consequences.")
    return " ".join(said)


def _other_sequences(entry: Entry, clashes: Sequence[tuple[HeaderContig, Contig]]) -> str:
    contig, own = clashes[0]
    old = " (hg19's old one)" if contig.length == OLD_MITOCHONDRION_LENGTH else ""
    more = f", and so it is with {len(clashes) - 1:,} more" if len(clashes) > 1 else ""
    return f"{contig.name} has {contig.length or 0:,} bases in the file{old} and {own.length:,} in {entry.name}{more}"


def _unsure(chosen: Fit, best: Sequence[Fit], seeming: Assembly | None) -> str:
    name = chosen.entry.name
    default = ", the default here" if chosen.entry.default else ""
    like = f"The file seems to be made on {seeming.name}. " if seeming else ""
    if chosen.grade is Grade.PARTLY:
        return f"{like}{chosen.sentence} No other reference here has more of it."
    if chosen.grade is Grade.UNKNOWN and (len(best) == 1 or not chosen.placed):
        return f"{like}{chosen.sentence} So it cannot be told whether {name} fits, which is taken{default}."
    return f"{_few([fit.entry.name for fit in best])} fit alike: {name} is taken{default}. {chosen.sentence}"


def _nothing_fits(
    facts: HeaderFacts, seeming: Assembly | None, fits: Sequence[Fit], catalogue: Catalogue
) -> str:
    here = "; ".join(_described(entry) for entry in catalogue.offered) or "none yet"
    what = f"The file seems to be made on {seeming.name}" if seeming else _unknown_contigs(facts)
    # Those of one name are told, or it would be a riddle why a file with chrM does not fit a reference with chrM.
    nearest = max(fits, key=lambda fit: len(fit.clashes), default=None)
    riddle = f" {_other_sequences(nearest.entry, nearest.clashes)}." if nearest and nearest.clashes else ""
    if not riddle and not _without_lengths(facts.contigs):
        # Lengths that agree would be another.
        riddle = "".join(f" {fit.sentence}" for fit in fits[:1] if fit.placed)
    return f"{what}, and no reference of this installation fits it. There is: {here}.{riddle}"


def _unknown_contigs(facts: HeaderFacts) -> str:
    named = [f"{each.name} of {each.length:,} bases" if each.length else each.name for each in facts.contigs]
    return f"The file is on {_few(named)}"


def _described(entry: Entry) -> str:
    return entry.name if entry.assembly in {"", entry.name} else f"{entry.name} ({entry.assembly})"


def _few(names: Sequence[str]) -> str:
    shown, more = list(names[:_NAMED_AT_MOST]), len(names) - _NAMED_AT_MOST
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join(shown)


def _contigs(number: int) -> str:
    return "1 contig" if number == 1 else f"{number:,} contigs"


def _have(compared: _Comparison) -> str:
    """What those that are in a reference have of it: of some the header may tell no length."""
    placed, name = compared.placed, compared.entry.name
    one = len(placed) == 1
    verb, names = ("has", "name") if one else ("have", "names")
    agreed = sum(contig.length is not None for contig in placed)
    if 0 < agreed < len(placed):
        lengths = "its length" if agreed == 1 else "their lengths"
        return f"{verb} the {names} of {name}, and {agreed:,} of them {lengths}"
    if not agreed and _without_lengths(placed or compared.facts.contigs):
        return f"{verb} the {names} of {name}"
    return f"{verb} the {names} and length{'' if one else 's'} of {name}"
