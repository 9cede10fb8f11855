"""How a program of `dev` ends: a failure is one sentence, and where in the code it happened is in a file."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from dev import ROOT

FAILURES = ROOT / "build" / "failures"
"""A file for each program, of its last failure that nobody had foreseen."""

INTERRUPTED = 130


def end(main: Callable[[], int | None], folder: Path = FAILURES) -> NoReturn:
    """Run a program's `main` and end with its exit code; with 1 and one sentence when it fails."""
    try:
        code = main() or 0
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody wants to read a traceback for it
        program = _program()
        story = folder / f"{program}.txt"
        story.parent.mkdir(parents=True, exist_ok=True)
        story.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        sys.stderr.write(f"{program} failed: {sentence(error)} (where: {story})\n")
        code = 1
    sys.exit(code)


def sentence(error: Exception) -> str:
    """What an error says, in one line; its kind where it says nothing by itself."""
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    kind = type(error).__name__
    known = said and type(error).__module__.split(".")[0] in {"dev", "gas", "gas_cli", "kube"}
    return said if known else f"{kind}: {said}" if said else kind


def _program() -> str:
    """The name that the running program was started by."""
    spec = sys.modules["__main__"].__spec__
    return Path(sys.argv[0]).stem if spec is None else spec.name.removesuffix(".__main__")
