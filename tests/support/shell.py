"""A terminal beside the running platform, in which people type the `gas` command."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.desk import Desk
from tests.support.waiting import PATIENCE_SECONDS

_GAS = Path(sys.executable).parent / "gas"


def start_entrance(desk: Desk) -> None:
    """Start the web part and the issuer; links hold a little longer than the platform's: a program starts before it follows one."""
    desk.platform.start_entrance({"GAS_LIFECYCLE__LINK_SECONDS": "30"})


class Shell:
    """A terminal of one of the three people, in an empty folder, in which the `gas` command is typed."""

    def __init__(self, desk: Desk, login: str, story: str) -> None:
        self.folder = desk.platform.options.state_dir / "shells" / story
        self.folder.mkdir(parents=True)
        self._environment = {
            "GAS_URL": desk.platform.up["web"],
            "GAS_TOKEN": desk.platform.up["tokens"][login],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
        }

    def write(self, name: str, content: bytes) -> str:
        """Put a file into the folder; its name."""
        (self.folder / name).write_bytes(content)
        return name

    def sha256(self, name: str) -> str:
        """The hash of a file in the folder."""
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the command said, and how it ended."""
        return subprocess.run(
            [sys.executable, _GAS, *words],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def run(self, *words: str) -> str:
        """What the command printed."""
        answer = self.ask(*words)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def json(self, *words: str) -> Any:
        """What the command printed for scripts."""
        return json.loads(self.run(*words, "--json"))
