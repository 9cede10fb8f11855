"""What the genes' file says of whole contigs: their other names, and which are circular or a mitochondrion."""

from dataclasses import dataclass, field

from gas_engine.reference.gff3 import Feature

_COMPLETE = ("NC_", "AC_")
"""What RefSeq's accessions of complete molecules begin with. Of some of these its files say `genome=genomic`, as of scaffolds."""

_UNPLACED = {"unlocalized", "unplaced"}


@dataclass
class ContigNotes:
    """What features say of whole contigs."""

    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    circular: set[str] = field(default_factory=set)
    mitochondrial: set[str] = field(default_factory=set)

    def take(self, row: Feature) -> None:
        """Read one feature that spans a contig."""
        told = row.attributes
        name = told.get("chromosome") or told.get("linkage-group", "")
        if not name and row.kind != "region":
            name = told.get("Name", "")
        if told.get("genome") == "mitochondrion" or name.upper() == "MT":
            self.mitochondrial.add(row.contig)
            name = "MT"
        names = [] if not name or _is_piece(row) else [name]
        listed = (one for one in told.get("Alias", "").split(",") if one)
        # Rows of notes on a whole contig may follow that of the contig itself, and name nothing.
        self.others[row.contig] = tuple(dict.fromkeys((*self.others.get(row.contig, ()), *names, *listed)))
        if told.get("Is_circular") == "true":
            self.circular.add(row.contig)


def _is_piece(row: Feature) -> bool:
    """Whether a contig is a scaffold, a patch or another locus: what NCBI says of its chromosome is where it belongs, and no name."""
    told = row.attributes
    return told.get("map", "").lower() in _UNPLACED or (
        told.get("genome") == "genomic" and not row.contig.startswith(_COMPLETE)
    )
