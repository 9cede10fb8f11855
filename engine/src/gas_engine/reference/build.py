"""Builds a reference bundle: sequence and genes in, one folder out. Same sources, same bytes."""

import hashlib
import json
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gas_engine.bundle import FORMAT, FORMAT_WITH_KNOWN, digest_of
from gas_engine.errors import SourceError
from gas_engine.genetic_code import CODES
from gas_engine.known.adding import add_sources, check_fields, check_names, told_sources
from gas_engine.known.source import KnownSource
from gas_engine.reference import aliases
from gas_engine.reference.contig_notes import ContigNotes, NoteTaker
from gas_engine.reference.destination import being_built, check_name, put_in_place
from gas_engine.reference.fasta import Sequence, sequences
from gas_engine.reference.gff3 import Feature, Regions, features
from gas_engine.reference.layout import Layout, laid_out
from gas_engine.reference.mane import mane_table, mark
from gas_engine.reference.model_file import ContigFacts, ModelFile, packed
from gas_engine.reference.request import Request
from gas_engine.reference.telling import counted, manifest_digest
from gas_engine.reference.transcripts import Left, Transcript, transcripts
from gas_engine.versions import ENGINE_VERSION

BASE_FORMAT = 1
"""Raise it when sequence, model or the names of contigs are made in another way: what earlier tries left is then made anew."""

_STANDARD_CODE, _VERTEBRATE_MITOCHONDRION = 1, 2


@dataclass
class Checks:
    """What was found on the way: proteins that do not fit, and features that were left out."""

    transcripts: int = 0
    coding: int = 0
    fitting: int = 0
    remarks: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    marked: int | None = None
    """Transcripts that MANE's table names; None where none was given."""

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
_TOLD_CONTIGS = 50
"""Contigs whose progress is told; scattered assemblies have thousands of small ones behind these."""


def build(request: Request, destination: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Build a bundle into a folder of its own, which appears whole or not at all; returns its manifest.

    What is finished is kept beside it, in NAME.part, so that a build that stopped goes on from there.

    Raises:
        SourceError: the files cannot be used, or the folder holds something else; then nothing of it is touched.
    """
    check_name(request.name)
    check_names(request.known)
    check_fields(request.known)
    if request.command is not None and (request.known or request.mane):
        raise SourceError(
            "a bundle that names a command takes neither known variants nor MANE's table: what its command writes stays as it is"
        )
    if request.command is None and request.gff3 is None:
        raise SourceError("a bundle needs genes, as a GFF3 file, unless it names a command that knows them")
    destination = destination.resolve()
    with being_built(destination, request.name, request.inputs, say) as partial:
        base = _base(request, partial, say)
        known = add_sources(request.known, request.name, base["contigs"], partial, say)
        shutil.rmtree(partial / "command", ignore_errors=True)
        if request.command_files is not None:
            shutil.copytree(request.command_files, partial / "command")
        manifest = _manifest(request, base, known, partial)
        (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        put_in_place(partial, destination, request.name, manifest["files"])
    return manifest


def _base(request: Request, partial: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Sequence and model of a bundle, as an earlier try left them if it was asked for the same; contigs and checks come back."""
    files = {what: digest_of(path) for what, path in request.given.items()}
    told = (
        BASE_FORMAT,
        ENGINE_VERSION,
        files,
        dict(request.codes),
        sorted(request.circular),
        dict(request.aliases),
    )
    stamp = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    note = partial / "base.json"
    if note.exists():
        found = json.loads(note.read_text(encoding="utf-8"))
        if found["stamp"] == stamp:
            say("Sequence and genes: finished by an earlier try")
            return dict(found)
        note.unlink()
    contigs, checks, left = _made(request, partial, say)
    base = {"stamp": stamp, "files": files, "contigs": contigs, "checks": _checks(checks, left)}
    half = partial / "base.half"
    half.write_text(json.dumps(base), encoding="utf-8")
    half.replace(note)
    return base


def _made(
    request: Request, partial: Path, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], Checks, Left]:
    """Write sequence and model."""
    taker, regions, left = NoteTaker(), Regions({}), Left()
    found = list[Transcript]()
    if request.gff3 is not None:
        found = transcripts(_rows(request.gff3, regions, taker), left)
        say(f"{counted(len(found), 'transcript')} read from {request.gff3.name}")
    notes = taker.notes()
    request = request.by_own_names(notes.others)
    checks = Checks()
    if request.mane is not None:
        checks.marked = mark(found, mane_table(request.mane), left)
        say(f"{checks.marked:,} of them are named by {request.mane.name}")
    by_contig: dict[str, list[Transcript]] = {}
    for one in found:
        by_contig.setdefault(one.contig, []).append(one)
    model, contigs, offset = ModelFile(), list[dict[str, Any]](), 0
    with (partial / "sequence.bin").open("wb") as file:
        for sequence in sequences(request.fasta):
            facts, manifest = _contig(request, sequence, notes, offset, by_contig)
            own = by_contig.pop(_gff_name(sequence, by_contig, notes, regions), [])
            manifest["transcripts"] = len(own)
            model.add_contig(facts, _laid_out(own, sequence, facts, checks))
            offset += file.write(packed(sequence.bases))
            contigs.append(manifest)
            if len(contigs) <= _TOLD_CONTIGS:
                bases = counted(len(sequence.bases), "base")
                say(f"{sequence.name}: {bases}, {counted(len(own), 'transcript')}")
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
    return contigs, checks, left


def _rows(path: Path, regions: Regions, taker: NoteTaker) -> Iterator[Feature]:
    for row in features(path, regions):
        if (
            row.kind in {"region", "chromosome", "supercontig", "scaffold"}
            and row.start == 0
            and not row.parents
        ):
            taker.take(row)
        else:
            yield row


def _gff_name(
    sequence: Sequence, by_contig: Mapping[str, object], notes: ContigNotes, regions: Regions
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
    notes: ContigNotes,
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
        layout = laid_out(one, bases, CODES[one.table or facts.code], length)
        checks.take(one, layout)
        pairs.append((one, layout))
    return pairs


def _checks(checks: Checks, left: Left) -> dict[str, Any]:
    told: dict[str, Any] = {
        "transcripts": checks.transcripts,
        "coding": checks.coding,
        "fitting": checks.fitting,
        "not_fitting": checks.remarks,
        "examples": checks.examples,
        "left_out": left.counts,
        "left_out_examples": left.examples,
    }
    return told if checks.marked is None else told | {"mane": checks.marked}


def _manifest(
    request: Request, base: Mapping[str, Any], known: list[KnownSource], folder: Path
) -> dict[str, Any]:
    further = sorted(str(path.relative_to(folder)) for path in folder.glob("command/**/*") if path.is_file())
    names = ["model.bin", "sequence.bin", *(source.data for source in known), *further]
    sources = [
        *request.sources,
        *(
            {"what": what, "file": path.name, "sha256": base["files"][what]}
            for what, path in request.given.items()
        ),
    ]
    manifest: dict[str, Any] = {
        "format": FORMAT_WITH_KNOWN if known or request.command else FORMAT,
        "name": request.name,
        "title": request.title or request.name,
        "version": request.version,
        **({"assembly": request.assembly} if request.assembly else {}),
        **({"gene_release": request.gene_release} if request.gene_release else {}),
        "contigs": base["contigs"],
        "checks": base["checks"],
        "sources": [*sources, *told_sources(known, request.known)],
        **({"known": [source.to_manifest() for source in known]} if known else {}),
        **({"command": request.command.to_manifest()} if request.command else {}),
        "builder": f"gas-engine {ENGINE_VERSION}",
        "files": {
            name: {
                "size": (folder / name).stat().st_size,
                "sha256": digest_of(folder / name),
                # Only programs say so: a bundle that names no command has the manifest that it always had.
                **({"executable": True} if name in further and _is_executable(folder / name) else {}),
            }
            for name in names
        },
    }
    manifest["digest"] = manifest_digest(manifest)
    return manifest


def _is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)
