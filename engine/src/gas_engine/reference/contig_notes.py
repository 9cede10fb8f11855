"""What the genes' file says of whole contigs: their other names, and which are circular or a mitochondrion."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gas_engine.reference.gff3 import Feature

_COMPLETE = ("NC_", "AC_")
"""What RefSeq's accessions of complete molecules begin with. Of some of these its files say `genome=genomic`, as of scaffolds."""

_SCAFFOLD = ("NT_", "NW_")
"""What RefSeq's accessions of scaffolds, patches and other loci begin with, and those of a few chromosomes of its early days."""

_NOWHERE = {"unlocalized", "unplaced", "unknown", "un"}
"""What `map` says of a contig whose place on its chromosome nobody knows, and `chromosome` where not even that is known."""


@dataclass(frozen=True)
class Claim:
    """The name of a chromosome or linkage group, as the row of a contig has it."""

    contig: str
    name: str
    whole: bool
    """Whether the contig is the molecule itself; else the name may be where a piece belongs, or that of a molecule told badly."""


@dataclass(frozen=True)
class ContigNotes:
    """What features say of whole contigs."""

    others: dict[str, tuple[str, ...]]
    circular: frozenset[str]
    mitochondrial: frozenset[str]


@dataclass
class NoteTaker:
    """Reads features that span contigs. Whose a name is shows when all of them are read."""

    _claims: dict[Claim, None] = field(default_factory=dict)
    _listed: dict[str, dict[str, None]] = field(default_factory=dict)
    _circular: set[str] = field(default_factory=set)
    _mitochondrial: set[str] = field(default_factory=set)

    def take(self, row: Feature) -> None:
        """Read one feature that spans a contig. Rows of notes on it may follow that of the contig itself, and name nothing."""
        told = row.attributes
        name = told.get("chromosome") or told.get("linkage-group", "")
        if not name and row.kind != "region":
            name = told.get("Name", "")
        if told.get("genome") == "mitochondrion" or name.upper() == "MT":
            self._mitochondrial.add(row.contig)
            name = "MT"
        if name and not _is_no_name(row, name):
            whole = told.get("genome") != "genomic" or row.contig.startswith(_COMPLETE)
            self._claims[Claim(row.contig, name, whole)] = None
        listed = self._listed.setdefault(row.contig, {})
        listed |= dict.fromkeys(one for one in told.get("Alias", "").split(",") if one)
        if told.get("Is_circular") == "true":
            self._circular.add(row.contig)

    def notes(self) -> ContigNotes:
        """What was read."""
        others: dict[str, dict[str, None]] = {}
        for one in upheld(self._claims):
            others.setdefault(one.contig, {})[one.name] = None
        for contig, listed in self._listed.items():
            others.setdefault(contig, {}).update(listed)
        return ContigNotes(
            {contig: tuple(names) for contig, names in others.items()},
            frozenset(self._circular),
            frozenset(self._mitochondrial),
        )


def upheld(claims: Iterable[Claim]) -> list[Claim]:
    """Claims that hold: those of whole molecules, and of the others' those that nobody else makes.

    A complete molecule of GenBank may be told as a scaffold is; it shows by having its name for itself.
    """
    claimants: dict[str, set[str]] = {}
    claims = list(claims)
    for one in claims:
        claimants.setdefault(one.name, set()).add(one.contig)
    return [one for one in claims if one.whole or len(claimants[one.name]) == 1]


def _is_no_name(row: Feature, name: str) -> bool:
    """Whether a contig is a scaffold, a patch or another locus for certain: its chromosome is where it belongs, and no name."""
    told = row.attributes
    if {told.get("map", "").lower(), name.lower()} & _NOWHERE:
        return True
    return row.contig.startswith(_SCAFFOLD) and told.get("genome", "genomic") == "genomic"
