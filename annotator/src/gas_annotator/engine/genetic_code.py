"""Genetic codes: how codons are read. Human mitochondria read by NCBI table 2, everything else here by table 1."""

_BASES = "TCAG"
_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_COMPLEMENT = bytes.maketrans(b"ACGTNacgtn", b"TGCANtgcan")


def _table(letters: str, changes: dict[str, str]) -> dict[str, str]:
    """Codon to amino acid, in the order in which NCBI prints its tables."""
    codons = [a + b + c for a in _BASES for b in _BASES for c in _BASES]
    return dict(zip(codons, letters, strict=True)) | changes


CODES = {
    1: _table(_STANDARD, {}),
    2: _table(_STANDARD, {"AGA": "*", "AGG": "*", "ATA": "M", "TGA": "W"}),
}
"""Codon tables by NCBI number."""

INITIATORS = {
    1: frozenset({"ATG", "CTG", "TTG"}),
    2: frozenset({"ATA", "ATC", "ATG", "ATT", "GTG"}),
}
"""Codons at which translation can start, by NCBI number: changing one into another keeps the start."""


def reverse_complement(sequence: bytes) -> bytes:
    """The sequence of the other strand, read in its own direction."""
    return sequence.translate(_COMPLEMENT)[::-1]


def translate(sequence: bytes, code: int) -> str:
    """Amino acids of the whole codons in a sequence; X where a base is unknown. A partial last codon is left out."""
    table = CODES[code]
    text = sequence.decode("ascii").upper()
    return "".join(table.get(text[i : i + 3], "X") for i in range(0, len(text) - len(text) % 3, 3))
