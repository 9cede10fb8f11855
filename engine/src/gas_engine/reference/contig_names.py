"""Contigs as options of a build call them: by their names, or by another name that is one contig's alone."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from gas_engine.errors import SourceError
from gas_engine.reference import aliases
from gas_engine.reference.fasta import sequences

_SHOWN = 20


def own_names(
    asked: Mapping[str, Iterable[str]], fasta: Path, others: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """What the FASTA file itself calls each contig that options name; `others` are names that the genes' file has for them.

    An option that is about no contig would change nothing, and nobody would hear of it: so it is refused.

    Raises:
        SourceError: no contig is called so, or several are.
    """
    wanted = {name: option for option, names in asked.items() for name in names}
    if not wanted:
        return {}
    owners: dict[str, list[str]] = {}
    own: dict[str, str] = {}
    for sequence in sequences(fasta):
        own[sequence.name] = sequence.name
        known = aliases.names(sequence.name, len(sequence.bases), others.get(sequence.name, ()))
        for name in wanted.keys() & {*known.aliases}:
            owners.setdefault(name, []).append(sequence.name)
    for name, option in wanted.items():
        if name not in own and len(owners.get(name, ())) != 1:
            several = " and ".join(owners.get(name, [])[:2])
            why = f"{several} are both called so" if several else "no contig is called so"
            raise SourceError(f"{option} {name}: {why}; {fasta.name} has {_listed(list(own))}")
    return {name: own.get(name) or owners[name][0] for name in wanted}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
