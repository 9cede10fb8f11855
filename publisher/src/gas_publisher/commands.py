"""What `gas-reference` does with an installation: publish, list, check, choose the default, retire and prune.

Which installation it is, the environment says as for `gas-setup`: GAS_INSTANCE, GAS_AWS__REGION and their like.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gas.config import Settings
from gas.domain.catalogue import Entry
from gas.domain.errors import GasError
from gas.domain.keys import MANIFEST_FILE
from gas.domain.manifest import Manifest
from gas.domain.sizes import size_words
from gas.logs import configure_logging
from gas.services.check_references import check_references
from gas.services.prefer_reference import prefer_reference
from gas.services.prune_references import PruneReferences
from gas.services.publish_reference import PublishReference
from gas.services.retire_reference import RetireReference
from gas_engine.bundle import load_bundle
from gas_publisher.listing import as_json, as_table, kept_because, one_line, outcome

_FAILED, _REFUSED = 1, 2

if TYPE_CHECKING:
    from gas.bootstrap import Ports

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no other name for it
    Work = Callable[[Ports, argparse.Namespace], int]


def add_commands(commands: "Commands") -> None:
    """Add the commands to `gas-reference`; this is its entry point."""
    publishing = _added(commands, "publish", _publish, "store a bundle in the installation, and list it")
    publishing.add_argument("bundle", type=Path, help="a folder that `gas-reference build` has made")
    publishing.add_argument(
        "--default",
        action="store_true",
        help="make it the default: it is listed first, and files whose headers speak for no reference get it, such as those "
        "without contigs; stays with the name's next releases",
    )
    publishing.add_argument(
        "--again", action="store_true", help="send also what seems to be stored: mends a damaged bundle"
    )
    listing = _added(commands, "list", _list, "what the installation can annotate against")
    listing.add_argument("--json", action="store_true", help="for programs, with sources and contigs")
    _added(commands, "check", _check, "read every bundle of the installation whole; 1 when one is damaged")
    preferring = _added(
        commands, "default", _default, "make a reference the default, be it published or built in"
    )
    preferring.add_argument(
        "reference", metavar="NAME", help="as `list` tells it; rCRS is the default until another is made it"
    )
    retiring = _added(commands, "retire", _retire, "give a release, or all of a name, to no new job")
    retiring.add_argument("reference", metavar="NAME[@DIGEST]", help="as `list` tells it")
    pruning = _added(commands, "prune", _prune, "remove retired bundles that no unfinished job needs")
    pruning.add_argument("--dry-run", action="store_true", help="say what would be removed; change nothing")


def _added(commands: "Commands", name: str, work: "Work", promise: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=promise, description=f"{promise}.")
    parser.set_defaults(work=lambda arguments: _with_ports(work, arguments))
    return parser


def _with_ports(work: "Work", arguments: argparse.Namespace) -> int:
    """Do it with the installation that the environment names; 1 when that failed, 2 when the settings are wrong."""
    from gas.bootstrap import aws_ports  # noqa: PLC0415 - who builds a bundle needs no SDK

    configure_logging("warning", sys.stderr)
    try:
        settings = Settings()
        settings.names  # noqa: B018 - asking is the check
    except (ValidationError, ValueError) as wrong:
        print(f"gas-reference: the settings are wrong: {wrong}", file=sys.stderr)
        return _REFUSED
    try:
        return work(aws_ports(settings), arguments)
    except GasError as error:
        print(f"gas-reference: {error}", file=sys.stderr)
        return _FAILED


def _publish(ports: "Ports", arguments: argparse.Namespace) -> int:
    folder: Path = arguments.bundle
    # Read whole and loaded: what an annotator would refuse is refused here.
    load_bundle(folder, verify=True)
    text = (folder / MANIFEST_FILE).read_bytes()
    manifest = Manifest.from_json(text)
    publish = PublishReference(ports.references, ports.clock)
    files = {name: folder / name for name in manifest.files}
    done = publish(text, files, default=arguments.default, again=arguments.again, sending=_say_sending)
    print(one_line(done.entry))
    print(f"  digest {done.entry.digest}")
    for sentence in outcome(done, ports.names.instance):
        print(sentence)
    return 0


def _say_sending(name: str, size_bytes: int) -> None:
    print(f"Sending {name}, {size_words(size_bytes)}", file=sys.stderr, flush=True)


def _default(ports: "Ports", arguments: argparse.Namespace) -> int:
    name = arguments.reference
    if prefer_reference(ports.references, name):
        print(f"{name} is the default: within a minute files whose headers speak for no reference get it.")
    else:
        print(f"{name} was the default already: nothing has changed.")
    return 0


def _list(ports: "Ports", arguments: argparse.Namespace) -> int:
    catalogue = ports.references.catalogue()
    print(
        json.dumps(as_json(catalogue), indent=2, ensure_ascii=False)
        if arguments.json
        else as_table(catalogue)
    )
    return 0


def _check(ports: "Ports", _: argparse.Namespace) -> int:
    damaged = False
    for checked in check_references(ports.references):
        damaged = damaged or bool(checked.problems)
        found = "pruned" if checked.entry.pruned else "damaged" if checked.problems else "whole"
        print(f"{found:<8} {_named(checked.entry)}", flush=True)
        for problem in checked.problems:
            print(f"    {problem}")
    for entry in ports.references.catalogue().unreadable:
        damaged = True
        print(f"damaged  {entry.words}\n    its entry in the catalogue cannot be read")
    if damaged:
        print(
            "gas-reference: send damaged bundles anew, from where they were built: gas-reference publish --again.",
            file=sys.stderr,
        )
    return _FAILED if damaged else 0


def _retire(ports: "Ports", arguments: argparse.Namespace) -> int:
    name, at, digest = arguments.reference.partition("@")
    gone = RetireReference(ports.references, ports.clock)(name, digest if at else None)
    for entry in gone:
        print(f"retired  {_named(entry)}")
    newest = ports.references.catalogue().current(name)
    if not gone:
        print("It was retired already: nothing has changed.")
    print(f"New jobs of {name} get {newest.short_digest}." if newest else f"No new job can have {name}.")
    return 0


def _prune(ports: "Ports", arguments: argparse.Namespace) -> int:
    prune = PruneReferences(ports.references, ports.overviews, ports.clock)
    found = prune(dry_run=arguments.dry_run)
    for entry in found.entries:
        print(f"removed  {_named(entry)}")
    for digest in found.unlisted:
        print(f"removed  {digest[:12]}, which is not listed")
    for kept in found.kept:
        print(f"kept     {_named(kept.entry)}: {kept_because(kept)}")
    if arguments.dry_run:
        print("dry run: nothing was changed")
    return 0


def _named(entry: Entry) -> str:
    return f"{entry.name}@{entry.short_digest}, {size_words(entry.size_bytes)}"
