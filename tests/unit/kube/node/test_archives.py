"""Container images that were written without a builder."""

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

from kube.node.archives import Image, write_archive


def test_image_is_what_docker_would_load(tmp_path: Path) -> None:
    """The archive names its configuration and its layer, whose digest is right, and the files are in the layer."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    target = tmp_path / "image.tar"

    write_archive(Image("localhost/gas/program:1", {"/program": program}, ["/program"]), target)

    with tarfile.open(target) as archive:
        manifest = json.loads(_content(archive, "manifest.json"))
        config = json.loads(_content(archive, manifest[0]["Config"]))
        layer = _content(archive, manifest[0]["Layers"][0])
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        entry = files.getmember("program")
    assert manifest[0]["RepoTags"] == ["localhost/gas/program:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"] == {"Entrypoint": ["/program"], "User": "65532:65532"}
    assert entry.mode == 0o755
    assert entry.size == program.stat().st_size


def test_same_files_make_the_same_image(tmp_path: Path) -> None:
    """Nothing of when or where it was made is in an image."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    image = Image("localhost/gas/program:1", {"/program": program})

    write_archive(image, tmp_path / "first.tar")
    os.utime(program, (0, 0))
    write_archive(image, tmp_path / "second.tar")

    with tarfile.open(tmp_path / "first.tar") as first, tarfile.open(tmp_path / "second.tar") as second:
        assert _content(first, "config.json") == _content(second, "config.json")


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    return file.read()
