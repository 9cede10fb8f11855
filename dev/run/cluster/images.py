"""`make images`: the four images from their Dockerfiles, with Docker or, where there is none, with buildah."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dev import ROOT
from dev.run.cluster.base import BUILDER, PYTHON, Base, ensure_base
from dev.run.up.options import BUILD
from kube.errors import ClusterError
from kube.shelf import default_cache_dir

LOCAL_REGISTRY = "localhost"
"""What stands before the names of images that no registry has."""

PARTS = ("annotator", "controllers", "setup", "web")

FOLDER = BUILD / "images"
"""Where the archives lie that a node imports, one a part."""

REPORT = BUILD / "images.json"

FILES = "/files"
"""What a folder of this machine is called in a container that something is run in."""

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine believes: behind a proxy of one's own, a package index is known by it alone."""

BUILD_SECONDS = 1800.0
"""A minute for each on an idle machine."""


@dataclass(frozen=True)
class Built:
    """One image."""

    part: str
    reference: str
    archive: Path
    size_bytes: int


class Buildah:
    """Builds without a daemon and keeps its layers in the cache."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._store = default_cache_dir() / "buildah"

    def build(self, root: Path, part: str, reference: str, archive: Path, base: Base | None = None) -> Built:
        """Build one part from the files of a folder, on a base; without one, on that of all our images.

        Raises:
            ClusterError: the build failed; the text holds the end of what it said.
        """
        arguments = [*_on(base, self._base(base or PYTHON)), f"--tag={reference}", "--layers"]
        if "ARG BUILDER=" in (root / part / "Dockerfile").read_text(encoding="utf-8"):
            arguments.append(f"--build-arg=BUILDER={self._base(BUILDER)}")
        if AUTHORITIES.exists():
            arguments.append(f"--volume={AUTHORITIES}:{AUTHORITIES}:ro")
        try:
            self._call("bud", *arguments, f"--file={root / part / 'Dockerfile'}", str(root))
        except ClusterError:
            # A build that fails leaves its container behind, mounted.
            self._call("rm", "--all", check=False)
            raise
        archive.unlink(missing_ok=True)
        self._call("push", reference, f"docker-archive:{archive}:{reference}")
        return Built(part, reference, archive, archive.stat().st_size)

    def run(self, base: Base, script: str, folder: Path) -> None:
        """Run a shell's script in a container of a base, in which a folder of this machine is `/files`.

        Raises:
            ClusterError: it failed; the text holds the end of what it said.
        """
        container = self._call("from", self._base(base)).stdout.strip()
        try:
            shell = ("/bin/sh", "-c", script)
            self._call("run", f"--volume={folder}:{FILES}", f"--workingdir={FILES}", container, "--", *shell)
        finally:
            self._call("rm", container, check=False)

    def _base(self, base: Base) -> str:
        """The name of a base image that is in the store."""
        reference, archive = ensure_base(base, self._say)
        if self._call("inspect", "--type=image", reference, check=False).returncode != 0:
            self._call("pull", f"docker-archive:{archive}")
        return reference

    def push(self, reference: str) -> None:
        """Push an image to the registry in its name.

        Raises:
            ClusterError: the registry does not take it.
        """
        self._call("push", reference, f"docker://{reference}")

    def _call(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        where = [f"--root={self._store / 'root'}", f"--runroot={self._store / 'run'}"]
        # It needs no rights that a container or a hardened kernel may lack.
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        return _run(["buildah", *where, *arguments], environment, check=check)


class Docker:
    """Builds with a Docker daemon, on the public Python image."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def build(self, root: Path, part: str, reference: str, archive: Path, base: Base | None = None) -> Built:
        """Build one part from the files of a folder, on a base; without one, on that of all our images.

        Raises:
            ClusterError: the build failed; the text holds the end of what it said.
        """
        on = [] if base is None else _on(base, self._base(base))
        file = f"--file={root / part / 'Dockerfile'}"
        _run(["docker", "build", *on, f"--tag={reference}", file, str(root)])
        _run(["docker", "save", f"--output={archive}", reference])
        return Built(part, reference, archive, archive.stat().st_size)

    def run(self, base: Base, script: str, folder: Path) -> None:
        """Run a shell's script in a container of a base, in which a folder of this machine is `/files`.

        Raises:
            ClusterError: it failed; the text holds the end of what it said.
        """
        where = (f"--volume={folder}:{FILES}", f"--workdir={FILES}")
        _run(["docker", "run", "--rm", *where, self._base(base), "/bin/sh", "-c", script])

    def _base(self, base: Base) -> str:
        """The name of a base image that the daemon has."""
        reference, archive = ensure_base(base, self._say)
        if _run(["docker", "image", "inspect", reference], check=False).returncode != 0:
            _run(["docker", "load", f"--input={archive}"])
        return reference

    def push(self, reference: str) -> None:
        """Push an image to the registry in its name.

        Raises:
            ClusterError: the registry does not take it.
        """
        _run(["docker", "push", reference])


Builder = Buildah | Docker


def _on(base: Base | None, reference: str) -> list[str]:
    """The arguments of a build on this image: one without a Python is brought one."""
    brought = base is not None and not base.has_python
    return [f"--build-arg=BASE={reference}", *(["--build-arg=PYTHON=brought"] if brought else [])]


def build_images(
    say: Callable[[str], None],
    *,
    tag: str,
    root: Path = ROOT,
    folder: Path = FOLDER,
    registry: str = LOCAL_REGISTRY,
) -> list[Built]:
    """Build the images from the files of `root` into `folder`, and report the sizes of our own files' images.

    With a registry they are pushed there too, by the builder's own credentials.

    Raises:
        ClusterError: there is no builder, or a build failed.
    """
    builder = find_builder(say)
    folder.mkdir(parents=True, exist_ok=True)
    built = []
    for part in parts_of(root):
        say(f"building the image of the {part}")
        reference = f"{registry}/gas-{part}:{tag}"
        built.append(builder.build(root, part, reference, folder / f"{part}.tar"))
        if registry != LOCAL_REGISTRY:
            builder.push(reference)
    if root == ROOT:
        REPORT.write_text(json.dumps(report(built), indent=2) + "\n")
    return built


def parts_of(root: Path) -> tuple[str, ...]:
    """The parts that the files of a folder have images of: those of an older release may be fewer."""
    return tuple(part for part in PARTS if (root / part / "Dockerfile").exists())


def report(built: list[Built]) -> dict[str, object]:
    """What `build/images.json` says."""
    return {
        "images": [
            {"part": each.part, "reference": each.reference, "sizeBytes": each.size_bytes} for each in built
        ]
    }


def find_builder(say: Callable[[str], None]) -> Builder:
    """Docker where a daemon answers, else buildah.

    Raises:
        ClusterError: there is neither.
    """
    if shutil.which("docker") and _run(["docker", "info"], check=False).returncode == 0:
        return Docker(say)
    if shutil.which("buildah") and os.geteuid() == 0:
        return Buildah(say)
    raise ClusterError(
        "images need Docker, or buildah and root: start Docker, or run as root after `make warm`."
    )


def _run(
    command: list[str], environment: Mapping[str, str] | None = None, *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    if check and done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise ClusterError(f"`{' '.join(command)}` failed:\n{said}")
    return done
