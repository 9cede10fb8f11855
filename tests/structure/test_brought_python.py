"""The Python that an image brings along for a base without one: what it is linked with goes along, and the C library does not."""

import importlib.util
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
