"""Sizes of bundles in words."""

import pytest

from gas.domain.sizes import size_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (29_800_000_000, "29.8 GB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_sizes_are_told_as_people_say_them(size: int, words: str) -> None:
    """In thousands."""
    assert size_words(size) == words
