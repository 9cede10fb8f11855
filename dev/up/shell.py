"""What `make env` prints: the exports that let a shell talk to the running platform."""

import shlex
from pathlib import Path
from typing import Any

from dev.up.options import ROOT
from dev.up.platform import Platform


def exports(platform: Platform) -> str:
    """Lines for a POSIX shell: kubectl, the AWS variables, and the `gas` command as the free user."""
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
    # Our Python comes last, so that the shell's own stays the shell's.
    before, after = shlex.quote(str(Path(up["kubectl"]).parent)), shlex.quote(str(ROOT / ".venv/bin"))
    return "\n".join([*lines, f'export PATH={before}:"$PATH":{after}'])
