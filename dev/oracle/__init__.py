"""Sets the engine's verdicts beside those of others, on whole chromosomes: `make oracle`.

`genomes` brings the chromosomes, `alleles` what is tried on them, `ours`, `weaver`, `snpeff` and `opinion` answer, `compare`
sets the answers side by side and `explained` says which differences are understood.
"""
