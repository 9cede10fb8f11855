"""Makes a virtual environment stand on its own: its Python and that one's libraries are copied into it.

The image's build calls it for a base whose own Python is older or missing: `bring_python.py /opt/gas`. All but the C library
goes along, so that the base's must not be older than the one here. The Python that it is called with must be the
environment's, have a shared libpython (official images do), and stand beside a C compiler.
"""

import compileall
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
OF_THE_BASE = re.compile(r"^(ld-linux.*|linux-vdso|lib(c|m|dl|rt|pthread|util|resolv|nsl|anl))\.so")
"""The C library and its loader are one with the base's own. What is newer here than there is told when it is tried."""

LEFT_OUT = (
    *("ensurepip", "idlelib", "lib2to3", "test", "tests", "tkinter", "_tkinter*", "turtledemo", "config-*"),
    *("site-packages", "dist-packages", "__pycache__"),
)
"""Of the standard library: what installs, draws, links or tests."""

MAIN = """
int Py_BytesMain(int argc, char **argv);
int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
"""
"""A Python of one line, linked such that it, and nothing else in the image, looks for libraries in its own folder."""

TIMEOUT_SECONDS = 120.0


def linked(listing: str) -> Iterator[Path]:
    """The libraries that a listing of `ldd` names, without those that the base has to have."""
    for name, path in re.findall(r"^\s*(\S+) => (/\S+) \(", listing, re.MULTILINE):
        if not OF_THE_BASE.match(name):
            yield Path(path)


def libraries(files: Iterable[Path]) -> dict[str, Path]:
    """What all these files are linked with, each by its name."""
    found: dict[str, Path] = {}
    for file in files:
        done = subprocess.run(
            ["ldd", str(file)], check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
        found |= {path.name: path for path in linked(done.stdout)}
    return found


def libpython() -> Path:
    """The shared library that is Python.

    Raises:
        SystemExit: this Python has none.
    """
    name = f"lib{VERSION}.so.1.0"
    places = [sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("MULTIARCH")]
    folders = [Path(places[0] or "/usr/lib"), Path("/usr/lib") / (places[1] or "")]
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    if found is None:
        sys.exit(
            f"bring_python: {name} is in none of {', '.join(map(str, folders))}: build with an image that has it"
        )
    return found


def bring(environment: Path) -> None:
    """Copy Python into a virtual environment and have it use that."""
    home = environment / "python"
    library = home / "lib" / VERSION
    own = library / "libraries"
    shutil.rmtree(home, ignore_errors=True)
    left_out = shutil.ignore_patterns(*LEFT_OUT)
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=left_out, ignore_dangling_symlinks=True)
    # Where it runs, nothing can be written: what is not compiled now would be compiled at every start.
    compileall.compile_dir(library, quiet=2)
    own.mkdir()
    (home / "bin").mkdir()
    main = libpython()
    shutil.copy2(main, own / main.name)
    modules = [*library.glob("lib-dynload/*.so"), *environment.glob("lib/*/site-packages/**/*.so*")]
    for name, path in libraries([main, *modules]).items():
        if environment not in path.parents:  # Wheels find what they bring by themselves.
            shutil.copy2(path, own / name)
    _link(home / "bin" / VERSION, own / main.name, own)
    for name in ("python", "python3", VERSION):
        (environment / "bin" / name).unlink(missing_ok=True)
        (environment / "bin" / name).symlink_to(f"../python/bin/{VERSION}")
    config = environment / "pyvenv.cfg"
    lines = [
        line
        for line in config.read_text().splitlines()
        if not line.startswith(("home", "executable", "command"))
    ]
    config.write_text("\n".join([f"home = {home / 'bin'}", *lines]) + "\n")


def _link(program: Path, main: Path, own: Path) -> None:
    """Make the program. The old kind of path (RPATH) holds for what its modules are linked with, too."""
    compiler = os.environ.get("CC", "cc")
    paths = ("-Wl,--disable-new-dtags", f"-Wl,-rpath,{own}", f"-Wl,-rpath-link,{own}")
    subprocess.run(
        [compiler, "-x", "c", "-", "-x", "none", "-o", str(program), str(main), *paths],
        check=True,
        input=MAIN.encode(),
        timeout=TIMEOUT_SECONDS,
    )


if __name__ == "__main__":
    bring(Path(sys.argv[1]))
