"""Sets the engine's verdicts beside those of others, on whole chromosomes: `make oracle`.

`genomes` brings the chromosomes, `alleles` what is tried on them; `ours`, `hgvs_weaver`, `snpeff` and `opinion` answer; `vocabulary`
brings the answers into shared words, `compare` sets them side by side, and `explained` says which differences are understood.
`paths` compares the engine's two paths, `trials` puts all of it together, `page` writes what came out.
"""
