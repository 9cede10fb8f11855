"""Files for whole platforms to annotate: one that is done at once, and one that takes a while."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from dev.run.up.inputs import write_inputs
from tests.support.long_inputs import long_vcf

SLOW_REPEATS = 6000
"""120 records so many times: 46 MB, some seconds of work for a whole core, so that a job can be met while it runs."""


@cache
def short_vcf() -> bytes:
    """120 records on rCRS."""
    with TemporaryDirectory() as folder:
        return write_inputs(Path(folder))["premium"].read_bytes()


@cache
def slow_vcf() -> bytes:
    """The same records again and again."""
    return long_vcf(short_vcf(), SLOW_REPEATS)
