"""Two answers side by side: what agrees, what is understood, and what is not."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dev.oracle.alleles import Allele
from dev.oracle.answers import Answer
from dev.oracle.opinion.oriented import Oriented

SHOWN = 20


@dataclass(frozen=True)
class Pair:
    """One allele and one transcript, and what two say of them."""

    allele: Allele
    oriented: Oriented
    ours: Answer
    theirs: Answer

    @property
    def differing(self) -> tuple[str, ...]:
        """Which of terms, dna and protein both say something of, and not the same."""
        names = []
        for name in ("terms", "dna", "protein"):
            mine, other = getattr(self.ours, name), getattr(self.theirs, name)
            if mine is not None and other is not None and mine != other:
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
    """How two compare on one set of alleles."""

    title: str
    pairs: int = 0
    equal: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[tuple[str, Pair]] = field(default_factory=list)

    @property
    def explained_share(self) -> float:
        """Pairs with an explained difference, of all."""
        return sum(self.explained.values()) / self.pairs if self.pairs else 0.0


def compare(title: str, pairs: Iterable[Pair], classes: Iterable[Explained]) -> Agreement:
    """Count the pairs; a pair is explained when each of its differences is."""
    found, classes = Agreement(title), tuple(classes)
    for pair in pairs:
        found.pairs += 1
        reasons = [(name, _reason(pair, name, classes)) for name in pair.differing]
        missing = [name for name, reason in reasons if reason is None]
        if missing:
            found.unexplained.append((missing[0], pair))
        elif reasons:
            found.explained[str(reasons[0][1])] += 1
        else:
            found.equal += 1
    return found


def _reason(pair: Pair, name: str, classes: tuple[Explained, ...]) -> str | None:
    return next((known.title for known in classes if known.holds(pair, name)), None)


def told(agreement: Agreement) -> str:
    """A few lines for people, with the first differences that nobody has explained."""
    lines = [
        f"{agreement.title}: {agreement.pairs:,} pairs, {agreement.equal:,} equal, {len(agreement.unexplained):,} unexplained"
    ]
    lines += [f"  {count:,} {title}" for title, count in agreement.explained.most_common()]
    kinds = Counter(name for name, _ in agreement.unexplained)
    lines += [f"  {count:,} differ in {name}" for name, count in kinds.items()]
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
