"""The local platform: where it does not start, and what it leaves of what it started."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.run.up.errors import PlatformError
from dev.run.up.options import Options
from dev.run.up.platform import Platform
from dev.run.up.programs import Part, Started


def test_a_second_platform_is_told_what_the_first_one_costs(tmp_path: Path) -> None:
    """`make demo` beside `make up` does not start, and says what stopping the other one loses."""

    class Elsewhere(Options):
        """Options whose platform is said to run."""

        @property
        def up_file(self) -> Path:
            """A file that is there."""
            return tmp_path

    with pytest.raises(PlatformError, match=r"one at a time.*`make down` first, which forgets every job"):
        Platform.start(Elsewhere())


def test_a_part_that_has_lost_its_command_line_is_waited_for(tmp_path: Path) -> None:
    """A program that ends has none for a moment, and is not over yet."""

    class Here(Options):
        """Options with a file of their own."""

        @property
        def up_file(self) -> Path:
            """In a folder that goes."""
            return tmp_path / "up.json"

    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    platform = Platform(Here(), {"parts": {}})
    platform._remember(Started(Part("annotator", child.pid, None, mark="gone"), child, tmp_path / "log"))

    assert platform.part_runs("annotator")
    platform.stop_part("annotator")

    assert not platform.part_runs("annotator")
    assert child.returncode is not None
