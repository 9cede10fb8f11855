"""Codons that the genetic code does not explain, as `transl_except` of INSDC's feature table tells of them."""

import re
from dataclasses import dataclass

from gas_engine.reference.parts import Interval

STOP = "*"
"""The residue of a stop codon, which poly-A may complete."""

_RESIDUES = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H", "Ile": "I",
    "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Pyl": "O", "Sec": "U", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Asx": "X", "Glx": "X", "Xle": "X", "Xaa": "X", "Other": "X", "Term": STOP, "Ter": STOP,
}  # fmt: skip
_ONE = re.compile(r"\(\s*pos:([^:]*),\s*aa:\s*(\w+)\s*\)")
"""Blanks around a location belong to it: every sign can then be read in one way only, however many of them stand there."""

_NUMBER = r"[<>]?(?<!\d)(\d{1,18})(?!\d)"
_POSITION = re.compile(rf"{_NUMBER}(?:\.\.{_NUMBER})?")
_BESIDE_POSITIONS = re.compile(r"(?:(?:complement|join|order)\(|[),\s])*")


@dataclass(frozen=True)
class Exception_:  # noqa: N801 - it is no error: the word is transl_except's
    """A codon that the code does not explain: where its bases lie on the contig, in one piece or several, and its residue."""

    pieces: tuple[Interval, ...]
    residue: str


def exceptions_in(text: str) -> tuple[set[Exception_], bool]:
    """The exceptions that a value of transl_except tells of, and whether all of it could be read.

    `(pos:LOCATION,aa:RESIDUE)`, once or several times; the location is a position, a range, or a join of these where the codon is
    split by an intron. On which strand it lies is not asked: it is that of the coding bases, whether `complement` says so or not.
    """
    found = set()
    whole = not _ONE.sub("", text).strip(", ")
    for place, word in _ONE.findall(text):
        residue, ranges = _RESIDUES.get(word.title()), _POSITION.findall(place)
        if residue and ranges and _BESIDE_POSITIONS.fullmatch(_POSITION.sub("", place)):
            found.add(Exception_(tuple((int(one) - 1, int(other or one)) for one, other in ranges), residue))
        else:
            whole = False
    return found, whole
