"""The engine's path for single bases beside its general one: the same bytes, for every coding base of a genome."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dev.measure.oracle.alleles import coding_places
from dev.measure.oracle.genomes import Genome
from gas_engine import load_bundle
from gas_engine.core import Options, Worker

_RECORDS = 2_000
"""In one block; each has three alleles."""

_SHOWN = 5


@dataclass
class Paths:
    """How many alleles were annotated both ways, and the first records that differ."""

    alleles: int = 0
    differing: int = 0
    shown: list[str] = field(default_factory=list)


def compare_paths(genome: Genome, bundle: Path) -> Paths:
    """Annotate all three changes of every coding base by both paths."""
    loaded, found = load_bundle(bundle), Paths()
    names = {genome.contig.encode(): loaded.names()[genome.contig.encode()].number}
    fast, general = (
        Worker(loaded.model, Options(distance=0, general=general), "CSQ", "ANN", names)
        for general in (False, True)
    )
    try:
        for count, text in _blocks(genome):
            found.alleles += count
            one, other = fast.annotate(text, 1), general.annotate(text, 1)
            if one.output != other.output or one.rows != other.rows:
                pairs = zip(bytes(one.output).split(b"\n"), bytes(other.output).split(b"\n"), strict=True)
                differing = [pair for pair in pairs if pair[0] != pair[1]]
                found.differing += max(1, len(differing))
                found.shown += [f"{a.decode()}\n{b.decode()}" for a, b in differing][
                    : _SHOWN - len(found.shown)
                ]
    finally:
        fast.close()
        general.close()
    return found


def _blocks(genome: Genome) -> Iterator[tuple[int, bytes]]:
    """Records of three alleles each, in blocks of text, with the number of their alleles."""
    others = {base: f"\t{base}\t{','.join('ACGT'.replace(base, ''))}\t.\t.\t.\n" for base in "ACGT"}
    lines: list[str] = []
    for place in coding_places(genome):
        if rest := others.get(genome.bases[place]):
            lines.append(f"{genome.contig}\t{place + 1}\t.{rest}")
        if len(lines) == _RECORDS:
            yield 3 * len(lines), "".join(lines).encode()
            lines.clear()
    if lines:
        yield 3 * len(lines), "".join(lines).encode()
