"""Builds reference bundles from FASTA and GFF3: `gas-reference build`."""
