"""Nothing gets lost, whatever a file holds: every record is annotated or told of, and every original column stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.native_build import FLAGS, PACKAGE
from gas_engine import InputRefusedError
from tests.engine.mutilated import damaged, lost, strange_file
from tests.engine.workbench import REPOSITORY, run

_SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")


@pytest.mark.parametrize("seed", range(8))
def test_strange_files(tmp_path: Path, seed: int) -> None:
    """Everything that a record may hold."""
    content = strange_file(seed)

    assert lost(run(content, tmp_path), content) == []


@pytest.mark.parametrize("seed", range(24))
def test_damaged_files(tmp_path: Path, seed: int) -> None:
    """A file with some bytes changed is annotated without loss, or refused with a line."""
    content = damaged(strange_file(seed, records=40), seed)

    try:
        outcome = run(content, tmp_path)
    except InputRefusedError as error:
        assert str(error).startswith(("line ", "None of the"))  # noqa: PT017 - either end is a good one
        return
    assert lost(outcome, content) == []


def test_threads_change_nothing(tmp_path: Path) -> None:
    """Any number of threads writes the same bytes."""
    content = strange_file(1, records=6000)

    one, *others = (run(content, tmp_path, threads=threads) for threads in (1, 2, 3, 7))

    first = {result.value: path.read_bytes() for result, path in one.annotation.files.items()}
    for other in others:
        assert {result.value: path.read_bytes() for result, path in other.annotation.files.items()} == first


def test_memory_is_used_well(tmp_path: Path) -> None:
    """With the sanitizers of address and undefined behaviour the core reads strange and damaged files to their ends."""
    sanitizer = subprocess.run(
        ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    )
    if "/" not in sanitizer.stdout:
        pytest.skip("this compiler has no sanitizers")
    library = tmp_path / "core.so"
    sources = sorted((PACKAGE / "native").glob("*.c"))
    flags = [flag for flag in FLAGS if flag != "-O2"]
    subprocess.run(["cc", *flags, *_SANITIZERS, "-o", library, *sources], check=True)
    # What Python itself never frees is none of the core's.
    environment = {**os.environ, "LD_PRELOAD": sanitizer.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"}

    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.mutilated", str(library)],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "sound\n"), done.stderr[-2000:]
