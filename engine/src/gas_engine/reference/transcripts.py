"""Transcripts from the features of a GFF3 file, whatever its dialect: Ensembl, GENCODE, RefSeq, SGD."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gas_engine.reference.gff3 import Feature
from gas_engine.reference.parts import (
    PART_KINDS,
    Interval,
    Parts,
    UnreadableError,
    inside,
    merged,
    order_is_sure,
    strand_of,
)
from gas_engine.reference.transl_except import STOP, Exception_, exceptions_in

GENE_KINDS = frozenset(
    {"gene", "ncRNA_gene", "pseudogene", "transposable_element_gene", "blocked_reading_frame"}
)
_BIOTYPES = {"mRNA": "protein_coding", "lnc_RNA": "lncRNA", "ncRNA_gene": "ncRNA", "transcript": "misc_RNA"}
_RNA_GENE_KINDS = frozenset(
    {"tRNA", "rRNA", "snRNA", "snoRNA", "ncRNA", "miRNA", "SRP_RNA", "telomerase_RNA"}
)


@dataclass
class Transcript:
    """One transcript as its file describes it. Intervals are sorted by their place on the contig."""

    contig: str
    identifier: str
    version: str
    gene: str
    symbol: str
    biotype: str
    strand: str
    exons: list[Interval]
    cds: list[Interval] = field(default_factory=list)
    phase: int = 0
    protein: str = ""
    start_partial: bool = False
    end_partial: bool = False
    poly_a: bool = False
    table: int = 0
    tags: frozenset[str] = frozenset()
    partner: str = ""
    exceptions: tuple[Exception_, ...] = ()
    exceptions_unread: bool = False
    """Whether its file tells of more exceptions, in words that could not be read."""
    order_unsure: bool = False
    """Whether its parts may follow each other otherwise, and only the order of the file's rows says how."""

    @property
    def name(self) -> str:
        """The identifier with its version, as HGVS wants it."""
        known = not self.version or self.identifier.endswith(f".{self.version}")
        return self.identifier if known else f"{self.identifier}.{self.version}"

    @property
    def minus(self) -> bool:
        """Whether it is read from right to left."""
        return self.strand == "-"

    @property
    def start(self) -> int:
        """Its first base."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Behind its last base."""
        return self.exons[-1][1]


@dataclass
class Left:
    """Features that became no transcript, and why: a reason, and an example each."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        """Count one."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        self.examples.setdefault(reason, example)


def transcripts(rows: Iterable[Feature], left: Left) -> list[Transcript]:
    """All transcripts of a file."""
    owners: dict[str, Feature] = {}
    further: dict[str, list[Feature]] = {}
    parts: dict[str, Parts] = {}
    with_children: set[str] = set()
    for row in rows:
        if row.kind in PART_KINDS:
            for parent in row.parents or [row.attributes.get("transcript_id", "")]:
                parts.setdefault(parent, Parts()).add(row)
        elif row.identifier:
            if owners.setdefault(row.identifier, row) is not row:
                further.setdefault(row.identifier, []).append(row)
            with_children.update(row.parents)
    made = []
    for identifier, own_parts in parts.items():
        if identifier not in owners:
            left.add("its parts name a transcript that the file does not describe", identifier)
            continue
        described = [owners[identifier], *further.get(identifier, ())]
        made.append(_transcript(described, own_parts, owners, left))
    for identifier, owner in owners.items():
        if identifier not in parts and identifier not in with_children and _stands_alone(owner):
            made.append(_without_parts([owner, *further.get(identifier, ())], left))
    return [one for one in made if one is not None]


def _stands_alone(owner: Feature) -> bool:
    """A gene without parts is one piece: pseudogenes and RNA genes of small genomes are described so."""
    return owner.kind in {"pseudogene"} | _RNA_GENE_KINDS


def _gene_of(owner: Feature, owners: Mapping[str, Feature]) -> Feature:
    """The gene of a transcript: its farthest ancestor that is one, else itself."""
    found, seen = owner, {owner.identifier}
    while found.kind not in GENE_KINDS and found.parents and found.parents[0] in owners:
        parent = owners[found.parents[0]]
        if parent.identifier in seen:
            break
        seen.add(parent.identifier)
        found = parent
    return found


def _plain(identifier: str) -> str:
    """An ID without what Ensembl and RefSeq put before it."""
    for prefix in ("gene:", "transcript:", "CDS:", "gene-", "rna-", "cds-"):
        if identifier.startswith(prefix):
            return identifier[len(prefix) :]
    return identifier


def _first(attributes: Mapping[str, str], *keys: str) -> str:
    return next((attributes[key] for key in keys if attributes.get(key)), "")


def _biotype(owner: Feature, gene: Feature, *, coding: bool) -> str:
    stated = _first(owner.attributes, "biotype", "transcript_type", "transcript_biotype")
    if stated:
        return stated
    of_gene = _first(gene.attributes, "gene_biotype", "biotype", "gene_type")
    if coding:
        return of_gene if owner is gene and of_gene else "protein_coding"
    if owner is gene or owner.kind == "transcript":
        kind = "pseudogene" if "pseudo" in owner.kind or owner.attributes.get("pseudo") == "true" else ""
        return of_gene or kind or _BIOTYPES.get(owner.kind, owner.kind)
    if owner.kind == "mRNA":
        return of_gene or "mRNA"
    return _BIOTYPES.get(owner.kind, owner.kind)


def _described(
    owner: Feature, gene: Feature, strand: str, exons: list[Interval], *, coding: bool
) -> Transcript:
    own, of_gene = owner.attributes, gene.attributes
    identifier = _first(own, "transcript_id") or _plain(owner.identifier)
    locus = _plain(_first(of_gene, "gene_id") or gene.identifier)
    tags = frozenset(_first(own, "tag").replace(" ", "_").split(","))
    others = [one[8:] for one in _first(own, "Dbxref").split(",") if one.startswith("Ensembl:ENST")]
    return Transcript(
        contig=owner.contig,
        identifier=identifier if identifier != locus or owner is gene else _plain(owner.identifier),
        version=own.get("version", ""),
        gene=locus,
        symbol=_first(of_gene, "gene_name", "gene", "Name", "locus_tag") or locus,
        biotype=_biotype(owner, gene, coding=coding),
        strand=strand,
        exons=exons,
        tags=tags,
        partner=others[0] if others else "",
    )


def _strand(described: Sequence[Feature], parts: Parts, coding: Sequence[Feature], left: Left) -> str:
    """The strand of a transcript; none if it is left out."""
    try:
        return strand_of(described, parts, coding)
    except UnreadableError as error:
        left.add(str(error), described[0].identifier)
        return ""


def _without_parts(described: Sequence[Feature], left: Left) -> Transcript | None:
    strand, owner = _strand(described, Parts(), (), left), described[0]
    exons = merged([(row.start, row.end) for row in described])
    return _described(owner, owner, strand, exons, coding=False) if strand else None


def _transcript(
    described: Sequence[Feature], parts: Parts, owners: Mapping[str, Feature], left: Left
) -> Transcript | None:
    owner = described[0]
    gene = _gene_of(owner, owners)
    exons = merged(parts.exons)
    coding = _coding_parts(parts.cds, owner, left)
    cds = sorted((one.start, one.end) for one in coding)
    if not exons or not inside(cds, exons):
        pieces = exons + parts.utrs + cds
        exons = merged(pieces, touching=True)
    if not exons:
        left.add("it has neither exons nor coding parts", owner.identifier)
        return None
    strand = _strand(described, parts, coding, left)
    if not strand:
        return None
    one = _described(owner, gene, strand, exons, coding=bool(cds))
    if cds:
        _describe_coding(one, coding, cds, parts.recoded)
        one.order_unsure = not order_is_sure(described, coding, strand)
    return one


def _coding_parts(rows: list[Feature], owner: Feature, left: Left) -> list[Feature]:
    """The rows of one protein; a transcript that makes several is described by the first."""
    names = list(dict.fromkeys(_first(row.attributes, "protein_id", "ID") for row in rows))
    if len(names) > 1 and all(_first(row.attributes, "protein_id") for row in rows):
        left.add("it makes several proteins: the first is used", owner.identifier)
        return [row for row in rows if _first(row.attributes, "protein_id") == names[0]]
    return rows


def _describe_coding(
    one: Transcript, rows: list[Feature], cds: list[Interval], recoded: list[Interval]
) -> None:
    first_row = max(rows, key=lambda row: row.end) if one.minus else min(rows, key=lambda row: row.start)
    attributes = first_row.attributes
    one.cds = cds
    one.phase = int(first_row.phase) if first_row.phase in {"1", "2"} else 0
    one.protein = _first(attributes, "protein_id") or _plain(_first(attributes, "ID"))
    version = attributes.get("version", "")
    if "protein_id" in attributes and version and "." not in one.protein:
        one.protein = f"{one.protein}.{version}"
    open_low = any("start_range" in row.attributes for row in rows)
    open_high = any("end_range" in row.attributes for row in rows)
    no_start, no_end = (open_high, open_low) if one.minus else (open_low, open_high)
    one.start_partial = no_start or one.phase != 0 or "cds_start_NF" in one.tags
    one.end_partial = no_end or "cds_end_NF" in one.tags
    table = attributes.get("transl_table", "")
    one.table = int(table) if table.isdigit() else 0
    told = [exceptions_in(text) for text in {row.attributes.get("transl_except", "") for row in rows}]
    found = {exception for read, _ in told for exception in read}
    found |= {Exception_((place,), "U") for place in recoded}
    one.exceptions_unread = not all(whole for _, whole in told)
    one.poly_a = any(exception.residue == STOP for exception in found)
    one.exceptions = tuple(
        sorted(
            (exception for exception in found if exception.residue != STOP),
            key=lambda exception: exception.pieces,
        )
    )
