"""What people are told of a bundle: what it is, what it was made of, and what did not fit."""

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gas_engine.bundle import load_bundle
from gas_engine.errors import BundleError
from gas_engine.origin import NO_VERSION

_UNITS = (("GB", 10**9), ("MB", 10**6), ("KB", 1000))
_OF_A_SOURCE = ("name", "package", "file", "release", "date", "licence")


def counted(count: int, word: str) -> str:
    """So many of something, in its plural unless it is one."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """The digest of all that a manifest says but the digest itself."""
    told = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def shown(folder: Path) -> Iterator[str]:
    """Lines on a bundle, all of whose files are read and compared before the first.

    Raises:
        BundleError: it is none, or something of it is not what the manifest says.
    """
    manifest = load_bundle(folder, verify=True).manifest
    if manifest_digest(manifest) != manifest["digest"]:
        raise BundleError(
            f"{folder / 'manifest.json'} was changed: it no longer has the digest that it tells; fetch or build the bundle again"
        )
    size = (folder / "manifest.json").stat().st_size + sum(one["size"] for one in manifest["files"].values())
    bases = sum(contig["length"] for contig in manifest["contigs"])
    yield f"{manifest['name']}: {manifest.get('title', '')}"
    yield f"  digest {manifest['digest']}"
    for word, key in (("version", "version"), ("assembly", "assembly"), ("gene release", "gene_release")):
        if manifest.get(key) and (key, manifest[key]) != ("version", NO_VERSION):
            yield f"  {word} {manifest[key]}"
    for source in manifest.get("sources", ()):
        yield f"  {source.get('what', '')}: {', '.join(source[key] for key in _OF_A_SOURCE if source.get(key))}"
    yield (
        f"  {counted(len(manifest['contigs']), 'contig')}, {counted(bases, 'base')}; {_size(size)} in"
        f" {counted(len(manifest['files']) + 1, 'file')}, all as the manifest says"
    )
    yield from built(manifest)


def built(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Lines on how building a bundle went."""
    checks = manifest["checks"]
    contigs, transcripts = (
        counted(len(manifest["contigs"]), "contig"),
        counted(checks["transcripts"], "transcript"),
    )
    yield f"{manifest['name']}: {contigs}, {transcripts}"
    command = manifest.get("command")
    if isinstance(command, dict):
        yield f"  annotated by the command: {shlex.join(command['argv'])}"
    yield f"  {checks['fitting']:,} of {checks['coding']:,} coding transcripts read as whole proteins"
    for remark, count in checks["not_fitting"].items():
        yield f"  {count:,}: {remark}, for instance {checks['examples'][remark][0]}"
    yield from _left_out(checks)
    if "mane" in checks:
        yield f"  {checks['mane']:,} transcripts are MANE's"
    for source in manifest.get("known", []):
        yield from _known(source)


def _known(source: Mapping[str, Any]) -> Iterator[str]:
    checks, fields = source["checks"], ", ".join(field["key"] for field in source["fields"])
    yield f"{source['name']} {source['release']}: {source['rows']:,} of {checks['read']:,} rows; {fields}"
    yield from _left_out(checks)


def _left_out(checks: Mapping[str, Any]) -> Iterator[str]:
    for reason, count in checks["left_out"].items():
        yield f"  {count:,} left out: {reason}, for instance {checks['left_out_examples'][reason]}"


def _size(count: int) -> str:
    """Bytes in the unit that people would choose."""
    unit, size = next(((word, size) for word, size in _UNITS if count >= size), _UNITS[-1])
    return f"{count / size:,.1f} {unit}"
