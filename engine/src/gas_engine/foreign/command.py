"""A command, as a bundle's manifest names it: what is started, what of the machine it needs, and which tags it writes."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gas_engine.errors import BundleError

BUNDLE = "{bundle}"
"""What stands in an argument for the bundle's own folder."""

_TAG = re.compile(r"[A-Za-z_][0-9A-Za-z_.]{0,30}")
"""What VCF lets a key of INFO be."""
_VERSION = re.compile(r"[\w .,:;()+~/-]{0,60}")
"""It goes into headers, sentences and logs, so nothing in it can end a quotation or a line."""
_MOST = 64


@dataclass(frozen=True)
class Command:
    """A program that reads VCF on its standard input and writes the same records, with its tags, on its standard output.

    The first of `argv` is a path, or a name that is looked for in the folders that an installation allows. `reads` are
    folders that it reads, `runs` such that also hold programs or libraries which it starts. `version` is what it calls
    itself. Of `tags`, the first whose entries name a consequence is the one that pages show.
    """

    argv: tuple[str, ...]
    tags: tuple[str, ...]
    reads: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    version: str = ""

    @classmethod
    def from_manifest(cls, told: Mapping[str, Any]) -> "Command":
        """As a manifest has it.

        Raises:
            BundleError: it is none that could be run; the message says why.
        """
        fields: dict[str, Any] = {
            name: tuple(map(str, value)) if isinstance(value, list) else value for name, value in told.items()
        }
        try:
            made = cls(**fields)
            complaint = made._complaint()
        except TypeError:
            complaint = "it has fields that this version does not know, or lacks some"
        if complaint is not None:
            raise BundleError(f"the command that the reference names cannot be run: {complaint}")
        return made

    def to_manifest(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @property
    def words(self) -> str:
        """What people are told that annotated."""
        return self.version or Path(self.argv[0]).name

    def refusal(self, allowed: Iterable[Path]) -> str | None:
        """Why it is not run where bundles may use these folders; None where it is.

        All that it names has to lie there or in the bundle, so that no bundle has a key or a token read.
        """
        folders = [os.path.normpath(folder) for folder in allowed]
        if not folders:
            return (
                f"the reference names a command, {self.words}, and bundles may run none here: whoever runs this has to list"
                " the folders that they may use (GAS_ANNOTATOR__COMMAND_FOLDERS, or gas-annotate --command-folder)"
            )
        named = [*self.reads, *self.runs, *([self.argv[0]] if "/" in self.argv[0] else [])]
        for path in named:
            if not path.startswith(BUNDLE) and not _within(os.path.normpath(path), folders):
                return (
                    f"the command {self.words} needs {path}, which lies in none of the folders that bundles may use here"
                    " (GAS_ANNOTATOR__COMMAND_FOLDERS, or gas-annotate --command-folder)"
                )
        return None

    def started_as(self, allowed: Iterable[Path], bundle: Path) -> list[str]:
        """Its arguments, the program by its path and the bundle by its own."""
        first, *rest = self.argv
        if "/" not in first:
            places = [folder / first for folder in allowed]
            first = str(next((place for place in places if place.is_file()), first))
        return [one.replace(BUNDLE, str(bundle)) for one in (first, *rest)]

    def folders(self, paths: Iterable[str], bundle: Path) -> tuple[Path, ...]:
        """Some of its folders, those in the bundle by their path."""
        return tuple(Path(path.replace(BUNDLE, str(bundle))) for path in paths)

    def _complaint(self) -> str | None:
        """What is wrong with it."""
        listed = (self.argv, self.tags, self.reads, self.runs)
        if not all(isinstance(one, tuple) and len(one) <= _MOST for one in listed):
            return f"argv, tags, reads and runs must be lists of at most {_MOST} words"
        if not self.argv or not self.argv[0] or any("\0" in one for one in self.argv):
            return "argv must name a program"
        relative = "/" in self.argv[0] and not self.argv[0].startswith(("/", f"{BUNDLE}/"))
        paths = (*self.reads, *self.runs, self.argv[0])
        if relative or not all(one.startswith(("/", BUNDLE)) for one in paths[:-1]):
            return "the paths of its program and folders must begin with / or {bundle}"
        if any(".." in one.split("/") for one in paths):
            return "no path of it may hold `..`"
        if not self.tags or not all(map(_TAG.fullmatch, self.tags)) or len({*self.tags}) < len(self.tags):
            return "tags must name the keys of INFO that it writes, such as ANN or CSQ, each once"
        if not isinstance(self.version, str) or not _VERSION.fullmatch(self.version):
            return "its version must be a few words without quotation marks, such as `snpEff 5.1`"
        return None


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)
