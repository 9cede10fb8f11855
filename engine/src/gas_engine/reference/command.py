"""The command `gas-reference`: builds a bundle, and tells what is in one."""

import argparse
import json
import sys
from pathlib import Path

from gas_engine.errors import EngineError
from gas_engine.reference.build import Request, build

_REFUSED, _INTERNAL = 2, 3


def _pairs(values: list[str], what: str) -> dict[str, str]:
    found = {}
    for value in values:
        name, equals, given = value.partition("=")
        if not equals or not name or not given:
            raise EngineError(f"{what} must be CONTIG=VALUE, not {value!r}")
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
    )
    destination = arguments.output or Path(arguments.name)
    manifest = build(request, destination, lambda sentence: print(sentence, file=sys.stderr))
    _tell(manifest)
    print(f"The bundle is in {destination}; give it to gas-annotate --reference.")


def _tell(manifest: dict[str, object]) -> None:
    checks = manifest["checks"]
    assert isinstance(checks, dict)
    contigs = manifest["contigs"]
    assert isinstance(contigs, list)
    print(f"{manifest['name']}: {len(contigs)} contigs, {checks['transcripts']:,} transcripts")
    print(f"  {checks['fitting']:,} of {checks['coding']:,} coding transcripts read as whole proteins")
    for remark, count in checks["not_fitting"].items():
        print(f"  {count:,}: {remark}, for instance {checks['examples'][remark][0]}")
    for reason, count in checks["left_out"].items():
        print(f"  {count:,} left out: {reason}, for instance {checks['left_out_examples'][reason]}")


def _show(arguments: argparse.Namespace) -> None:
    path = arguments.bundle / "manifest.json"
    try:
        _tell(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise EngineError(f"{arguments.bundle} is no reference bundle: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gas-reference", description="Build reference bundles for gas-annotate."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    building = commands.add_parser("build", help="make a bundle of a sequence and its genes")
    building.add_argument("name", help="what the reference is called, such as GRCh38")
    building.add_argument("--fasta", type=Path, required=True, help="the sequence; plain, gzip or bgzip")
    building.add_argument(
        "--gff3", type=Path, required=True, help="the genes: Ensembl, GENCODE, RefSeq or SGD"
    )
    building.add_argument("-o", "--output", type=Path, help="the bundle's folder (default: NAME)")
    building.add_argument("--title", default="", help="a line for people")
    building.add_argument("--version", default="1", help="the bundle's version")
    building.add_argument(
        "--genetic-code", action="append", default=[], metavar="CONTIG=N", help="NCBI's number of a code"
    )
    building.add_argument(
        "--circular", action="append", default=[], metavar="CONTIG", help="a contig without ends"
    )
    building.add_argument(
        "--alias", action="append", default=[], metavar="CONTIG=A,B", help="other names of a contig"
    )
    building.set_defaults(work=_build)
    showing = commands.add_parser("show", help="tell what a bundle holds")
    showing.add_argument("bundle", type=Path)
    showing.set_defaults(work=_show)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 refused."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.work(arguments)
    except (EngineError, OSError) as error:
        print(f"gas-reference: {error}", file=sys.stderr)
        return _REFUSED
    return 0
