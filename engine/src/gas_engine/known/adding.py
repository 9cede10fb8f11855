"""Adds sources of known variants to a bundle that is being built. What is finished stays where a build stops midway."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gas_engine.bundle import Contig, contigs_of, digest_of, names_of
from gas_engine.core import Model, Options, Worker
from gas_engine.errors import SourceError
from gas_engine.known.build import Ground, build_source
from gas_engine.known.fields import NAME, check_divided, check_no_fields
from gas_engine.known.lookup import MOST_COLUMNS, AlleleKeys
from gas_engine.known.request import Form, SourceRequest
from gas_engine.known.source import KnownSource

_FORMAT = 3
"""Raise it when files are written in another way, or have other usual fields: finished ones of older builds are then made anew."""

RESERVED = frozenset({"GAS", "CSQ", "ANN", "Own"})
"""Names that keys of other things begin with; columns have no case."""
_RESERVED = frozenset(name.upper() for name in RESERVED)


def add_sources(
    requests: Sequence[SourceRequest],
    reference: str,
    contigs: Sequence[Mapping[str, Any]],
    folder: Path,
    say: Callable[[str], None],
) -> list[KnownSource]:
    """Map sources into the folder of a bundle whose sequence and model are there.

    Raises:
        SourceError: one cannot be used; those before it are kept for the next try.
    """
    if not requests:
        return []
    model = Model(folder)
    worker = Worker(model, Options(), "CSQ", "ANN", {})
    try:
        ground = ground_of(reference, contigs_of(contigs), worker)
        found = [_added(request, ground, contigs, folder, say) for request in requests]
    finally:
        worker.close()
        model.close()
    columns = sum(len(source.fields) for source in found)
    if columns > MOST_COLUMNS:
        raise SourceError(
            f"the sources have {columns} fields together, and {MOST_COLUMNS} is the most; choose fewer with --fields"
        )
    return found


def ground_of(reference: str, contigs: Sequence[Contig], worker: Worker) -> Ground:
    """What sources of a reference are placed on."""
    names = {name: (contig.number, contig.length) for name, contig in names_of(contigs).items()}
    return Ground(reference, names, len(contigs), AlleleKeys(worker))


def check_names(requests: Sequence[SourceRequest]) -> None:
    """Refuse sources whose keys could not be told apart.

    Raises:
        SourceError: a name cannot be a source's, or two have the same.
    """
    seen: set[str] = set()
    for request in requests:
        if not NAME.fullmatch(request.name) or request.name.upper() in _RESERVED:
            raise SourceError(
                f"{request.name!r} cannot be a source's name: it begins with a letter, has up to 20 letters, digits and"
                f" hyphens, and is none of {', '.join(sorted(RESERVED))}"
            )
        if request.name.upper() in seen:
            raise SourceError(f"two sources are called {request.name}; give one of them another name")
        seen.add(request.name.upper())


def check_fields(requests: Iterable[SourceRequest]) -> None:
    """Refuse fields that no file of a source's form could give, before hours are spent on what comes before it.

    Raises:
        SourceError: such a one is asked for.
    """
    for request in requests:
        if request.form is Form.REGIONS:
            check_no_fields(request.name, request.fields)
        else:
            check_divided(request.name, request.fields, table=request.form is Form.SCORES)


def _added(
    request: SourceRequest,
    ground: Ground,
    contigs: Sequence[Mapping[str, Any]],
    folder: Path,
    say: Callable[[str], None],
) -> KnownSource:
    """One source: taken from an earlier try if that finished it, else mapped."""
    files = tuple({"file": path.name, "sha256": digest_of(path)} for path in request.paths)
    stamp = _stamp(request, files, contigs)
    data, told = folder / f"known-{stamp}.bin", folder / f"known-{stamp}.json"
    if data.exists() and told.exists():
        say(f"{request.name}: finished by an earlier try")
        return KnownSource.from_manifest(json.loads(told.read_text(encoding="utf-8")))
    half = folder / f"known-{stamp}.half"
    say(f"{request.name}: reading {', '.join(path.name for path in request.paths)}")
    source = build_source(request, ground, half, files, say)
    source = KnownSource.from_manifest(source.to_manifest() | {"data": data.name})
    half.replace(data)
    half.write_text(json.dumps(source.to_manifest()), encoding="utf-8")
    half.replace(told)
    say(f"{source.words}: {source.rows:,} of {source.checks['read']:,} rows kept")
    return source


def _stamp(
    request: SourceRequest, files: tuple[Mapping[str, str], ...], contigs: Sequence[Mapping[str, Any]]
) -> str:
    """What a source's file is known by: the same stamp, the same file."""
    told = {
        "format": _FORMAT,
        "form": request.form.value,
        "name": request.name,
        "files": [dict(file) for file in files],
        "fields": [(one.field, one.divisor, one.role.value if one.role else "") for one in request.fields],
        "told": (request.release, request.date, request.licence),
        # Of a circle alleles move to the left across its origin.
        "contigs": [
            (one["name"], one["length"], one["aliases"], one["md5"], one["circular"]) for one in contigs
        ],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def told_sources(sources: Iterable[KnownSource], requests: Iterable[SourceRequest]) -> list[dict[str, str]]:
    """Rows of the manifest's list of everything that a bundle was made of."""
    forms = {request.name: request.form for request in requests}
    rows = []
    for source in sources:
        for file in source.files:
            row = {
                "what": _WORDS[forms[source.name]],
                "name": source.name,
                "release": source.release,
                "date": source.date,
                "licence": source.licence,
                **file,
            }
            rows.append({key: value for key, value in row.items() if value})
    return rows


_WORDS = {
    Form.KNOWN: "known variants",
    Form.FREQUENCIES: "frequencies",
    Form.SCORES: "scores",
    Form.REGIONS: "regions",
}
