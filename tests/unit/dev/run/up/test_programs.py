"""Our programs as processes that are run to their end."""

import pytest

from dev.run.up.errors import PlatformError
from dev.run.up.programs import run_program


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "gas-reference failed: .* error: .*COMMAND"),
        (("build", "yeast"), "gas-reference build failed: .* are required: --fasta"),
    ],
    ids=["by its name", "with what it was to do"],
)
def test_a_program_that_fails_is_told_with_its_words(arguments: tuple[str, ...], told: str) -> None:
    """Whoever starts the platform reads which program it was, and what it said."""
    with pytest.raises(PlatformError, match=f"(?s){told}"):
        run_program("reference", *arguments, settings={})
