"""Known alleles are found however both files write them: beside a dictionary of whole edited contigs."""

import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

_LINEAR = "ACGT" + "A" * 12 + "CAG" * 6 + "GATTACA" + "CT" * 9 + "ACGGTCA" * 3 + "T" * 7 + "GC"
_SECOND = "CCCC" + "AT" * 10 + "GGG" + "ACACAC" + "TTGCA"
CONTIGS = {"1": _LINEAR, "2": _SECOND}


@dataclass(frozen=True)
class _Written:
    """One change as a file writes it."""

    contig: str
    start: int
    ref: str
    alt: str

    @property
    def edited(self) -> tuple[str, str]:
        """The contig with the change made: two changes that make the same text are the same."""
        bases = CONTIGS[self.contig]
        return self.contig, bases[: self.start] + self.alt + bases[self.start + len(self.ref) :]

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return self.ref != self.alt


def _change(chance: random.Random) -> _Written:
    contig = chance.choice(sorted(CONTIGS))
    bases = CONTIGS[contig]
    start = chance.randrange(len(bases))
    ref = bases[start : start + chance.randint(1, 8)]
    new = "".join(chance.choices("ACGT", k=chance.choice([1, 1, 1, len(ref), len(ref), 2, 5, 9])))
    alt = chance.choice([new, new, new, ref[:1], ref + ref, ref[:1] + ref, ref + ref[-1:], ref[::-1]])
    return _Written(contig, start, ref, alt)


def _rewritten(chance: random.Random, one: _Written) -> _Written:
    """The same change with more bases around it, or moved along a repeat."""
    bases = CONTIGS[one.contig]
    end = one.start + len(one.ref)
    before, after = chance.randint(0, min(4, one.start)), chance.randint(0, min(4, len(bases) - end))
    if len(one.ref) != len(one.alt):
        for moved in chance.sample(range(-6, 7), 13):
            other = _moved(one, moved)
            if other is not None:
                return other
    head, tail = bases[one.start - before : one.start], bases[end : end + after]
    return _Written(one.contig, one.start - before, head + one.ref + tail, head + one.alt + tail)


def _moved(one: _Written, moved: int) -> _Written | None:
    """A deletion or insertion behind another base, if it makes the same of the contig there."""
    bases, size = CONTIGS[one.contig], len(one.alt) - len(one.ref)
    start = one.start + moved
    if start < 0 or start >= len(bases):
        return None
    whole = one.edited[1]
    ref = bases[start : start + 1 + max(0, -size)]
    alt = whole[start : start + 1 + max(0, size)]
    found = _Written(one.contig, start, ref, alt)
    return found if ref and alt and found.edited == one.edited else None


def _near(chance: random.Random, one: _Written) -> _Written:
    """Another change of the same bases, by one letter."""
    at = chance.randrange(len(one.alt))
    alt = one.alt[:at] + chance.choice(["", *"ACGT"]) + one.alt[at + 1 :]
    return _Written(one.contig, one.start, one.ref, alt or "A")


def _row(one: _Written, rest: str) -> str:
    return f"{one.contig} {one.start + 1} . {one.ref} {one.alt} . . {rest}"


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_alleles_beside_a_dictionary(seed: int) -> None:
    """An allele has the value of the first row that makes the same of the contig, and no other has one."""
    chance = random.Random(seed)
    known = [_change(chance) for _ in range(40)]
    asked = [_rewritten(chance, one) for one in known] + [_near(chance, one) for one in known]
    asked += [_change(chance) for _ in range(20)]
    rows = [_row(one, f"AF={number / 7:.7f}") for number, one in enumerate(known, 1)]
    bundle = shelf(CONTIGS, source("S", Form.FREQUENCIES, vcf_source(folder() / "s.vcf", rows)))
    expected: dict[tuple[str, str], str] = {}
    for number, one in enumerate(known, 1):
        if one.changes:
            expected.setdefault(one.edited, f"{float(f'{number / 7:.7f}'):.6g}")

    with TemporaryDirectory() as scratch:
        outcome = run(vcf(*(_row(one, "X=1") for one in asked)), Path(scratch), bundle=bundle)

    for record, one in zip(outcome.records, asked, strict=True):
        wanted = expected.get(one.edited) if one.changes else None
        assert values_of(record[7]).get("S_AF") == wanted, (one, known)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_alleles_of_one_record(seed: int) -> None:
    """Of a row and of a record with several alleles, each allele has its own value."""
    chance, bases = random.Random(seed), CONTIGS["1"]
    changes = [one for one in (_change(chance) for _ in range(40)) if one.contig == "1" and one.changes]
    alternatives = list(dict.fromkeys(one.edited[1] for one in changes if one.edited[1] != bases))
    assert alternatives
    frequencies = [f"{number / 1000:g}" for number in range(1, len(alternatives) + 1)]
    row = f"1 1 . {bases} {','.join(alternatives)} . . AF={','.join(frequencies)}"
    bundle = shelf(CONTIGS, source("S", Form.FREQUENCIES, vcf_source(folder() / "s.vcf", [row])))

    with TemporaryDirectory() as scratch:
        turned = f"chr1 1 . {bases} {','.join(reversed(alternatives))} . . ."
        outcome = run(vcf(turned), Path(scratch), bundle=bundle)

    assert values_of(outcome.records[0][7])["S_AF"] == ",".join(reversed(frequencies))
