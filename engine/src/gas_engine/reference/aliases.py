"""Other names of a contig. A name alone proves nothing: those of human chromosomes hold for their lengths only."""

import re
from dataclasses import dataclass

# Chromosome: the version of its RefSeq accession and its length, in GRCh37 and in GRCh38.
_HUMAN = {
    "1": ((10, 249250621), (11, 248956422)),
    "2": ((11, 243199373), (12, 242193529)),
    "3": ((11, 198022430), (12, 198295559)),
    "4": ((11, 191154276), (12, 190214555)),
    "5": ((9, 180915260), (10, 181538259)),
    "6": ((11, 171115067), (12, 170805979)),
    "7": ((13, 159138663), (14, 159345973)),
    "8": ((10, 146364022), (11, 145138636)),
    "9": ((11, 141213431), (12, 138394717)),
    "10": ((10, 135534747), (11, 133797422)),
    "11": ((9, 135006516), (10, 135086622)),
    "12": ((11, 133851895), (12, 133275309)),
    "13": ((10, 115169878), (11, 114364328)),
    "14": ((8, 107349540), (9, 107043718)),
    "15": ((9, 102531392), (10, 101991189)),
    "16": ((9, 90354753), (10, 90338345)),
    "17": ((10, 81195210), (11, 83257441)),
    "18": ((9, 78077248), (10, 80373285)),
    "19": ((9, 59128983), (10, 58617616)),
    "20": ((10, 63025520), (11, 64444167)),
    "21": ((8, 48129895), (9, 46709983)),
    "22": ((10, 51304566), (11, 50818468)),
    "X": ((10, 155270560), (11, 156040895)),
    "Y": ((9, 59373566), (10, 57227415)),
}
_BY_LENGTH = {
    length: (name, f"NC_{_number:06d}.{version}")
    for _number, (name, assemblies) in enumerate(_HUMAN.items(), 1)
    for version, length in assemblies
}
RCRS_LENGTH = 16569
RCRS_ACCESSION = "NC_012920.1"
_MITOCHONDRION = ("M", "MT", "chrM", "chrMT")
_ACCESSION = re.compile(r"[A-Z]{2}_\d+\.\d+|[A-Z]{1,2}\d{5,8}\.\d+|CM\d{6}\.\d+")


@dataclass(frozen=True)
class Names:
    """The names of one contig, its own among them, and the one by which HGVS calls it."""

    aliases: tuple[str, ...]
    accession: str


def mitochondrial(name: str) -> bool:
    """Whether a name is one of a mitochondrion."""
    return name in _MITOCHONDRION or name.lower() in {
        "mt",
        "mito",
        "chrmito",
        "chrm",
        RCRS_ACCESSION.lower(),
        "rcrs",
    }


def names(name: str, length: int, others: tuple[str, ...]) -> Names:
    """All names of a contig, given some of them."""
    found = dict.fromkeys((name, *others))
    if mitochondrial(name) or any(mitochondrial(other) for other in others):
        found |= dict.fromkeys(_MITOCHONDRION)
        if length == RCRS_LENGTH:
            found |= dict.fromkeys((RCRS_ACCESSION, "NC_012920", "rCRS"))
    elif length in _BY_LENGTH and any(
        _plain(one) == _BY_LENGTH[length][0] or one == _BY_LENGTH[length][1] for one in found
    ):
        found |= dict.fromkeys(_BY_LENGTH[length])
    for one in tuple(found):
        if not _ACCESSION.fullmatch(one) and len(_plain(one)) <= len("XXVIII"):
            found |= dict.fromkeys((_plain(one), f"chr{_plain(one)}"))
    accession = next((one for one in found if _ACCESSION.fullmatch(one)), name)
    return Names(tuple(sorted(found)), accession)


def _plain(name: str) -> str:
    return name[3:] if name.lower().startswith("chr") else name
