"""Versions of everything that can change a result."""

import importlib.metadata
from functools import cache

import pysam


@cache
def tools() -> dict[str, str]:
    """Versions by the names of the tools; looked up once, in the parent, since it reads the disk."""
    return {
        "gas-annotator": importlib.metadata.version("gas-annotator"),
        "bcftools": pysam.version.__bcftools_version__,
        "htslib": pysam.version.__htslib_version__,
        "pysam": pysam.__version__,
    }
