"""The command `gas-annotate`: exit codes 0 annotated, 2 refused, 3 internal, 4 a limit was reached."""

import argparse
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from gas_engine.annotate import annotate
from gas_engine.bundle import Bundle, digest_of, load_bundle
from gas_engine.errors import (
    BundleError,
    CommandFailedError,
    EngineError,
    LimitExceededError,
)
from gas_engine.reports import PROVENANCE_FORMAT
from gas_engine.task import Annotation, Choices, Limits, Result, Tag, Task
from gas_engine.versions import ENGINE_VERSION

_DONE, _REFUSED, _INTERNAL, _LIMIT = 0, 2, 3, 4
_BAR_WIDTH = 40


class _CallError(EngineError):
    """The command was called in a way that makes no sense; the message names what is meant."""


class _Progress:
    """A bar on a terminal; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, percent: int) -> None:
        if self._shown:
            done = _BAR_WIDTH * percent // 100
            end = "\n" if percent == 100 else ""  # noqa: PLR2004 - of a hundred
            print(
                f"\r[{'#' * done}{'.' * (_BAR_WIDTH - done)}] {percent:3} %",
                end=end,
                file=sys.stderr,
                flush=True,
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gas-annotate", description="Annotate a VCF or BCF file with consequences and HGVS names."
    )
    parser.add_argument("input", type=Path, nargs="?", help="VCF 3.3 to 4.5, plain, gzip or BGZF, or BCF")
    parser.add_argument("-o", "--output", type=Path, help="the folder of the results")
    parser.add_argument("--reference", type=Path, help="a bundle that gas-reference has built")
    parser.add_argument(
        "--own",
        type=Path,
        metavar="FILE",
        help="known variants (VCF) or regions (BED) of your own, looked up too",
    )
    parser.add_argument("--name", help="what the results are named after (default: the input's name)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="default: all processors")
    parser.add_argument(
        "--tag",
        choices=[tag.value for tag in Tag],
        default=None,
        help="form of the consequences (default: CSQ)",
    )
    parser.add_argument(
        "--distance", type=int, default=None, help="bases up- and downstream of a transcript (default: 5000)"
    )
    parser.add_argument(
        "--max-cpu-seconds",
        type=float,
        metavar="N",
        help="give up after N processor seconds, with exit code 4",
    )
    parser.add_argument(
        "--command-folder",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder that the command of a bundle may use; without one no bundle's command is run",
    )
    parser.add_argument(
        "--rerun", type=Path, metavar="PROVENANCE", help="make the results again that this file tells of"
    )
    parser.add_argument("--version", action="version", version=f"gas-engine {ENGINE_VERSION}")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    arguments = _parser().parse_args(argv)
    try:
        annotation = _run(arguments)
    except LimitExceededError as error:
        print(f"gas-annotate: {_name(arguments)}: {error}", file=sys.stderr)
        return _LIMIT
    except MemoryError:
        print(
            f"gas-annotate: {_name(arguments)}: there is not enough memory; give --threads 1", file=sys.stderr
        )
        return _LIMIT
    except (BundleError, _CallError) as error:
        print(f"gas-annotate: {error}", file=sys.stderr)
        return _REFUSED
    except CommandFailedError as error:
        print(f"gas-annotate: {_name(arguments)}: {error}", file=sys.stderr)
        return _LIMIT if error.signal == signal.SIGXCPU else _INTERNAL
    except EngineError as error:
        print(f"gas-annotate: {_name(arguments)}: {error}", file=sys.stderr)
        return _REFUSED
    except FileNotFoundError as error:
        print(f"gas-annotate: {error.filename} does not exist", file=sys.stderr)
        return _REFUSED
    except (IsADirectoryError, PermissionError) as error:
        print(f"gas-annotate: {error.filename}: {error.strerror}", file=sys.stderr)
        return _REFUSED
    except Exception:  # noqa: BLE001 - the exit code is the promise
        traceback.print_exc()
        print(
            "gas-annotate: this is a fault of the program; please report it with the lines above",
            file=sys.stderr,
        )
        return _INTERNAL
    if annotation.index_note is not None:
        print(f"gas-annotate: {annotation.index_note}", file=sys.stderr)
    print(
        f"{annotation.records:,} records, {annotation.annotated_records:,} with consequences:"
        f" {annotation.files[Result.VCF]}"
    )
    return _DONE


def _name(arguments: argparse.Namespace) -> str:
    return str(arguments.input or arguments.rerun)


def _check(arguments: argparse.Namespace) -> None:
    """Refuse a call that makes no sense before anything is read."""
    if arguments.input is None and arguments.rerun is None:
        raise _CallError(
            "name a file to annotate, or with --rerun the provenance of results"
            if arguments.output
            else "name a file to annotate, and the folder of its results with -o; --help tells all options"
        )
    if arguments.output is None:
        raise _CallError("name the folder of the results with -o")
    for folder in (arguments.output, *arguments.output.parents):
        if folder.exists() and not folder.is_dir():
            raise _CallError(f"-o {folder} is a file, and the results need a folder; name another")
    if arguments.distance is not None and arguments.distance < 0:
        raise _CallError("--distance must not be negative")
    if arguments.threads < 1:
        raise _CallError("--threads must be at least 1")
    if arguments.max_cpu_seconds is not None and not arguments.max_cpu_seconds > 0:
        raise _CallError("--max-cpu-seconds must be more than 0")
    for option in ("tag", "distance", "name"):
        if arguments.rerun is not None and getattr(arguments, option) is not None:
            raise _CallError(f"--rerun makes the same results again, so --{option} cannot be given beside it")


def _run(arguments: argparse.Namespace) -> Annotation:
    _check(arguments)
    told: dict[str, Any] = _told(arguments.rerun) if arguments.rerun else {}
    path = _input(arguments, told)
    bundle = _bundle(arguments, told)
    options, limits = told.get("options", {}), told.get("limits")
    tag = arguments.tag or options.get("tag", Tag.CSQ.value)
    distance = options.get("distance", 5000) if arguments.distance is None else arguments.distance
    task = Task(
        input_path=path,
        file_name=arguments.name or told.get("input", {}).get("file_name") or path.name,
        output_dir=arguments.output,
        limits=Limits(**limits) if limits else Limits(),
        choices=Choices(Tag(tag), distance),
        threads=arguments.threads,
        max_cpu_seconds=arguments.max_cpu_seconds,
        command_folders=tuple(folder.absolute() for folder in arguments.command_folder),
        **_own(arguments, told),
    )
    return annotate(task, bundle, _Progress())


def _told(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        sound = told["format"] == PROVENANCE_FORMAT
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise _CallError(f"{path} is no provenance file of gas-annotate")
    version = told["tools"]["gas-engine"]
    if version != ENGINE_VERSION:
        raise _CallError(
            f"the results were made by gas-engine {version}, this is {ENGINE_VERSION}: install that one"
        )
    return dict(told)


def _input(arguments: argparse.Namespace, told: dict[str, Any]) -> Path:
    """The input: as given, or for a rerun the file of its name beside the provenance or here."""
    if str(arguments.input) == "-":
        raise _CallError(
            "standard input is not read, for a file may have to be read twice; write it to a file and name that"
        )
    if arguments.input is not None:
        path = Path(arguments.input)
    else:
        name = Path(told["input"]["file_name"]).name
        places = [arguments.rerun.parent / name, arguments.rerun.parent.parent / name, Path(name)]
        path = next((place for place in places if place.is_file()), places[0])
    if not path.is_file():
        raise _CallError(f"{path} does not exist" if not path.exists() else f"{path} is no file")
    if told and digest_of(path) != told["input"]["sha256"]:
        raise _CallError(f"{path} is not the file that the provenance tells of: its SHA-256 differs")
    return path


def _own(arguments: argparse.Namespace, told: dict[str, Any]) -> dict[str, Any]:
    """The file of known variants of one's own: as given, or for a rerun the one of its name beside the input's places."""
    own = told.get("own")
    if arguments.own is None and own is None:
        return {}
    if own is not None and arguments.own is None:
        name = Path(own["files"][0]["file"]).name
        places = [arguments.rerun.parent / name, arguments.rerun.parent.parent / name, Path(name)]
        path = next((place for place in places if place.is_file()), places[0])
    else:
        path = arguments.own
    if not path.is_file():
        raise _CallError(
            f"--own: {path} does not exist" if not path.exists() else f"--own: {path} is no file"
        )
    if told and (own is None or digest_of(path) != own["files"][0]["sha256"]):
        raise _CallError(f"--own: {path} is not the file that the provenance tells of")
    return {"own_path": path, "own_name": own["files"][0]["file"] if own else path.name}


def _bundle(arguments: argparse.Namespace, told: dict[str, Any]) -> Bundle:
    reference = told.get("reference", {})
    folder = arguments.reference or (Path(reference["name"]) if reference else None)
    if folder is None:
        raise BundleError("name a bundle with --reference; `gas-reference build` makes one")
    wanted = f"{reference['name']}, digest {reference['digest']}" if reference else ""
    if arguments.reference is None and not (folder / "manifest.json").is_file():
        raise BundleError(f"name with --reference the bundle of these results: {wanted}")
    bundle = load_bundle(folder)
    if reference and bundle.digest != reference["digest"]:
        raise BundleError(f"{folder} is not the bundle of these results, which is {wanted}")
    return bundle
