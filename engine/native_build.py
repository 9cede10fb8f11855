"""Compiles the core: C11 with the C compiler alone, into one shared library beside the Python modules.

Hatch calls it for wheels and editable installs; `python native_build.py` compiles without installing.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path(__file__).parent / "src/gas_engine"
LIBRARY = PACKAGE / "_core.so"
FLAGS = (
    "-std=c11",
    "-D_GNU_SOURCE",
    "-O2",
    "-Wall",
    "-Wextra",
    "-fPIC",
    "-shared",
    "-fvisibility=default",
    "-Wl,-Bsymbolic",
)
"""-Bsymbolic: calls from one file to another go straight there, not through the table that would let others step in."""


def compile_core(library: Path = LIBRARY, extra: tuple[str, ...] = ("-Werror",)) -> None:
    """Compile all C files into a library. It replaces an older one in one step: that one may be in use."""
    sources = sorted((PACKAGE / "native").glob("*.c"))
    partial = library.with_suffix(f".{os.getpid()}.part")
    compiler = os.environ.get("CC", "cc").split()
    try:
        subprocess.run([*compiler, *FLAGS, *extra, "-o", partial, *sources], check=True)  # noqa: S603 - our own sources
    except FileNotFoundError:
        sys.exit("gas-engine: a C compiler is needed to build it (Debian: apt-get install gcc libc6-dev)")
    partial.replace(library)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the core before Hatch packs it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is for this kind of machine."""
        del version
        # Other compilers warn of other things: only our own builds treat a warning as an error.
        compile_core(extra=())
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(LIBRARY)] = "gas_engine/_core.so"


if __name__ == "__main__":
    compile_core()
