"""Single bases of coding sequences, by nothing but a map of coordinates and a table of codons.

The general verdict edits whole genes and takes its time; this is quick enough for every change of a chromosome.
"""

from dev.measure.oracle.opinion import hgvs
from dev.measure.oracle.opinion.codes import CODONS, THREE_LETTERS
from dev.measure.oracle.opinion.edits import Edit
from dev.measure.oracle.opinion.oriented import Oriented
from dev.measure.oracle.opinion.verdict import START_CODONS, Verdict, splice_terms


def single(oriented: Oriented, allele: Edit) -> Verdict | None:
    """What one changed base of the forward strand does to a transcript in which it is coding; None where it is not."""
    edit = oriented.turn(allele)
    index = oriented.index(edit.start)
    if oriented.coding is None or index is None or not oriented.coding[0] <= index < oriented.coding[1]:
        return None
    first = oriented.coding[0]
    number, offset = divmod(index - first, 3)
    codon = oriented.spliced[first + 3 * number : first + 3 * number + 3]
    changed = codon[:offset] + edit.new + codon[offset + 1 :]
    old = oriented.recodings.get(number) or CODONS[oriented.code][codon]
    new = CODONS[oriented.code][changed]
    terms = splice_terms(oriented, edit)
    assert terms is not None
    name = f"c.{index - first + 1}{codon[offset]}>{edit.new}"
    if number == 0 and changed in START_CODONS[oriented.code]:
        return Verdict(terms | {"start_retained_variant"}, name, "p.Met1=")
    if number == 0:
        return Verdict(terms | {"start_lost"}, name, "p.Met1?")
    kind = "missense_variant"
    if old == new:
        kind = "stop_retained_variant" if old == "*" else "synonymous_variant"
    elif old == "*":
        kind = "stop_lost"
    elif new == "*":
        kind = "stop_gained"
    residue = f"p.{THREE_LETTERS[old]}{number + 1}"
    if old == new:
        return Verdict(terms | {kind}, name, f"{residue}=")
    text = f"{residue}{THREE_LETTERS[new]}"
    if old == "*":
        text += hgvs.extension(_behind(oriented, number))
    return Verdict(terms | {kind}, name, text)


def _behind(oriented: Oriented, number: int) -> int | None:
    """How many codons behind a codon the next stop follows."""
    assert oriented.coding is not None
    start = oriented.coding[0] + 3 * (number + 1)
    for place in range(start, len(oriented.spliced) - 2, 3):
        if CODONS[oriented.code].get(oriented.spliced[place : place + 3]) == "*":
            return (place - start) // 3 + 1
    return None
