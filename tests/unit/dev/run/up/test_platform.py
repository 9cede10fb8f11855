"""The local platform, where it does not start."""

from pathlib import Path

import pytest

from dev.run.up.errors import PlatformError
from dev.run.up.options import Options
from dev.run.up.platform import Platform


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
