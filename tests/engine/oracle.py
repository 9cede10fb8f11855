"""What an allele does to a transcript, worked out apart from the engine and in another way.

The contig is edited as text, and message and protein are made anew from the edited text. Two ways of writing a change are the
same if they make the same text. It is slow, knows only what lies within one exon, and is short enough to be read beside the
recommendations of HGVS.
"""

from dataclasses import dataclass
from functools import cached_property

NAMES = dict(
    zip(
        "ACDEFGHIKLMNPQRSTVWYUX*",
        [
            "Ala",
            "Cys",
            "Asp",
            "Glu",
            "Phe",
            "Gly",
            "His",
            "Ile",
            "Lys",
            "Leu",
            "Met",
            "Asn",
            "Pro",
            "Gln",
            "Arg",
            "Ser",
            "Thr",
            "Val",
            "Trp",
            "Tyr",
            "Sec",
            "Xaa",
            "Ter",
        ],
        strict=True,
    )
)
"""The three letters of each residue, by its one letter."""

_PAIRS = str.maketrans("ACGTN", "TGCAN")
_T = "TTT TTC TTA TTG TCT TCC TCA TCG TAT TAC TAA TAG TGT TGC TGA TGG"
_WINDOW = 400


def _standard() -> dict[str, str]:
    letters = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
    return {
        a + b + c: letters[16 * i + 4 * j + k]
        for i, a in enumerate("TCAG")
        for j, b in enumerate("TCAG")
        for k, c in enumerate("TCAG")
    }


STANDARD = _standard()
MITOCHONDRIAL = STANDARD | {"AGA": "*", "AGG": "*", "ATA": "M", "TGA": "W"}
STARTS = {1: {"ATG"}, 2: {"ATT", "ATC", "ATA", "ATG", "GTG"}}


def _alike(one: str, other: str) -> int:
    """How many letters two texts begin with in common."""
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    return head


@dataclass(frozen=True)
class Gene:
    """A transcript: exons and coding interval on the contig, counted from 0, half open."""

    exons: tuple[tuple[int, int], ...]
    coding: tuple[int, int]
    minus: bool
    table: int

    @property
    def code(self) -> dict[str, str]:
        """How it reads codons."""
        return MITOCHONDRIAL if self.table == 2 else STANDARD


@dataclass(frozen=True)
class Verdict:
    """Terms without those of regions, and names without the sequence's own."""

    terms: frozenset[str]
    coding: str
    protein: str


@dataclass(frozen=True)
class Case:
    """One allele on one gene of a contig; the allele lies within one exon."""

    contig: str
    gene: Gene
    start: int
    ref: str
    alt: str

    # ---- texts -----------------------------------------------------------------------------------------------------------

    def _turned(self, text: str) -> str:
        return text.translate(_PAIRS)[::-1] if self.gene.minus else text

    def _message(self, start: int, ref: str, alt: str) -> str:
        """The message of the edited contig."""
        gained, end = len(alt) - len(ref), start + len(ref)
        edited = self.contig[:start] + alt + self.contig[end:]
        pieces = []
        for low, high in self.gene.exons:
            shift_low = gained if low >= end and not (low == start and not ref) else 0
            shift_high = gained if high >= end and not (high == start and not ref) else 0
            pieces.append(edited[low + shift_low : high + shift_high])
        return self._turned("".join(pieces))

    @cached_property
    def _five_prime(self) -> int:
        """Bases of the message before the coding ones."""
        low, high = self.gene.coding
        if self.gene.minus:
            return sum(max(0, b - max(a, high)) for a, b in self.gene.exons)
        return sum(max(0, min(b, low) - a) for a, b in self.gene.exons)

    def _coding_bases(self, message: str) -> str:
        text = message[self._five_prime :]
        if self._coding_length % 3:
            text += "AA"
        return text

    def _translated(self, text: str) -> str:
        letters = []
        for at in range(0, len(text) - 2, 3):
            letters.append(self.gene.code.get(text[at : at + 3], "X"))
            if letters[-1] == "*":
                break
        return "".join(letters)

    # ---- the change in the gene's direction -------------------------------------------------------------------------------

    @cached_property
    def _shifted(self) -> tuple[int, str, str]:
        """The change as far to the gene's 3' end as the same text allows: start on the contig, bases lost, bases gained."""
        start, ref, alt = self.start, self.ref, self.alt
        while ref and alt and ref[0] == alt[0]:
            start, ref, alt = start + 1, ref[1:], alt[1:]
        while ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        if ref and alt:
            return start, ref, alt
        step = -1 if self.gene.minus else 1
        size = max(len(ref), len(alt))
        low = max(0, start - _WINDOW - size)
        high = start + size + _WINDOW
        wanted = self.contig[low:start] + alt + self.contig[start + len(ref) : high]
        while True:
            moved = start + step
            if not low < moved < high - size:
                return start, ref, alt
            lost = self.contig[moved : moved + len(ref)]
            gained = wanted[moved - low : moved - low + len(alt)]
            if self.contig[low:moved] + gained + self.contig[moved + len(ref) : high] != wanted:
                return start, ref, alt
            start, ref, alt = moved, lost, gained

    @property
    def within_one_exon(self) -> bool:
        """Whether the shifted change lies inside an exon, and not at an inner edge of it."""
        start, ref, _ = self._shifted
        end = start + len(ref)
        return any(a <= start and end <= b and (ref or a < start < b) for a, b in self.gene.exons)

    @property
    def touches_coding(self) -> bool:
        """Whether the shifted change touches coding bases."""
        start, ref, _ = self._shifted
        low, high = self.gene.coding
        return low < start < high if not ref else start < high and low < start + len(ref)

    @cached_property
    def _place(self) -> tuple[int, int]:
        """Coding bases before the change, and before its end; may lie outside the coding ones."""
        start, ref, _ = self._shifted
        first, last = (start + len(ref), start) if self.gene.minus else (start, start + len(ref))
        return self._coding_place(first), self._coding_place(last)

    def _coding_place(self, border: int) -> int:
        """How many bases of the message lie before a border between two bases, less the untranslated ones."""
        before = (
            sum(max(0, b - max(a, border)) for a, b in self.gene.exons)
            if self.gene.minus
            else sum(max(0, min(b, border) - a) for a, b in self.gene.exons)
        )
        return before - self._five_prime

    # ---- names -------------------------------------------------------------------------------------------------------------

    def _number(self, place: int, length: int) -> str:
        if place < 0:
            return str(place)
        return str(place + 1) if place < length else f"*{place - length + 1}"

    @cached_property
    def _coding_length(self) -> int:
        low, high = self.gene.coding
        return sum(max(0, min(b, high) - max(a, low)) for a, b in self.gene.exons)

    @property
    def coding_name(self) -> str:
        """The name on the coding sequence."""
        _, lost, gained = self._shifted
        ref, alt = self._turned(lost), self._turned(gained)
        first, last = self._place
        length = self._coding_length

        def span(low: int, high: int) -> str:
            one = self._number(low, length)
            return one if low == high else f"{one}_{self._number(high, length)}"

        if len(ref) == len(alt) == 1:
            return f"c.{self._number(first, length)}{ref}>{alt}"
        if not alt:
            return f"c.{span(first, last - 1)}del"
        if not ref:
            message = self._message(0, "", "")
            at = first + self._five_prime
            if (
                message[at - len(alt) : at] == alt
                and at >= len(alt)
                and self._unbroken(first - len(alt), first)
            ):
                return f"c.{span(first - len(alt), first - 1)}dup"
            return f"c.{span(first - 1, first)}ins{alt}"
        if len(ref) > 1 and alt == ref.translate(_PAIRS)[::-1]:
            return f"c.{span(first, last - 1)}inv"
        return f"c.{span(first, last - 1)}delins{alt}"

    def _unbroken(self, low: int, high: int) -> bool:
        """Whether bases of the coding sequence lie side by side on the contig."""
        start, _, _ = self._shifted
        size = high - low
        begin, end = (start, start + size) if self.gene.minus else (start - size, start)
        return any(a <= begin and end <= b for a, b in self.gene.exons)

    def verdict(self) -> Verdict:
        """Terms and names."""
        start, ref, alt = self._shifted
        before = self._coding_bases(self._message(0, "", ""))
        after = self._coding_bases(self._message(start, ref, alt))
        length = self._coding_length
        codons = (length + 2) // 3
        protein = self._translated(before)
        first, last = self._place
        terms: set[str] = set()
        if first < 3:
            kept = self._kept_start(first, last)
            if not kept:
                return Verdict(frozenset({"start_lost"}), self.coding_name, "p.Met1?")
            if kept == "untouched":
                return Verdict(frozenset({"start_retained_variant"}), self.coding_name, "p.Met1=")
            terms.add("start_retained_variant")
        if length % 3 and last > length - length % 3:
            terms.add("incomplete_terminal_codon_variant")
        assert len(protein) == codons
        protein, changed = "M" + protein[1:], "M" + self._translated(after)[1:]
        told = self._protein(protein, changed, first, last, len(alt) - len(ref))
        terms |= told[0]
        if terms == {"start_retained_variant", "synonymous_variant"} and last <= 3:
            terms.discard("synonymous_variant")
        return Verdict(frozenset(terms), self.coding_name, told[1])

    def _kept_start(self, first: int, last: int) -> str:
        start, ref, alt = self._shifted
        after = self._coding_bases(self._message(start, ref, alt))
        if not ref or not alt:
            # The same text may come of a change before the start, which then is untouched.
            size = max(len(ref), len(alt))
            original, low = self.contig, max(0, start - _WINDOW - size)
            high = start + size + _WINDOW
            wanted = original[low:start] + alt + original[start + len(ref) : high]
            border = self.gene.coding[1] if self.gene.minus else self.gene.coding[0]
            place = border if self.gene.minus else border - len(ref)
            gained = wanted[place - low : place - low + len(alt)]
            if original[low:place] + gained + original[place + len(ref) : high] == wanted:
                return "untouched"
        if first < 0:
            return ""
        return "kept" if after[:3] in STARTS[self.gene.table] else ""

    def _protein(self, before: str, after: str, first: int, last: int, net: int) -> tuple[set[str], str]:
        """The comparison of two whole proteins, each with its stop if it has one."""
        final = len(before) - 1
        head, stop = _alike(before, after), after.find("*")
        touches_stop = last > 3 * final
        if before == after:
            if touches_stop or net:
                return {"stop_retained_variant"}, f"p.Ter{final + 1}="
            end = (last + 2) // 3 - 1 if last > first else first // 3
            told = f"_{NAMES[before[end]]}{end + 1}" if end > first // 3 else ""
            return {"synonymous_variant"}, f"p.{NAMES[before[first // 3]]}{first // 3 + 1}{told}="
        if head == final and net % 3 == 0 and stop == final + net // 3 > final:
            return {"inframe_insertion"}, self._change(before, final, "", after[final:stop])
        if head == final and (touches_stop or net % 3):
            told = "?" if stop < 0 else str(stop - final)
            terms = {"stop_lost", "frameshift_variant"} if net % 3 else {"stop_lost"}
            if len(after) == head:
                return terms, "p.?"
            return terms, f"p.Ter{final + 1}{NAMES[after[head]]}extTer{told}"
        if net % 3:
            terms, name = self._shifted_frame(before, after, net)
            if touches_stop and after[head:] == "*":
                terms |= {"stop_gained"}
            return terms | ({"stop_lost"} if touches_stop and "stop_gained" not in terms else set()), name
        return self._in_frame(before, after, net)

    def _shifted_frame(self, before: str, after: str, net: int) -> tuple[set[str], str]:
        first, last = self._place
        head, stop = _alike(before, after), after.find("*")
        terms = {"frameshift_variant"}
        codons_end = first if first == last and first % 3 == 0 else (last + 2) // 3 * 3
        if stop >= 0 and 3 * stop + 3 <= codons_end + net:
            terms.add("stop_gained")
        name = f"p.{NAMES[before[head]]}{head + 1}"
        if head < len(after) and after[head] == "*":
            return terms, f"{name}Ter"
        other = NAMES[after[head]] if head < len(after) else ""
        return terms, f"{name}{other}fsTer{'?' if stop < 0 else stop - head + 1}"

    def _in_frame(self, before: str, after: str, net: int) -> tuple[set[str], str]:
        first, last = self._place
        head = _alike(before, after)
        final = len(before) - 1
        kept_stop = last <= 3 * final and len(after) - 1 == final + net // 3 and after[-1] == "*"
        own_stop = not kept_stop and after[-1] == "*"
        if last > 3 * final:
            gained = len(self._shifted[2])
            if after[-1] == "*" and 3 * (len(after) - 1) <= first + gained:
                terms, name = self._difference(before, after, head, net, pure=False)
                return terms | {"stop_retained_variant"}, name
            if head == len(after):
                return {"stop_lost"}, f"p.{NAMES[before[head]]}{head + 1}fsTer?"
            told = "?" if after[-1] != "*" else str(len(after) - head)
            return {"stop_lost"}, f"p.{NAMES[before[head]]}{head + 1}{NAMES[after[head]]}fsTer{told}"
        if own_stop:
            if after[head] == "*":
                return {"stop_gained"}, f"p.{NAMES[before[head]]}{head + 1}Ter"
            codons_end = first // 3 if first == last and first % 3 == 0 else (last + 2) // 3
            lost = before[head:codons_end]
            return {"stop_gained"}, self._change(before, head, lost, after[head:])
        _, ref, alt = self._shifted
        return self._difference(before, after, head, net, pure=not ref or not alt)

    def _difference(
        self, before: str, after: str, head: int, net: int, *, pure: bool
    ) -> tuple[set[str], str]:
        tail = 0
        while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        lost, gained = before[head : len(before) - tail], after[head : len(after) - tail]
        if pure:
            term = "inframe_insertion" if net > 0 else "inframe_deletion"
        elif len(lost) == len(gained):
            term = "missense_variant"
        else:
            term = (
                "inframe_insertion"
                if not lost
                else "inframe_deletion"
                if not gained
                else "protein_altering_variant"
            )
        return {term}, self._change(before, head, lost, gained)

    def _change(self, before: str, head: int, lost: str, gained: str) -> str:
        def span(low: int, high: int) -> str:
            one = f"{NAMES[before[low]]}{low + 1}"
            return one if low == high else f"{one}_{NAMES[before[high]]}{high + 1}"

        letters = "".join(NAMES[one] for one in gained)
        if lost and gained:
            return f"p.{span(head, head + len(lost) - 1)}{'delins' if len(lost) + len(gained) > 2 else ''}{letters}"
        after = before[:head] + gained + before[head + len(lost) :]
        size = max(len(lost), len(gained))
        while head + 1 + len(lost) < len(before):
            moved = after[head + 1 : head + 1 + len(gained)]
            if before[: head + 1] + moved + before[head + 1 + len(lost) :] != after:
                break
            head, gained = head + 1, moved
        if lost:
            return f"p.{span(head, head + size - 1)}del"
        if before[head - size : head] == gained and head >= size:
            return f"p.{span(head - size, head - 1)}dup"
        return f"p.{span(head - 1, head)}ins{''.join(NAMES[one] for one in gained)}"
