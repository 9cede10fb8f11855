"""Two answers side by side: what agrees, what is understood, and what is not."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dev.measure.oracle.alleles import Allele
from dev.measure.oracle.answers import Answer
from dev.measure.oracle.opinion.oriented import Oriented

SHOWN = 20
SAID = ("terms", "dna", "protein")


@dataclass(frozen=True)
class Pair:
    """One allele and one transcript, and what two say of them."""

    allele: Allele
    oriented: Oriented
    ours: Answer
    theirs: Answer

    @property
    def differing(self) -> tuple[str, ...]:
        """Which of terms, dna and protein they say something of, and we do not say the same."""
        names = []
        for name in SAID:
            mine, other = getattr(self.ours, name), getattr(self.theirs, name)
            if other is not None and mine != other:
                names.append(name)
        return tuple(names)


@dataclass(frozen=True)
class Explained:
    """A class of differences that is understood: every member meets the predicate."""

    title: str
    source: str
    holds: Callable[[Pair, str], bool]
    """Whether the pair's difference in `terms`, `dna` or `protein` is of this class."""


@dataclass
class Agreement:
    """How two compare on one set of alleles: by kind of allele, and by what is said."""

    title: str
    pairs: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    explained: dict[str, Counter[str]] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    alike: Counter[str] = field(default_factory=Counter)
    unexplained: list[tuple[str, Pair]] = field(default_factory=list)

    def add(self, pairs: Iterable[Pair], classes: Iterable[Explained] = ()) -> None:
        """Count more pairs; a pair is explained when each of its differences is."""
        classes = tuple(classes)
        for pair in pairs:
            kind, differing = pair.allele.kind, pair.differing
            self.pairs[kind] += 1
            for name in SAID:
                if getattr(pair.theirs, name) is not None:
                    self.said[name] += 1
                    self.alike[name] += name not in differing
            reasons = [(name, _reason(pair, name, classes)) for name in differing]
            missing = [name for name, reason in reasons if reason is None]
            if missing:
                self.unexplained.append((missing[0], pair))
            elif reasons:
                self.explained.setdefault(kind, Counter())[str(reasons[0][1])] += 1
            else:
                self.equal[kind] += 1


def _reason(pair: Pair, name: str, classes: tuple[Explained, ...]) -> str | None:
    return next((known.title for known in classes if known.holds(pair, name)), None)


def told(agreement: Agreement) -> str:
    """A few lines for people, with the first differences that nobody has explained."""
    explained = sum((Counter(classes) for classes in agreement.explained.values()), Counter[str]())
    pairs, equal, rest = agreement.pairs.total(), agreement.equal.total(), len(agreement.unexplained)
    figures = f"{pairs:,} pairs, {equal:,} equal, {explained.total():,} explained, {rest:,} unexplained"
    lines = [f"{agreement.title}: {figures}"]
    lines += [f"  {count:,} {title}" for title, count in explained.most_common()]
    for name, pair in agreement.unexplained[:SHOWN]:
        allele, transcript = pair.allele, pair.oriented.transcript
        mine, other = getattr(pair.ours, name), getattr(pair.theirs, name)
        mine, other = (sorted(value) if isinstance(value, frozenset) else value for value in (mine, other))
        strand = "+" if transcript.strand > 0 else "-"
        place = (
            f"{transcript.contig}:{allele.start + 1} {allele.ref}>{allele.alt} {transcript.name} ({strand})"
        )
        lines.append(
            f"    {place} {name}: ours {mine}, theirs {other}; ours {pair.ours.dna} {pair.ours.protein}"
        )
    return "\n".join(lines)
