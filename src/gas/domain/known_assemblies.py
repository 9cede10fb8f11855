"""Assemblies that people's files are made on, told by the lengths of their sequences or by the words of a header.

They say what a file seems to be where this installation has nothing that fits it. What fits is decided by the contigs of
the references alone.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

OLD_MITOCHONDRION_LENGTH = 16_571
"""UCSC's hg19 calls NC_001807 chrM, which is not the sequence of that name that everybody else has."""


@dataclass(frozen=True)
class Assembly:
    """An assembly: its name, what headers call it, and lengths that no other of them has."""

    name: str
    words: tuple[str, ...]
    lengths: tuple[int, ...]


KNOWN = (
    Assembly(
        "GRCh38",
        (
            "GRCh38",
            "hg38",
            "b38",
            "hs38",
            "hs38DH",
            "GCA_000001405.15",
            "GCF_000001405.26",
            "GCF_000001405.40",
        ),
        # Chromosomes 1 to 22, X and Y, as in all three of human.
        (
            *(248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636),
            *(138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345),
            *(83257441, 80373285, 58617616, 64444167, 46709983, 50818468, 156040895, 57227415),
        ),
    ),
    Assembly(
        "GRCh37 (hg19)",
        ("GRCh37", "hg19", "b37", "hs37", "hs37d5", "g1k_v37", "GCA_000001405.14", "GCF_000001405.25"),
        (
            *(249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022),
            *(141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753),
            *(81195210, 78077248, 59128983, 63025520, 48129895, 51304566, 155270560, 59373566),
            OLD_MITOCHONDRION_LENGTH,
        ),
    ),
    Assembly(
        "T2T-CHM13",
        ("T2T-CHM13", "CHM13", "CHM13v2", "hs1", "GCA_009914755.4", "GCF_009914755.1"),
        (
            *(248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331),
            *(150617247, 134758134, 135127769, 133324548, 113566686, 101161492, 99753195, 96330374),
            *(84276897, 80542538, 61707364, 66210255, 45090682, 51324926, 154259566, 62460029),
        ),
    ),
    Assembly("NCBI36 (hg18)", ("NCBI36", "hg18", "b36"), (247249719, 242951149, 154913754)),
    Assembly("GRCm39 (mm39)", ("GRCm39", "mm39"), (195154279, 181755017, 169476592)),
    Assembly("GRCm38 (mm10)", ("GRCm38", "mm10"), (195471971, 182113224, 171031299)),
    Assembly("R64 (sacCer3)", ("R64", "R64-1-1", "sacCer3"), (230218, 813184, 316620, 1531933)),
    Assembly("BDGP6 (dm6)", ("BDGP6", "dm6"), (23513712, 25286936, 28110227, 32079331, 23542271)),
    Assembly(
        "WBcel235 (ce11)",
        ("WBcel235", "ce11"),
        (15072434, 15279421, 13783801, 17493829, 20924180, 17718942),
    ),
    Assembly("TAIR10", ("TAIR10",), (30427671, 19698289, 23459830, 18585056, 26975502)),
    Assembly("GRCz11 (danRer11)", ("GRCz11", "danRer11"), (59578282,)),
    Assembly("SARS-CoV-2", ("NC_045512", "NC_045512.2", "MN908947", "MN908947.3"), (29903,)),
)

_BY_LENGTH = {length: assembly for assembly in KNOWN for length in assembly.lengths}


def by_lengths(lengths: Iterable[int | None]) -> Assembly | None:
    """The known assembly that most of these lengths are of; None when none of them is of one."""
    votes = Counter(_BY_LENGTH[length] for length in lengths if length in _BY_LENGTH)
    return votes.most_common(1)[0][0] if votes else None


def by_words(texts: Iterable[str]) -> Assembly | None:
    """The known assembly that these texts of a header name; None when they name none, or several."""
    named = {assembly.name: assembly for text in texts for assembly in KNOWN if says(text, assembly.words)}
    return next(iter(named.values())) if len(named) == 1 else None


def says(text: str, words: Iterable[str]) -> bool:
    """Whether a text has one of the words for itself, whatever the case: hg19.fa says hg19, and hg190 does not."""
    return any(_pattern(word).search(text) is not None for word in words if word)


@lru_cache(maxsize=1000)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", re.IGNORECASE)
