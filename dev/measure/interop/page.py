"""docs/reference/interoperability.md, from a run."""

from collections.abc import Iterable

from dev import ROOT
from dev.measure.interop.readers import Reading

PAGE = ROOT / "docs/reference/interoperability.md"

_HEAD = """# What reads the engine's results

Written by `make interop`, which gives each tool a result of `gas-annotate`, tells it nothing of the engine, and fails where it
does not read a change as below. Tools of PyPI are pinned in requirements/interop.txt, in an environment of their own
(`.venv-interop`); bcftools and SnpSift are those of the machine.

| tool | version | from | reads | asked |
|---|---|---|---|---|
"""

_FOOT = """
Tools that show one consequence for each record (split-vep, SnpSift) take the first allele's; vcf2maf-py and geneimpacts tell the
alleles apart. MultiQC reads counts, and neither names nor VCF files.
"""


def interoperability_page(readings: Iterable[Reading]) -> str:
    """The tools with their versions, and what each of them read."""
    readings = list(readings)
    rows = [f"| {one.tool} | {one.version} | {one.source} | {one.file} | `{one.asked}` |" for one in readings]
    read = []
    for one in readings:
        read += ["", f"## {one.tool}: {one.file}", "", *(f"- {line}" for line in one.read)]
    return _HEAD + "\n".join([*rows, *read]) + "\n" + _FOOT
