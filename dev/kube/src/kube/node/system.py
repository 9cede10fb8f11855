"""What runs in the cluster beside GAS: an image and the manifests of each part, made once of what was compiled."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kube.binaries import built_folder
from kube.builds import COREDNS, KEDA, KUBE_ROUTER, METRICS_SERVER, PROMETHEUS, TRAEFIK, Build
from kube.compiler import copy_writable, module_folder
from kube.errors import ClusterError
from kube.node.archives import Image, write_archive
from kube.node.layout import PAUSE_IMAGE
from kube.shelf import default_cache_dir, filled

SOURCES = Path(__file__).resolve().parent / "system"
"""A kustomization of each part."""

PAUSE_SOURCE = Path(__file__).resolve().parent / "pause.c"

_COMMAND_SECONDS = 60.0


@dataclass(frozen=True)
class Part:
    """One part: the build that holds its programs, the images made of them, and the manifests."""

    build: Build
    programs: tuple[str, ...]
    deployments: tuple[str, ...]
    """What is awaited, as `namespace/name`."""
    module: str = ""
    """The module whose own manifests are the base; they are copied, because a cache of modules may be cleaned."""
    manifests: str = ""
    """Their folder in it."""

    @property
    def name(self) -> str:
        """What its folders are called."""
        return self.build.name


PARTS = (
    # It runs beside the kubelet, and has only its rights in the cluster.
    Part(KUBE_ROUTER, (), ()),
    Part(COREDNS, ("coredns",), ("kube-system/coredns",)),
    Part(
        METRICS_SERVER,
        ("metrics-server",),
        ("kube-system/metrics-server",),
        "sigs.k8s.io/metrics-server",
        "manifests",
    ),
    Part(
        KEDA,
        ("keda", "keda-adapter"),
        ("keda/keda-operator", "keda/keda-metrics-apiserver"),
        "github.com/kedacore/keda/v2",
        "config",
    ),
    Part(PROMETHEUS, ("prometheus",), ("monitoring/prometheus",)),
    Part(TRAEFIK, ("traefik",), ("ingress/traefik",)),
)


@dataclass(frozen=True)
class Made:
    """What was made of a part."""

    manifest: Path
    images: tuple[Path, ...]


def ensure_pause(cache_dir: Path | None, say: Callable[[str], None]) -> Path:
    """The image of the pods' first process."""
    content = hashlib.sha256(PAUSE_SOURCE.read_bytes()).hexdigest()[:16]
    folder = (cache_dir or default_cache_dir()) / "system" / f"pause-{content}"

    def fill(folder: Path) -> None:
        program = folder / "pause"
        _run("cc", "-Os", "-static", "-o", str(program), str(PAUSE_SOURCE))
        write_archive(Image(PAUSE_IMAGE, {"/pause": program}, ["/pause"]), folder / "pause.tar")

    return filled(folder, "making the image of the pods' first process", fill, say) / "pause.tar"


def ensure_part(part: Part, kubectl: Path, cache_dir: Path | None, say: Callable[[str], None]) -> Made:
    """The images and the manifest of a part, made first when the cache does not hold them yet.

    Raises:
        ClusterError: kubectl or a program that is needed for it refused.
    """
    folder = (cache_dir or default_cache_dir()) / "system" / f"{part.name}-{_digest(part)}"

    def fill(folder: Path) -> None:
        built = built_folder(part.build, cache_dir)
        for program in part.programs:
            image = Image(f"{_name(program)}:{_tag(part)}", {f"/{program}": built / program}, [f"/{program}"])
            write_archive(image, folder / f"{program}.tar")
        (folder / "manifest.yaml").write_text(_manifest(part, kubectl, folder / "kustomization"))

    made = filled(folder, f"making the images of {part.build.title}", fill, say)
    return Made(made / "manifest.yaml", tuple(made / f"{program}.tar" for program in part.programs))


def _manifest(part: Part, kubectl: Path, work: Path) -> str:
    """The part's kustomization, with our images in the place of published ones."""
    shutil.copytree(SOURCES / part.name, work / "part")
    if part.module:
        base = module_folder(part.build, part.module) / part.manifests
        copy_writable(base, work / "part" / "module")
    names = [{"name": program, "newName": _name(program), "newTag": _tag(part)} for program in part.programs]
    (work / "kustomization.yaml").write_text(json.dumps({"resources": ["part"], "images": names}))
    answer = _run(str(kubectl), "kustomize", str(work))
    shutil.rmtree(work)
    return answer


def _name(program: str) -> str:
    return f"localhost/gas/{program}"


def _tag(part: Part) -> str:
    return part.build.digest()


def _digest(part: Part) -> str:
    content = hashlib.sha256(part.build.digest().encode())
    for path in (*sorted((SOURCES / part.name).iterdir()), Path(__file__)):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def _run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=_COMMAND_SECONDS, env=environment
    )
    if done.returncode != 0:
        raise ClusterError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout
