"""Builds a reference bundle: sequence and genes in, one folder out. Same sources, same bytes."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gas_engine.errors import SourceError
from gas_engine.genetic_code import CODES
from gas_engine.reference import aliases
from gas_engine.reference.fasta import Sequence, sequences
from gas_engine.reference.gff3 import Feature, Regions, features
from gas_engine.reference.layout import Layout, laid_out
from gas_engine.reference.model_file import ContigFacts, ModelFile, packed
from gas_engine.reference.transcripts import Left, Transcript, transcripts
from gas_engine.versions import ENGINE_VERSION

FORMAT = "gas-reference/1"
_STANDARD_CODE, _VERTEBRATE_MITOCHONDRION = 1, 2


@dataclass(frozen=True)
class Request:
    """What to build from which files, and what the files do not say themselves."""

    name: str
    fasta: Path
    gff3: Path
    title: str = ""
    version: str = "1"
    codes: Mapping[str, int] = field(default_factory=dict)
    circular: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[Mapping[str, str], ...] = ()


@dataclass
class Checks:
    """What was found on the way: proteins that do not fit, and features that were left out."""

    transcripts: int = 0
    coding: int = 0
    fitting: int = 0
    remarks: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def take(self, one: Transcript, layout: Layout) -> None:
        """Count one transcript."""
        self.transcripts += 1
        if not one.cds:
            return
        self.coding += 1
        self.fitting += not layout.remarks
        for remark in layout.remarks:
            self.remarks[remark] = self.remarks.get(remark, 0) + 1
            if len(self.examples.setdefault(remark, [])) < _EXAMPLES:
                self.examples[remark].append(one.name)


_EXAMPLES = 20


@dataclass
class _ContigNotes:
    """What features say of whole contigs."""

    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    circular: set[str] = field(default_factory=set)
    mitochondrial: set[str] = field(default_factory=set)

    def take(self, row: Feature) -> None:
        """Read one feature that spans a contig."""
        told = row.attributes
        name = told.get("chromosome") or (told.get("Name", "") if row.kind != "region" else "")
        if told.get("genome") == "mitochondrion" or name.upper() == "MT":
            self.mitochondrial.add(row.contig)
            name = "MT"
        listed = tuple(one for one in told.get("Alias", "").split(",") if one)
        self.others[row.contig] = (*([name] if name else []), *listed)
        if told.get("Is_circular") == "true":
            self.circular.add(row.contig)


def build(request: Request, destination: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Build a bundle into a folder, which appears whole or not at all; returns its manifest.

    Raises:
        SourceError: the files cannot be used.
    """
    notes, regions, left = _ContigNotes(), Regions({}), Left()
    found = transcripts(_rows(request.gff3, regions, notes), left)
    say(f"{len(found):,} transcripts read from {request.gff3.name}")
    by_contig: dict[str, list[Transcript]] = {}
    for one in found:
        by_contig.setdefault(one.contig, []).append(one)
    partial = destination.with_name(destination.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model, checks, contigs, offset = ModelFile(), Checks(), list[dict[str, Any]](), 0
    with (partial / "sequence.bin").open("wb") as file:
        for sequence in sequences(request.fasta):
            facts, manifest = _contig(request, sequence, notes, offset, by_contig)
            own = by_contig.pop(_gff_name(sequence, by_contig, notes, regions), [])
            manifest["transcripts"] = len(own)
            model.add_contig(facts, _laid_out(own, sequence, facts, checks))
            offset += file.write(packed(sequence.bases))
            contigs.append(manifest)
    for name, lost in by_contig.items():
        left.counts["its contig is not in the FASTA file"] = left.counts.get(
            "its contig is not in the FASTA file", 0
        ) + len(lost)
        left.examples.setdefault("its contig is not in the FASTA file", name)
    if not checks.transcripts and found:
        raise SourceError(
            f"no transcript of {request.gff3} lies on a contig of {request.fasta}: the first names a contig"
            f" {found[0].contig!r}, the FASTA file has {contigs[0]['name']!r}; give both of the same release"
        )
    (partial / "model.bin").write_bytes(model.to_bytes())
    manifest = _manifest(request, contigs, checks, left, partial)
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(destination, ignore_errors=True)
    partial.replace(destination)
    return manifest


def _rows(path: Path, regions: Regions, notes: _ContigNotes) -> Iterator[Feature]:
    for row in features(path, regions):
        if (
            row.kind in {"region", "chromosome", "supercontig", "scaffold"}
            and row.start == 0
            and not row.parents
        ):
            notes.take(row)
        else:
            yield row


def _gff_name(
    sequence: Sequence, by_contig: Mapping[str, object], notes: _ContigNotes, regions: Regions
) -> str:
    """What the GFF3 file calls a contig: by its name, else by another name of the same length."""
    if sequence.name in by_contig:
        return sequence.name
    mine = set(aliases.names(sequence.name, len(sequence.bases), ()).aliases)
    for name in by_contig:
        length = regions.lengths.get(name, len(sequence.bases))
        theirs = set(aliases.names(name, len(sequence.bases), notes.others.get(name, ())).aliases)
        if length == len(sequence.bases) and mine & theirs:
            return name
    return sequence.name


def _contig(
    request: Request,
    sequence: Sequence,
    notes: _ContigNotes,
    offset: int,
    by_contig: Mapping[str, list[Transcript]],
) -> tuple[ContigFacts, dict[str, Any]]:
    length, name = len(sequence.bases), sequence.name
    others = notes.others.get(name, ()) + tuple(request.aliases.get(name, ()))
    known = aliases.names(name, length, others)
    mitochondrial = name in notes.mitochondrial or any(aliases.mitochondrial(one) for one in known.aliases)
    tables = {one.table for one in by_contig.get(name, []) if one.table}
    stated = tables.pop() if len(tables) == 1 else 0
    code = (
        request.codes.get(name) or stated or (_VERTEBRATE_MITOCHONDRION if mitochondrial else _STANDARD_CODE)
    )
    if code not in CODES:
        raise SourceError(f"genetic code {code} of contig {name} is none that NCBI numbers")
    circular = name in notes.circular | request.circular or mitochondrial
    facts = ContigFacts(name, known.accession, length, offset, code, circular, mitochondrial)
    return facts, {
        "name": name,
        "length": length,
        "accession": known.accession,
        "aliases": list(known.aliases),
        "genetic_code": code,
        "circular": circular,
        "mitochondrial": mitochondrial,
        "md5": hashlib.md5(sequence.bases, usedforsecurity=False).hexdigest(),
    }


def _laid_out(
    own: list[Transcript], sequence: Sequence, facts: ContigFacts, checks: Checks
) -> list[tuple[Transcript, Layout]]:
    pairs, length = [], len(sequence.bases)
    for one in own:
        if one.end > length and not (facts.circular and one.end <= 2 * length):
            raise SourceError(
                f"{one.identifier} ends at {one.end:,}, but {sequence.name} has {length:,} bases"
            )
        around = sequence.bases + sequence.bases if one.end > length else sequence.bases
        bases = b"".join(around[start:end] for start, end in one.exons)
        layout = laid_out(one, bases, CODES[one.table or facts.code])
        checks.take(one, layout)
        pairs.append((one, layout))
    return pairs


def _manifest(
    request: Request, contigs: list[dict[str, Any]], checks: Checks, left: Left, folder: Path
) -> dict[str, Any]:
    files = {}
    for name in ("model.bin", "sequence.bin"):
        path = folder / name
        with path.open("rb") as file:
            files[name] = {
                "size": path.stat().st_size,
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            }
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "name": request.name,
        "title": request.title or request.name,
        "version": request.version,
        "contigs": contigs,
        "checks": {
            "transcripts": checks.transcripts,
            "coding": checks.coding,
            "fitting": checks.fitting,
            "not_fitting": checks.remarks,
            "examples": checks.examples,
            "left_out": left.counts,
            "left_out_examples": left.examples,
        },
        "sources": [
            *request.sources,
            {"what": "sequence", "file": request.fasta.name, "sha256": _digest(request.fasta)},
            {"what": "genes", "file": request.gff3.name, "sha256": _digest(request.gff3)},
        ],
        "builder": f"gas-engine {ENGINE_VERSION}",
        "files": files,
    }
    manifest["digest"] = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
