"""What `make env` prints: the exports that let a shell talk to the running platform."""

import shlex
from pathlib import Path
from typing import Any

from dev import ROOT
from dev.run.up.platform import Platform


def link_programs(folder: Path) -> Path:
    """A folder with our programs and nothing else of `.venv/bin`, whose Python would stand before the shell's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in (ROOT / ".venv/bin").glob("gas*"):
        link = folder / program.name
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    return folder


def exports(platform: Platform, programs: Path) -> str:
    """Lines for a POSIX shell: kubectl, the AWS variables, and our programs, `gas` as the free user."""
    up: dict[str, Any] = platform.up
    variables = {
        "KUBECONFIG": up["kubeconfig"],
        "AWS_ENDPOINT_URL": platform.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        **platform.settings,
        "GAS_URL": up["web"],
        "GAS_TOKEN": up["tokens"]["free"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    # Ours come first: another `gas` or `gas-reference` of this machine would be of another release.
    folders = (Path(up["kubectl"]).parent, programs)
    ours = ":".join(shlex.quote(str(folder)) for folder in folders)
    return "\n".join([*lines, f'export PATH={ours}:"$PATH"'])
