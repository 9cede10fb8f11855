"""Genetic codes by their NCBI number: how codons are read, and which of them begin a protein."""

from dataclasses import dataclass

_BASES = "TCAG"
CODONS = tuple(a + b + c for a in _BASES for b in _BASES for c in _BASES)
"""All codons in the order in which NCBI prints its tables, and the core numbers them."""

_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"

# Number: how the code differs from the standard one, and its initiators.
_TABLES: dict[int, tuple[str, str]] = {
    1: ("", "TTG CTG ATG"),
    2: ("AGA* AGG* ATAM TGAW", "ATT ATC ATA ATG GTG"),
    3: ("ATAM CTTT CTCT CTAT CTGT TGAW", "ATA ATG GTG"),
    4: ("TGAW", "TTA TTG CTG ATT ATC ATA ATG GTG"),
    5: ("AGAS AGGS ATAM TGAW", "TTG ATT ATC ATA ATG GTG"),
    6: ("TAAQ TAGQ", "ATG"),
    9: ("AAAN AGAS AGGS TGAW", "ATG GTG"),
    10: ("TGAC", "ATG"),
    11: ("", "TTG CTG ATT ATC ATA ATG GTG"),
    12: ("CTGS", "CTG ATG"),
    13: ("AGAG AGGG ATAM TGAW", "TTG ATA ATG GTG"),
    14: ("AAAN AGAS AGGS TAAY TGAW", "ATG"),
    15: ("TAGQ", "ATG"),
    16: ("TAGL", "ATG"),
    21: ("TGAW ATAM AGAS AGGS AAAN", "ATG GTG"),
    22: ("TCA* TAGL", "ATG"),
    23: ("TTA*", "ATT ATG GTG"),
    24: ("AGAS AGGK TGAW", "TTG CTG ATG GTG"),
    25: ("TGAG", "TTG ATG GTG"),
    26: ("CTGA", "CTG ATG"),
    27: ("TAGQ TAAQ TGAW", "ATG"),
    28: ("TAAQ TAGQ TGAW", "ATG"),
    29: ("TAAY TAGY", "ATG"),
    30: ("TAAE TAGE", "ATG"),
    31: ("TGAW TAAE TAGE", "ATG"),
    32: ("TAGW", "TTG CTG ATT ATC ATA ATG GTG"),
    33: ("TAAY AGAS AGGK TGAW", "TTG CTG ATG GTG"),
}


@dataclass(frozen=True)
class GeneticCode:
    """One way to read codons."""

    number: int
    residues: dict[str, str]
    initiators: frozenset[str]
    """Read as methionine where a protein begins."""

    @property
    def keeps_start(self) -> frozenset[str]:
        """Codons into which a start codon may change and still be one.

        Standard genes hardly ever begin at CTG or TTG, so that as everywhere else only ATG counts there.
        """
        return frozenset({"ATG"}) if self.number == 1 else self.initiators


def _code(number: int) -> GeneticCode:
    changes, initiators = _TABLES[number]
    residues = dict(zip(CODONS, _STANDARD, strict=True))
    residues |= {change[:3]: change[3] for change in changes.split()}
    return GeneticCode(number, residues, frozenset(initiators.split()))


CODES = {number: _code(number) for number in _TABLES}
"""Every code that NCBI numbers."""

_COMPLEMENT = bytes.maketrans(b"ACGTMRWSYKVHDBNacgtmrwsykvhdbn", b"TGCAKYWSRMBDHVNtgcakywsrmbdhvn")


def reverse_complement(sequence: bytes) -> bytes:
    """The sequence of the other strand, read in its own direction."""
    return sequence.translate(_COMPLEMENT)[::-1]


def translate(sequence: bytes, code: GeneticCode) -> str:
    """Residues of the whole codons in a sequence of capitals; X where a base is not known."""
    text = sequence.decode("ascii")
    residues = code.residues
    return "".join(residues.get(text[i : i + 3], "X") for i in range(0, len(text) - len(text) % 3, 3))
