"""Whether a file lies on a reference: which of its contigs fit, and what is said when none does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gas_engine.bundle import Bundle, Contig
from gas_engine.core import Seen
from gas_engine.header import Header

OTHER_SEQUENCE = -1
"""The core's number for a contig whose name the bundle knows, but for another sequence."""

_FEWEST_CHECKED = 4
"""Records of a contig whose REF must have been looked at before most of them can speak against it."""

_NAMED_CONTIGS = 3
_USUAL_NAME = re.compile(rb"(?:[A-Za-z0-9_|*:-]|\.(?=[0-9]{1,2}(?![0-9.]))){1,20}")
"""What names of contigs look like: chrM, NC_012920.1, HLA-A*01:01. No sentence fits, and no name of a site."""
_HG19_MITOCHONDRION = 16571
_PLINK_MITOCHONDRION = b"26"


def called(name: bytes, number: int) -> str:
    """The contig of that name, the file's so-and-so-manieth, in words that may stand in an e-mail.

    A name is shown where it is usual for contigs; anything else in its place may be a message to whoever reads this.
    """
    if _USUAL_NAME.fullmatch(name):
        return f'contig "{name.decode()}"'
    return f"contig number {number} of the file, whose name is unusual,"


@dataclass
class SeenContig:
    """A contig's name over a whole file."""

    contig: int
    records: int = 0
    fitting: int = 0
    contradicting: int = 0
    silent: int = 0
    """Records with a place there whose REF says nothing: N of structural variants."""

    def add(self, seen: Seen) -> None:
        """Add a block's counts."""
        self.records += seen.records
        self.fitting += seen.fitting
        self.contradicting += seen.contradicting
        self.silent += seen.silent

    @property
    def is_another(self) -> bool:
        """Whether most of its records contradict the reference: what fits then does so by chance."""
        checked = self.fitting + self.contradicting
        return checked >= _FEWEST_CHECKED and 2 * self.contradicting > checked


def contig_numbers(bundle: Bundle, header: Header, excluded: frozenset[bytes]) -> dict[bytes, int]:
    """Which contig of the bundle each name of a file is; a name with another length is another sequence."""
    return {
        name: OTHER_SEQUENCE
        if name in excluded or header.contig_lengths.get(name, contig.length) != contig.length
        else contig.number
        for name, contig in bundle.names().items()
    }


def is_placed(seen: Mapping[bytes, SeenContig]) -> bool:
    """Whether some record lies on the reference: its REF fits, or no REF of the file says anything and there is a place for one."""
    if any(one.fitting and not one.is_another for one in seen.values()):
        return True
    spoken = any(one.fitting or one.contradicting for one in seen.values())
    return not spoken and any(one.silent for one in seen.values())


def mismatch_sentence(bundle: Bundle, header: Header, seen: Mapping[bytes, SeenContig], records: int) -> str:
    """What is said when no record lies on the reference."""
    known = bundle.names()
    named = [
        _contig_words(name, called(name, number), one, header, known)
        for number, (name, one) in enumerate(list(seen.items())[:_NAMED_CONTIGS], 1)
    ]
    more = f"; {len(seen) - _NAMED_CONTIGS} more" if len(seen) > _NAMED_CONTIGS else ""
    contigs = bundle.contigs[:_NAMED_CONTIGS]
    fitting = ", ".join(contig.words for contig in contigs)
    rest = f" and {len(bundle.contigs) - _NAMED_CONTIGS} more" if len(bundle.contigs) > _NAMED_CONTIGS else ""
    count = "The only record does not lie" if records == 1 else f"None of the {records:,} records lies"
    return (
        f"{count} on the reference {bundle.name}: {'; '.join(named)}{more}. {bundle.name} has {fitting}{rest}."
        f" {_advice(bundle, header, seen)}"
    )


def _contig_words(
    name: bytes, words: str, one: SeenContig, header: Header, known: Mapping[bytes, Contig]
) -> str:
    length = header.contig_lengths.get(name)
    told = f" ({length} bases by the header)" if length is not None else ""
    if one.contradicting:
        checked = one.fitting + one.contradicting
        return f"{words}{told}: {one.contradicting} of {checked} REFs contradict it"
    if name in known and length is not None and length != known[name].length:
        return f"{words} has {length} bases by the header, so it is another sequence"
    if name in known:
        return f"{words}{told}: no record has a place there"
    return f"{words}{told} is none of its contigs"


def _advice(bundle: Bundle, header: Header, seen: Mapping[bytes, SeenContig]) -> str:
    mitochondrial = any(contig.length == _HG19_MITOCHONDRION - 2 for contig in bundle.contigs)
    if mitochondrial and _PLINK_MITOCHONDRION in seen:
        return "PLINK 1.9 writes the mitochondrion as 26: export the file again with --output-chr MT."
    if mitochondrial and any(header.contig_lengths.get(name) == _HG19_MITOCHONDRION for name in seen):
        return "A chrM of 16571 bases is hg19's: lift the file over to rCRS, or choose the reference it was called on."
    return "Choose the reference that the file was called on, or lift it over to this one."
