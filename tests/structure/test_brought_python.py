"""The Python that an image brings along for a base without one: what it is linked with goes along, and the C library does not."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

LISTING = """
\tlinux-vdso.so.1 (0x00007fdace9f7000)
\tlibpython3.11.so.1.0 => /usr/local/lib/libpython3.11.so.1.0 (0x00007fdace400000)
\tlibssl.so.3 => /usr/lib/x86_64-linux-gnu/libssl.so.3 (0x00007fdace500000)
\tlibcrypt.so.1 => /lib/x86_64-linux-gnu/libcrypt.so.1 (0x00007fdace500000)
\tlibmd.so.0 => /lib/x86_64-linux-gnu/libmd.so.0 (0x00007fdace500000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fdace21e000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007fdace13e000)
\tlibpthread.so.0 => /lib/x86_64-linux-gnu/libpthread.so.0 (0x00007fdace13e000)
\tlibnone.so.1 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007fdace9f9000)
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script, which lies in no package."""
    spec = importlib.util.spec_from_file_location("bring_python", ROOT / "annotator/bring_python.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_libraries_that_go_along(script: ModuleType) -> None:
    """All that is found but the C library's own parts: of these the base has its own, with its own loader."""
    assert [path.name for path in script.linked(LISTING)] == [
        "libpython3.11.so.1.0",
        "libssl.so.3",
        "libcrypt.so.1",
        "libmd.so.0",
    ]


def test_this_python_is_linked_with_libraries(script: ModuleType) -> None:
    """What is asked of the linker here is answered in the form that is read."""
    modules = [Path(importlib.util.find_spec(name).origin) for name in ("_ssl", "_ctypes")]  # type: ignore[union-attr, arg-type]  # both are files

    found = script.libraries(modules)

    assert any(name.startswith("libssl") for name in found)
    assert not any(name.startswith(("libc.", "ld-linux")) for name in found)


def test_a_base_on_which_no_python_runs_is_told_both_causes(tmp_path: Path) -> None:
    """The build ends where the image's Python does not start, and names the argument that may be missing, and the C library."""
    text = (ROOT / "annotator/Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    [check] = [line for line in text.splitlines() if line.startswith("RUN /opt/gas/bin/python")]
    command = check.removeprefix("RUN ").replace("/opt/gas", str(tmp_path))

    done = subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "PYTHON=brought" in done.stderr
    assert "C library" in done.stderr
