"""The local platform: where it does not start, and what it leaves of what it started."""

import subprocess
from pathlib import Path

import pytest

from dev.run.up.errors import PlatformError
from dev.run.up.options import Options
from dev.run.up.platform import Platform
from dev.run.up.programs import Part, Started


def options_at(file: Path) -> Options:
    """Options whose up.json is this file."""

    class At(Options):
        """Options with a file of their own."""

        @property
        def up_file(self) -> Path:
            """The file."""
            return file

    return At()


def test_a_second_platform_is_told_what_the_first_one_costs(tmp_path: Path) -> None:
    """`make demo` beside `make up` does not start, and says what stopping the other one loses."""
    there = options_at(tmp_path)

    with pytest.raises(PlatformError, match=r"one at a time.*`make down` first, which forgets every job"):
        Platform.start(there)


def test_a_part_that_has_lost_its_command_line_is_waited_for(tmp_path: Path) -> None:
    """A program that ends has none for a moment, and is not over yet."""
    platform = Platform(options_at(tmp_path / "up.json"), {"parts": {}})
    with subprocess.Popen(["sleep", "infinity"], start_new_session=True) as child:
        try:
            part = Part("annotator", child.pid, None, mark="gone")
            platform._remember(Started(part, child, tmp_path / "log"))

            assert platform.part_runs("annotator")
            platform.stop_part("annotator")

            assert not platform.part_runs("annotator")
            assert child.returncode is not None
        finally:
            child.kill()
