"""A second opinion on what an allele does to a transcript, written from the standards and apart from the engine.

It reads GFF3 and FASTA itself, edits genes as sequences, translates both and compares. It is slow, plain Python, and knows
nothing of the engine: no import, no bundle, no shared table.
"""
