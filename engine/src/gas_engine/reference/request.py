"""What is asked of a build: from which files, and what the files do not say themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gas_engine.errors import SourceError
from gas_engine.foreign.command import Command
from gas_engine.known.request import SourceRequest
from gas_engine.origin import NO_VERSION
from gas_engine.reference.contig_names import own_names


@dataclass(frozen=True)
class Request:
    """What to build from which files, and what the files do not say themselves."""

    name: str
    fasta: Path
    gff3: Path | None
    title: str = ""
    version: str = NO_VERSION
    codes: Mapping[str, int] = field(default_factory=dict)
    circular: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[Mapping[str, str], ...] = ()
    command: Command | None = None
    """What annotates in place of our engine; a bundle that names one needs no genes."""
    command_files: Path | None = None
    """A folder that becomes `command` in the bundle: what its command reads, so that it goes wherever the bundle goes."""
    mane: Path | None = None
    assembly: str = ""
    """What headers and people call the sequence, such as GRCh38.p14."""
    gene_release: str = ""
    """The release of the genes, such as Ensembl 116."""
    known: tuple[SourceRequest, ...] = ()

    @property
    def given(self) -> dict[str, Path]:
        """The files of sequence and model that were given, by what each is."""
        files = {"sequence": self.fasta, "genes": self.gff3, "MANE transcripts": self.mane}
        return {what: path for what, path in files.items() if path is not None}

    @property
    def inputs(self) -> Iterator[Path]:
        """Everything that is read."""
        yield from self.given.values()
        for source in self.known:
            yield from source.paths
        if self.command_files is not None:
            yield self.command_files

    def by_own_names(self, others: Mapping[str, tuple[str, ...]]) -> "Request":
        """The same with contigs called as the FASTA file calls them; `others` are names that the genes' file has for them.

        Raises:
            SourceError: an option speaks of a contig that is not there, or says two things of one.
        """
        asked = {"--genetic-code": self.codes, "--circular": self.circular, "--alias": self.aliases}
        own = own_names(asked, self.fasta, others)
        codes = dict[str, int]()
        for name, code in self.codes.items():
            if codes.setdefault(own[name], code) != code:
                raise SourceError(
                    f"--genetic-code names {own[name]} twice, with {codes[own[name]]} and {code}"
                )
        added = dict[str, tuple[str, ...]]()
        for name, more in self.aliases.items():
            added[own[name]] = (*added.get(own[name], ()), *more)
        circular = frozenset(own[name] for name in self.circular)
        return replace(self, codes=codes, circular=circular, aliases=added)
