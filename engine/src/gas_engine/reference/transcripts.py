"""Transcripts from the features of a GFF3 file, whatever its dialect: Ensembl, GENCODE, RefSeq, SGD."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gas_engine.reference.gff3 import Feature

GENE_KINDS = frozenset(
    {"gene", "ncRNA_gene", "pseudogene", "transposable_element_gene", "blocked_reading_frame"}
)
_EXON_KINDS = frozenset({"exon", "pseudogenic_exon", "noncoding_exon"})
_UTR_KINDS = frozenset({"five_prime_UTR", "three_prime_UTR", "UTR"})
_RECODED_KIND = "stop_codon_redefined_as_selenocysteine"
_PART_KINDS = _EXON_KINDS | _UTR_KINDS | {"CDS", "stop_codon", "start_codon", "intron", _RECODED_KIND}
_BIOTYPES = {"mRNA": "protein_coding", "lnc_RNA": "lncRNA", "ncRNA_gene": "ncRNA", "transcript": "misc_RNA"}
_RNA_GENE_KINDS = frozenset(
    {"tRNA", "rRNA", "snRNA", "snoRNA", "ncRNA", "miRNA", "SRP_RNA", "telomerase_RNA"}
)
_EXCEPTION = re.compile(r"pos:(?:complement\()?(\d+)(?:\.\.(\d+))?\)?,aa:(\w+)")

Interval = tuple[int, int]


@dataclass(frozen=True)
class Exception_:  # noqa: N801 - it is no error: the word is transl_except's
    """A codon that the code does not explain: where it lies on the contig, and the residue's three letters."""

    start: int
    end: int
    residue: str


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


@dataclass
class _Parts:
    """What a transcript is made of. Of exons only the places are kept: a genome has millions of them."""

    exons: list[Interval] = field(default_factory=list)
    utrs: list[Interval] = field(default_factory=list)
    cds: list[Feature] = field(default_factory=list)
    recoded: list[Interval] = field(default_factory=list)


def transcripts(rows: Iterable[Feature], left: Left) -> list[Transcript]:
    """All transcripts of a file."""
    owners: dict[str, Feature] = {}
    parts: dict[str, _Parts] = {}
    with_children: set[str] = set()
    for row in rows:
        if row.kind in _PART_KINDS:
            for parent in row.parents or [row.attributes.get("transcript_id", "")]:
                _add_part(parts.setdefault(parent, _Parts()), row)
        elif row.identifier:
            owners[row.identifier] = row
            with_children.update(row.parents)
    made = []
    for identifier, own_parts in parts.items():
        owner = owners.get(identifier)
        if owner is None:
            left.add("its parts name a transcript that the file does not describe", identifier)
            continue
        one = _transcript(owner, own_parts, owners, left)
        if one is not None:
            made.append(one)
    for identifier, owner in owners.items():
        if identifier not in parts and identifier not in with_children and _stands_alone(owner):
            made.append(_without_parts(owner))
    return made


def _add_part(parts: _Parts, row: Feature) -> None:
    if row.kind in _EXON_KINDS:
        parts.exons.append((row.start, row.end))
    elif row.kind in _UTR_KINDS:
        parts.utrs.append((row.start, row.end))
    elif row.kind == "CDS":
        alike = parts.cds and parts.cds[-1].attributes == row.attributes
        parts.cds.append(replace(row, attributes=parts.cds[-1].attributes) if alike else row)
    elif row.kind == _RECODED_KIND:
        parts.recoded.append((row.start, row.end))


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


def _described(owner: Feature, gene: Feature, exons: list[Interval], *, coding: bool) -> Transcript:
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
        strand=owner.strand,
        exons=exons,
        tags=tags,
        partner=others[0] if others else "",
    )


def _without_parts(owner: Feature) -> Transcript:
    return _described(owner, owner, [(owner.start, owner.end)], coding=False)


def _transcript(
    owner: Feature, parts: _Parts, owners: Mapping[str, Feature], left: Left
) -> Transcript | None:
    gene = _gene_of(owner, owners)
    exons = _merged(parts.exons)
    coding = _coding_parts(parts.cds, owner, left)
    cds = sorted((one.start, one.end) for one in coding)
    if not exons or not _inside(cds, exons):
        pieces = exons + parts.utrs + cds
        exons = _merged(pieces, touching=True)
    if not exons:
        left.add("it has neither exons nor coding parts", owner.identifier)
        return None
    one = _described(owner, gene, exons, coding=bool(cds))
    if one.strand not in {"+", "-"}:
        left.add("its strand is not given", owner.identifier)
        return None
    if cds:
        _describe_coding(one, coding, cds, parts.recoded)
    return one


def _coding_parts(rows: list[Feature], owner: Feature, left: Left) -> list[Feature]:
    """The rows of one protein; a transcript that makes several is described by the first."""
    names = list(dict.fromkeys(_first(row.attributes, "protein_id", "ID") for row in rows))
    if len(names) > 1 and all(_first(row.attributes, "protein_id") for row in rows):
        left.add("it makes several proteins: the first is used", owner.identifier)
        return [row for row in rows if _first(row.attributes, "protein_id") == names[0]]
    return rows


def _merged(intervals: list[Interval], *, touching: bool = False) -> list[Interval]:
    """Overlapping intervals joined, in their order; touching ones too if asked."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and (start < joined[-1][1] or (touching and start == joined[-1][1])):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _inside(parts: list[Interval], exons: list[Interval]) -> bool:
    return all(any(start <= one and other <= end for start, end in exons) for one, other in parts)


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
    found = {
        Exception_(int(start) - 1, int(end or start), residue)
        for row in rows
        for start, end, residue in _EXCEPTION.findall(row.attributes.get("transl_except", ""))
    } | {Exception_(start, end, "Sec") for start, end in recoded}
    one.poly_a = any(exception.residue.upper() in {"TERM", "TER"} for exception in found)
    one.exceptions = tuple(
        sorted(
            (exception for exception in found if exception.residue.upper() not in {"TERM", "TER"}),
            key=lambda exception: exception.start,
        )
    )
