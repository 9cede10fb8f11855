"""Nothing gets lost, whatever a file holds: every record is annotated or told of, and every original column stays.

`GAS_HYPOTHESIS_PROFILE=search` mutilates 2,000 files instead of a few dozen.
"""

import gzip
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.native_build import FLAGS, PACKAGE
from gas_engine import EngineError, InputRefusedError, Result
from tests.engine.mutilated import damaged, lost, mutilated, strange_file
from tests.engine.workbench import REPOSITORY, run
from tests.support.vcf_files import vcf

SENTENCE = re.compile(r"(line \d+: |None of the |The only record )[^\n]+$")
"""Where the fault lies, why it is one, and what to do."""

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
        assert SENTENCE.match(str(error)), str(error)  # noqa: PT017 - either end is a good one
        return
    assert lost(outcome, content) == []


@given(st.integers(0, 2**32))
@example(386)  # Of one record, which is on another reference.
def test_mutilated_files(seed: int) -> None:
    """A file that something was done to is annotated without loss, or refused with one sentence and nothing left behind."""
    content = mutilated(seed)
    with TemporaryDirectory() as folder:
        try:
            outcome = run(content, Path(folder))
        except EngineError as error:
            assert SENTENCE.match(str(error)), str(error)  # noqa: PT017 - either end is a good one
            assert [path.name for path in Path(folder).glob("output*/*")] == []
            return
        assert lost(outcome, content) == []


def test_losses_are_seen(tmp_path: Path) -> None:
    """The check itself: of a sound result nothing is lost, and of one that somebody worked on it is said what."""
    content = vcf("MT 3460 . G A,C,* . . DP=1", "MT 3460 . T A . . .", "MT 3461 . C T . . .")
    sound = run(content, tmp_path)
    problems = gzip.decompress(sound.annotation.files[Result.PROBLEMS].read_bytes()).splitlines(keepends=True)

    assert lost(sound, content) == []
    for old, new in {
        b"DP=1": b"DP=2",
        b"\t3461\t": b"\t3462\t",
        b";CSQ=": b";X=",
        b"MT\t3461": b"\nMT\t3461",
    }.items():
        assert lost(replace(sound, text=sound.text.replace(old, new)), content), old
    for kept in (problems[:1], problems[:2], [problems[0], problems[2]]):
        sound.annotation.files[Result.PROBLEMS].write_bytes(gzip.compress(b"".join(kept)))
        assert lost(sound, content), kept


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
