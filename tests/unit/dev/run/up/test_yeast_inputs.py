"""The demo's yeast files, on a chromosome and genes written here."""

import random
from pathlib import Path

import pytest

from dev.run.up import yeast_inputs
from dev.run.up.yeast_inputs import Yeast, known_changes, known_vcf, sample_changes, write_known, write_sample
from gas_engine.reference.transcripts import Transcript

_LENGTH = 60_000


def _gene(number: int, exons: list[tuple[int, int]]) -> Transcript:
    name = f"T{number}"
    return Transcript("1", name, "", name, name, "protein_coding", "+", exons, cds=list(exons))


@pytest.fixture(scope="module")
def yeast() -> Yeast:
    """Eighty genes of a few hundred bases, three of them spliced."""
    dice = random.Random(1)
    bases = "".join(dice.choices("ACGT", k=_LENGTH))
    whole = [_gene(number, [(700 * number, 700 * number + 600)]) for number in range(1, 81)]
    spliced = [_gene(at, [(700 * at, 700 * at + 200), (700 * at + 300, 700 * at + 600)]) for at in (3, 4, 5)]
    return Yeast(bases, tuple(whole[:2] + spliced + whole[5:]))


def test_the_files_are_always_the_same(yeast: Yeast, tmp_path: Path) -> None:
    """Two writings have the same bytes."""
    for write in (write_known, write_sample):
        for name in ("one", "two"):
            write(tmp_path / name, yeast)

        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_change_fits_the_chromosome(yeast: Yeast) -> None:
    """The bases before are those of the chromosome, the others are others, and positions ascend."""
    for changes in (known_changes(yeast), sample_changes(yeast)):
        assert [change[0] for change in changes] == sorted({change[0] for change in changes})
        for position, before, after in changes:
            assert yeast.bases[position - 1 : position - 1 + len(before)] == before
            assert after != before


def test_the_culture_has_what_is_to_be_shown(yeast: Yeast) -> None:
    """Introns and their edges, indels, a deletion that is known, known substitutions, and more that nobody knows."""
    known, sample = set(known_changes(yeast)), sample_changes(yeast)

    places = [change[0] - 1 for change in sample]
    both = known.intersection(sample)
    assert all(any(start <= place < end for place in places) for start, end in yeast.introns)
    assert any(len(after) > 1 for _, _, after in sample)
    assert any(len(before) > 1 for _, before, _ in both)
    assert len(both) >= yeast_inputs.KNOWN // 3
    assert len(sample) == yeast_inputs.RECORDS > len(both)


def test_the_known_variants_say_that_they_are_invented(yeast: Yeast) -> None:
    """Its source line and its identifiers are nobody's."""
    text = "".join(known_vcf(yeast))

    assert "##source=Synthetic: invented" in text
    assert "\tSYN0001\t" in text
