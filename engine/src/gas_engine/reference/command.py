"""The command `gas-reference`: builds a bundle, and tells what is in one."""

import argparse
import shlex
import sys
from importlib.metadata import entry_points
from pathlib import Path

from gas_engine.errors import EngineError
from gas_engine.foreign.command import Command
from gas_engine.known.asking import add_options, asked_sources
from gas_engine.origin import NO_VERSION
from gas_engine.reference.build import build
from gas_engine.reference.request import Request
from gas_engine.reference.telling import built, shown

FURTHER_COMMANDS = "gas_reference.commands"
"""Where other distributions add commands: each entry point is a function that is given argparse's subcommands, adds its own and
sets for each what does its `work`, as is done here."""

PUBLISHERS_COMMANDS = ("publish", "list", "check", "default", "retire", "prune")
"""What such a distribution adds, so that who has the engine alone is told where to get it."""

ELSEWHERE = "{command} works with an installation of GAS, and comes with a clone of it: `make setup` there, then .venv/bin/gas-reference."

_REFUSED, _INTERNAL = 2, 3


def _pairs(values: list[str], what: str) -> dict[str, str]:
    found = {}
    for value in values:
        name, equals, given = value.partition("=")
        if not equals or not name or not given:
            raise EngineError(f"{what} must be CONTIG=VALUE, not {value!r}")
        if name in found:
            raise EngineError(f"{what} names {name} twice; say all of it at once")
        found[name] = given
    return found


def _code_number(contig: str, text: str) -> int:
    if not text.isdigit():
        raise EngineError(f"the genetic code of {contig} must be a number of NCBI's tables, not {text!r}")
    return int(text)


def _build(arguments: argparse.Namespace) -> None:
    codes = _pairs(arguments.genetic_code, "--genetic-code")
    others = _pairs(arguments.alias, "--alias")
    request = Request(
        name=arguments.name,
        fasta=arguments.fasta,
        gff3=arguments.gff3,
        title=arguments.title,
        version=arguments.version,
        codes={contig: _code_number(contig, text) for contig, text in codes.items()},
        circular=frozenset(arguments.circular),
        aliases={contig: tuple(text.split(",")) for contig, text in others.items()},
        command=_command(arguments),
        command_files=arguments.command_files,
        mane=arguments.mane,
        assembly=arguments.assembly,
        gene_release=arguments.gene_release,
        sources=tuple(_source(text) for text in arguments.source),
        known=asked_sources(arguments),
    )
    destination = arguments.output or Path(arguments.name)
    manifest = build(request, destination, lambda sentence: print(sentence, file=sys.stderr))
    print("\n".join(built(manifest)))
    print(f"The bundle is in {destination}; give it to gas-annotate --reference.")


def _source(text: str) -> dict[str, str]:
    """A source as it is told in one word: WHAT=NAME,RELEASE,DATE,LICENCE, of which the last three may be missing."""
    what, equals, told = text.partition("=")
    name, *rest = (part.strip() for part in told.split(",", 3))
    if not what or not equals or not name:
        raise EngineError(f"--source must be WHAT=NAME,RELEASE,DATE,LICENCE, not {text!r}")
    known = {"what": what, "name": name, **dict(zip(("release", "date", "licence"), rest, strict=False))}
    return {key: value for key, value in known.items() if value}


def _command(arguments: argparse.Namespace) -> Command | None:
    """The command that the bundle is to name."""
    if arguments.command is None:
        lists = (arguments.command_reads, arguments.command_runs, arguments.command_tag)
        if any(lists) or arguments.command_files:
            raise EngineError(
                "--command-files, --command-reads, --command-runs and --command-tag go with --command"
            )
        return None
    try:
        words = shlex.split(arguments.command)
    except ValueError as error:
        raise EngineError(f"--command is not written as for a shell: {error}") from error
    told = {"reads": arguments.command_reads, "runs": arguments.command_runs, "tags": arguments.command_tag}
    return Command.from_manifest({"argv": words, "version": arguments.command_version, **told})


def _show(arguments: argparse.Namespace) -> None:
    print("\n".join(shown(arguments.bundle)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gas-reference", description="Build reference bundles for gas-annotate."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    building = commands.add_parser("build", help="make a bundle of a sequence and its genes")
    building.add_argument("name", help="what the reference is called, such as GRCh38")
    building.add_argument("--fasta", type=Path, required=True, help="the sequence; plain, gzip or bgzip")
    building.add_argument(
        "--gff3",
        type=Path,
        help="the genes: Ensembl, GENCODE, RefSeq or SGD; only with --command it may be left out",
    )
    building.add_argument("-o", "--output", type=Path, help="the bundle's folder (default: NAME)")
    building.add_argument("--title", default="", help="a line for people")
    building.add_argument("--version", default=NO_VERSION, help="the bundle's version")
    building.add_argument("--assembly", default="", metavar="WORDS", help="such as GRCh38.p14")
    building.add_argument("--gene-release", default="", metavar="WORDS", help="such as 'Ensembl 116'")
    building.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="WHAT=NAME,RELEASE,DATE,LICENCE",
        help="what the sequence or the genes are of, such as 'genes=Ensembl,116,2026-03-01'",
    )
    building.add_argument(
        "--genetic-code", action="append", default=[], metavar="CONTIG=N", help="NCBI's number of a code"
    )
    building.add_argument(
        "--circular", action="append", default=[], metavar="CONTIG", help="a contig without ends"
    )
    building.add_argument(
        "--alias", action="append", default=[], metavar="CONTIG=A,B", help="other names of a contig"
    )
    _add_command(building)
    building.add_argument(
        "--mane", type=Path, metavar="TABLE", help="MANE's summary: its transcripts come first"
    )
    add_options(building)
    building.set_defaults(work=_build)
    showing = commands.add_parser("show", help="read a bundle whole, and tell what it is and holds")
    showing.add_argument("bundle", type=Path)
    showing.set_defaults(work=_show)
    for further in entry_points(group=FURTHER_COMMANDS):
        further.load()(commands)
    return parser


def _add_command(building: argparse.ArgumentParser) -> None:
    """The options of a bundle whose records another program annotates."""
    group = building.add_argument_group(
        "another program in place of our engine",
        "It reads VCF on its standard input and writes the same records, with its tags, on its standard output. It is"
        " run where whoever annotates allows its folders: docs/references.md",
    )
    group.add_argument("--command", metavar="'PROGRAM ARGUMENTS'", help="what is started, as for a shell")
    group.add_argument("--command-version", default="", metavar="WORDS", help="such as 'snpEff 5.1'")
    group.add_argument(
        "--command-tag",
        action="append",
        default=[],
        metavar="KEY",
        help="a key of INFO that it writes: ANN, CSQ",
    )
    group.add_argument(
        "--command-files",
        type=Path,
        metavar="FOLDER",
        help="is copied into the bundle: the command finds it as {bundle}/command",
    )
    group.add_argument(
        "--command-reads", action="append", default=[], metavar="FOLDER", help="a folder that it reads"
    )
    group.add_argument(
        "--command-runs",
        action="append",
        default=[],
        metavar="FOLDER",
        help="one of programs that it also starts",
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 refused, and what a further command says of itself."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in PUBLISHERS_COMMANDS and not entry_points(group=FURTHER_COMMANDS):
        print(f"gas-reference: {ELSEWHERE.format(command=words[0])}", file=sys.stderr)
        return _REFUSED
    arguments = _parser().parse_args(words)
    try:
        ended: int | None = arguments.work(arguments)
    except (EngineError, OSError) as error:
        print(f"gas-reference: {_words(error)}", file=sys.stderr)
        return _REFUSED
    return ended or 0


def _words(error: Exception) -> str:
    """What went wrong; of what the system says the file and the words, for its number helps nobody."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
