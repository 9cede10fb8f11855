"""The image that our own images are built on where no registry is reached: a minimal Debian with its Python."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from kube.errors import ClusterError
from kube.node.archives import pack_archive
from kube.shelf import default_cache_dir, filled

NAME = "localhost/gas/python"

SUITE = "bookworm"
"""The Debian whose Python is 3.11."""

PACKAGES = ("ca-certificates", "python3", "python3-venv")
"""Python, what makes a virtual environment with it, and whom a TLS client believes. No compiler, no shell's comforts."""

BUILD_PACKAGES = (*PACKAGES, "gcc", "libc6-dev")
"""The same with a C compiler, for the first stage of an image that compiles something."""

EXCLUDED = ("man", "doc", "locale", "info")
"""The folders of /usr/share that no program reads."""

SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))
"""Where this machine says which mirror it uses."""

MAKE_SECONDS = 900.0
"""Half a minute on an idle machine."""


def ensure_base(say: Callable[[str], None], packages: tuple[str, ...] = PACKAGES) -> tuple[str, Path]:
    """The image's name and the archive that holds it, made first when the cache does not hold it yet.

    Raises:
        ClusterError: mmdebstrap failed; the text holds what it said.
    """
    command = _command(packages)
    digest = hashlib.sha256(" ".join(command).encode()).hexdigest()[:12]
    reference = f"{NAME}:3.11-{digest}"

    def fill(folder: Path) -> None:
        say("making the base image, a minimal Debian with Python")
        layer = folder / "layer.tar"
        done = subprocess.run(
            [*command, SUITE, str(layer), *(str(each) for each in SOURCES if each.exists())],
            check=False,
            capture_output=True,
            text=True,
            timeout=MAKE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            raise ClusterError(f"mmdebstrap failed: {done.stderr.strip()[-800:]}")
        pack_archive(reference, layer, folder / "base.tar")
        layer.unlink()

    folder = default_cache_dir() / "base" / digest
    return reference, filled(folder, "making the base image", fill, say) / "base.tar"


def _command(packages: tuple[str, ...]) -> list[str]:
    """Mmdebstrap and its options."""
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in EXCLUDED]
    links = "--customize-hook=ln -s python3 $1/usr/bin/python"
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        f"--include={','.join(packages)}",
        *excluded,
        links,
    ]
