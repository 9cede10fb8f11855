"""Container images of a few files, written without a builder: what `docker save` would write of them."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

USER = "65532:65532"
"""Nobody in particular, as in other images without a system in them."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Image:
    """An image that holds these files, by their path in it, and nothing else."""

    reference: str
    files: Mapping[str, Path]
    entrypoint: Sequence[str] = ()
    environment: Sequence[str] = field(default_factory=tuple)


def write_archive(image: Image, target: Path) -> None:
    """Write an image, whole or not at all; the same files make the same image."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    layer = target.with_name(f"{target.name}.layer")
    try:
        _write_layer(image, layer)
        pack_archive(image.reference, layer, unfinished, entrypoint=image.entrypoint, user=USER)
        unfinished.replace(target)
    finally:
        layer.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)


def pack_archive(
    reference: str, layer: Path, target: Path, *, entrypoint: Sequence[str] = (), user: str = ""
) -> None:
    """Write the image whose only layer is this tar file."""
    with layer.open("rb") as file:
        digest = _digest(file)
    config: dict[str, Any] = {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": {"Entrypoint": list(entrypoint), "User": user},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        # Builders that add layers want one line for each that is there.
        "history": [{"created_by": reference}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [reference], "Layers": ["layer.tar"]}]
    with tarfile.open(target, "w") as archive:
        _add_text(archive, "config.json", config)
        archive.add(layer, "layer.tar")
        _add_text(archive, "manifest.json", manifest)


def _write_layer(image: Image, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for path, source in sorted(image.files.items()):
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = source.stat().st_size, 0o755
            with source.open("rb") as file:
                archive.addfile(entry, file)


def _add_text(archive: tarfile.TarFile, name: str, value: Any) -> None:
    content = json.dumps(value, sort_keys=True).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _digest(file: IO[bytes]) -> str:
    content = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        content.update(chunk)
    return content.hexdigest()
