"""Genetic codes, from NCBI's list of translation tables (codons in the order TCAG)."""

_ORDER = [first + second + third for first in "TCAG" for second in "TCAG" for third in "TCAG"]

_AMINO_ACIDS = {
    1: "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
    2: "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
}
CODONS = {number: dict(zip(_ORDER, letters, strict=True)) for number, letters in _AMINO_ACIDS.items()}

THREE_LETTERS = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly", "H": "His",
    "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp",
    "Y": "Tyr", "V": "Val", "*": "Ter", "X": "Xaa", "U": "Sec",
}  # fmt: skip


def translate(bases: str, code: int) -> str:
    """Amino acids of every whole codon; X where a base is ambiguous."""
    table = CODONS[code]
    return "".join(
        table.get(bases[place : place + 3], "X") for place in range(0, len(bases) - len(bases) % 3, 3)
    )


def to_first_stop(protein: str) -> str:
    """The protein up to and with its first stop; all of it where there is none."""
    stop = protein.find("*")
    return protein if stop < 0 else protein[: stop + 1]
