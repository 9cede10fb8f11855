"""The images that our own images are built on where no registry is reached: minimal Debians, each with what it is for."""

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kube.errors import ClusterError
from kube.node.archives import pack_archive
from kube.shelf import default_cache_dir, filled

SUITE = "bookworm"
"""The Debian whose Python is 3.11."""

EXCLUDED = ("man", "doc", "locale", "info")
"""The folders of /usr/share that no program reads."""

OF_SCREENS = ("/usr/lib/*/libLLVM*", "/usr/lib/*/dri/*")
"""What draws windows, which comes with Debian's Java: 140 MB, and nothing that annotates opens one."""

SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))
"""Where this machine says which mirror it uses."""

MAKE_SECONDS = 900.0
"""Half a minute on an idle machine, and two where Java is in it."""


@dataclass(frozen=True)
class Base:
    """A Debian with some packages, under the name and the tag's first word of its image. `excluded` are paths in it."""

    name: str
    packages: tuple[str, ...]
    tag: str = SUITE
    excluded: tuple[str, ...] = ()

    @property
    def has_python(self) -> bool:
        """Whether our programs can run on its own Python."""
        return "python3" in self.packages


PYTHON = Base("localhost/gas/python", ("ca-certificates", "python3", "python3-venv"), "3.11")
"""Python, what makes a virtual environment with it, and whom a TLS client believes. No compiler, no shell's comforts."""

BUILDER = Base(PYTHON.name, (*PYTHON.packages, "gcc", "libc6-dev", "libpython3.11"), PYTHON.tag)
"""The same for the first stage of an image that compiles something, or brings its Python along: with what that takes."""

SNPEFF = Base("localhost/gas/snpeff", ("ca-certificates", "snpeff"), excluded=OF_SCREENS)
"""An engine that is not ours with the Java that it needs, and no Python: what somebody else's image may be like."""

BASES = (PYTHON, BUILDER, SNPEFF)


def ensure_base(base: Base, say: Callable[[str], None]) -> tuple[str, Path]:
    """The image's name and the archive that holds it, made first when the cache does not hold it yet.

    Raises:
        ClusterError: mmdebstrap failed; the text holds what it said.
    """
    reference = reference_of(base)

    def fill(folder: Path) -> None:
        say(f"making the base image, a minimal Debian with {', '.join(base.packages)}")
        layer = folder / "layer.tar"
        done = subprocess.run(
            [*command_of(base), SUITE, str(layer), *(str(each) for each in SOURCES if each.exists())],
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

    folder = default_cache_dir() / "base" / reference.rpartition("-")[2]
    return reference, filled(folder, "making the base image", fill, say) / "base.tar"


def reference_of(base: Base) -> str:
    """The image's name, which is another one whenever it is made otherwise."""
    digest = hashlib.sha256(" ".join(command_of(base)).encode()).hexdigest()[:12]
    return f"{base.name}:{base.tag}-{digest}"


def command_of(base: Base) -> list[str]:
    """Mmdebstrap and its options."""
    excluded = [*(f"/usr/share/{name}/*" for name in EXCLUDED), *base.excluded]
    # A package that links a manual page, as Java does, fails where not even the folder is there.
    folder = "--essential-hook=mkdir -p $1/usr/share/man/man1"
    links = "--customize-hook=ln -s python3 $1/usr/bin/python"
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        f"--include={','.join(base.packages)}",
        *(f"--dpkgopt=path-exclude={path}" for path in excluded),
        links if base.has_python else folder,
    ]
