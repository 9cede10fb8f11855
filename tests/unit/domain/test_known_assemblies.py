"""What a file seems to be made on."""

from itertools import combinations

import pytest

from gas.domain.known_assemblies import KNOWN, by_lengths, by_words, says


def test_no_length_and_no_word_is_of_two() -> None:
    """Each tells one assembly."""
    for one, other in combinations(KNOWN, 2):
        assert not set(one.lengths) & set(other.lengths)
        assert not {word.casefold() for word in one.words} & {word.casefold() for word in other.words}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("file:///data/Homo_sapiens_assembly38.hg38.fa", "GRCh38"),
        ("human_g1k_v37.fasta", "GRCh37 (hg19)"),
        ("/ref/UCSC.HG19.fasta", "GRCh37 (hg19)"),
        ("GCF_000146045.2_R64_genomic.fna", "R64 (sacCer3)"),
        ("hg190", None),
        ("myhg19", None),
        ("lifted from hg19 to hg38", None),
        ("", None),
    ],
)
def test_words_stand_for_themselves(text: str, name: str | None) -> None:
    """A part of a longer word says nothing, and two assemblies say no one."""
    found = by_words([text])

    assert (None if found is None else found.name) == name


def test_most_lengths_decide() -> None:
    """One contig that was renamed does not make it another assembly."""
    found = by_lengths([248_956_422, 242_193_529, 195_471_971, None, 5])

    assert found is not None
    assert found.name == "GRCh38"
    assert by_lengths([5, None]) is None


def test_an_empty_word_is_never_said() -> None:
    """A reference without an assembly is spoken for by its name alone."""
    assert not says("anything", ("",))
