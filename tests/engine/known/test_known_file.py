"""Files of many blocks: every row is found again, and no other, in whatever order it is asked for."""

import random
from pathlib import Path

from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source, write
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

LENGTH = 200_000


def _bases(seed: int) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=LENGTH))


def _edited(bases: str, start: int, ref: str, alt: str) -> tuple[int, str, str]:
    """A change by its trimmed text between fixed borders around it: equal for the same change of random bases."""
    low, high = max(0, start - 30), min(len(bases), start + len(ref) + 30)
    whole = bases[low:start] + alt + bases[start + len(ref) : high]
    old = bases[low:high]
    head = next(
        (number for number, pair in enumerate(zip(old, whole, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(whole)),
    )
    old, whole = old[head:], whole[head:]
    while old and whole and old[-1] == whole[-1]:
        old, whole = old[:-1], whole[:-1]
    return low + head, old, whole


def test_alleles_of_many_blocks(tmp_path: Path) -> None:
    """Ten thousand rows, crowded in places and far apart in others; long alleles among them."""
    chance, contigs = random.Random(3), {"1": _bases(1), "2": _bases(2)}
    rows: list[str] = []
    known: dict[tuple[str, int, str, str], str] = {}
    asked = []
    for name, bases in contigs.items():
        places = sorted(
            [chance.randrange(1000, 60_000) for _ in range(4000)]
            + [chance.randrange(190_000, LENGTH - 500) for _ in range(900)]
        )
        for number, place in enumerate([5000] * 60 + places):
            ref = bases[place : place + chance.choice([1, 1, 1, 2, 5, 150])]
            alt = "".join(chance.choices("ACGT", k=chance.choice([1, 1, 1, 2, 4, 9])))
            key = (name, *_edited(bases, place, ref, alt))
            if ref == alt:
                continue
            rows.append(f"{name} {place + 1} . {ref} {alt} . . AF={number / 1e6:g}")
            known.setdefault(key, f"{number / 1e6:g}")
            asked.append((key, f"{name} {place + 1} . {ref} {alt} . . ."))
            other = "".join(chance.choices("ACGT", k=len(alt)))
            if other != ref:
                asked.append(
                    ((name, *_edited(bases, place, ref, other)), f"{name} {place + 1} . {ref} {other} . . .")
                )
    bundle = shelf(contigs, source("S", Form.FREQUENCIES, vcf_source(folder() / "s.vcf.gz", rows)))
    chance.shuffle(asked)

    outcome = run(vcf(*(row for _, row in asked)), tmp_path, bundle=bundle)

    found = [values_of(record[7]).get("S_AF") for record in outcome.records]
    wrong = [
        (row, has, known.get(key))
        for (key, row), has in zip(asked, found, strict=True)
        if has != known.get(key)
    ]
    assert wrong == []
    assert bundle.known[0].file.path.stat().st_size < 12 * len(rows) + 300_000


def test_regions_of_many_blocks(tmp_path: Path) -> None:
    """Beside a plain comparison with all regions: nested ones, long ones, and ones that touch; sixteen at most are named."""
    chance, bases = random.Random(5), _bases(1)
    regions = [(0, LENGTH, "all"), (50_000, 150_000, "half")]
    for number in range(6000):
        start = chance.randrange(LENGTH - 600)
        regions.append((start, start + chance.choice([1, 20, 500]), f"r{number}"))
    regions.sort()
    path = write(
        folder() / "r.bed.gz", "".join(f"chr1\t{start}\t{end}\t{name}\n" for start, end, name in regions)
    )
    bundle = shelf({"1": bases}, source("R", Form.REGIONS, path))
    records, spans = [], []
    for _ in range(400):
        place = chance.randrange(10, LENGTH - 10)
        if chance.random() < 0.5:
            alt = "ACGT"[("ACGT".index(bases[place]) + 1) % 4]
            records.append(f"1 {place + 1} . {bases[place]} {alt} . . .")
            spans.append((place, place + 1))
        else:
            alt = "ACGT"[("ACGT".index(bases[place - 1]) + 1) % 4] + bases[place]
            records.append(f"1 {place} . {bases[place - 1 : place + 1]} {alt} . . .")
            spans.append((place - 1, place))

    outcome = run(vcf(*records), tmp_path, bundle=bundle)

    for record, (start, end) in zip(outcome.records, spans, strict=True):
        expected = [name for low, high, name in regions if low < end and high > start][:16]
        assert values_of(record[7])["R_REGION"].split("&") == expected


def test_an_insertion_lies_between_bases(tmp_path: Path) -> None:
    """It is in a region that has the bases on both of its sides, and in none that only touches it."""
    bases = "ACGTTGCA" * 10
    text = "1\t8\t16\tinside\n1\t0\t12\tbefore\n1\t12\t20\tbehind\n"
    bundle = shelf({"1": bases}, source("R", Form.REGIONS, write(folder() / "r.bed", text)))

    outcome = run(vcf("1 12 . T TCC . . .", "1 30 . G C . . ."), tmp_path, bundle=bundle)

    assert [values_of(record[7]).get("R_REGION") for record in outcome.records] == ["inside", None]
