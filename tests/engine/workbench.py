"""A workbench for tests of the engine: builds small bundles, annotates small files, and reads what came out."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gas_engine import Annotation, Bundle, Choices, Limits, Result, Task, annotate, load_bundle
from gas_engine.header import CSQ_FIELDS
from gas_engine.reference.build import build
from gas_engine.reference.request import Request
from tests.support.vcf_files import vcf

REPOSITORY = Path(__file__).parents[2]
RCRS = REPOSITORY / "annotator/src/gas_annotator/references/rCRS"
LIMITS = Limits(max_records=100_000, max_line_bytes=1024 * 1024, max_uncompressed_bytes=64 * 2**20)
"""Limits that no honest test reaches."""

_FOLDERS: list[TemporaryDirectory[str]] = []
"""Bundles live as long as the process does."""


def _folder() -> Path:
    folder = TemporaryDirectory(prefix="gas-engine-tests-")
    _FOLDERS.append(folder)
    return Path(folder.name)


@cache
def rcrs() -> Bundle:
    """The mitochondrial bundle, built once for all tests of a process."""
    return built(RCRS / "rCRS.fa", RCRS / "genes.gff3", "rCRS")


@cache
def rcrs_sequence() -> str:
    """Its bases."""
    return "".join((RCRS / "rCRS.fa").read_text(encoding="ascii").split("\n")[1:]).upper()


def rcrs_bases(position: int, length: int) -> str:
    """Bases from a position, counted from 1."""
    return rcrs_sequence()[position - 1 : position - 1 + length]


def built(fasta: Path, gff3: Path, name: str = "test", **request: Any) -> Bundle:
    """A bundle of two files."""
    destination = _folder() / name
    build(Request(name=name, fasta=fasta, gff3=gff3, **request), destination, lambda _: None)
    return load_bundle(destination, verify=True)


def small(sequence: str, genes: Iterable[str], contig: str = "1", **request: Any) -> Bundle:
    """A bundle of one contig; rows of genes may be written with spaces between their columns."""
    folder = _folder()
    rows = ["\t".join(row.split(" ", 8)) for row in genes]
    (folder / "s.fa").write_text(f">{contig}\n{sequence}\n", encoding="ascii")
    (folder / "s.gff3").write_text("##gff-version 3\n" + "\n".join(rows) + "\n", encoding="ascii")
    return built(folder / "s.fa", folder / "s.gff3", **request)


Entry = Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """A finished annotation and its text."""

    annotation: Annotation
    text: bytes
    percents: list[int]

    @property
    def header(self) -> list[str]:
        """Header lines of the result."""
        return [line.decode() for line in self.text.splitlines() if line.startswith(b"#")]

    @property
    def records(self) -> list[list[str]]:
        """Columns of each record of the result."""
        return [
            line.decode().split("\t") for line in self.text.split(b"\n") if line and not line.startswith(b"#")
        ]

    def entries(self, tag: str = "CSQ") -> list[list[Entry]]:
        """For each record the entries of the tag; none if it has no tag."""
        return [entries_of(record[7], tag) for record in self.records]

    def touched(self) -> list[list[Entry]]:
        """For each record the entries of transcripts that it touches."""
        return [
            [one for one in entries if one["Feature"] and not one["DISTANCE"]] for entries in self.entries()
        ]

    def of_gene(self, symbol: str) -> list[Entry]:
        """The entry of a gene in each record that has one."""
        return [one for entries in self.entries() for one in entries if one["SYMBOL"] == symbol]

    @property
    def log(self) -> list[str]:
        """Lines of the count log."""
        return self.annotation.files[Result.LOG].read_text(encoding="utf-8").splitlines()

    @property
    def statistics(self) -> dict[str, Any]:
        """The statistics."""
        return dict(json.loads(self.annotation.files[Result.STATISTICS].read_text(encoding="ascii")))

    @property
    def preview(self) -> dict[str, Any]:
        """The preview."""
        return dict(json.loads(self.annotation.files[Result.PREVIEW].read_text(encoding="ascii")))

    @property
    def problems(self) -> list[list[str]]:
        """Rows of the file of problems, without its header."""
        return _rows(self.annotation.files[Result.PROBLEMS])

    @property
    def table(self) -> list[list[str]]:
        """Rows of the table, without its header."""
        return _rows(self.annotation.files[Result.TABLE])


def _rows(path: Path) -> list[list[str]]:
    """Bytes of the user's file may be in any encoding."""
    text = gzip.decompress(path.read_bytes()).decode(errors="replace")
    return [row.split("\t") for row in text.removesuffix("\n").split("\n")[1:]]


def entries_of(info: str, tag: str = "CSQ") -> list[Entry]:
    """The entries of one INFO column."""
    value = next((part[len(tag) + 1 :] for part in info.split(";") if part.startswith(f"{tag}=")), "")
    return [dict(zip(CSQ_FIELDS, entry.split("|"), strict=True)) for entry in value.split(",") if entry]


def run(
    content: bytes,
    folder: Path,
    *,
    bundle: Bundle | None = None,
    name: str = "sample.vcf",
    limits: Limits = LIMITS,
    choices: Choices | None = None,
    threads: int = 1,
) -> Outcome:
    """Annotate a file of this content into a new folder inside the given one."""
    number = sum(1 for _ in folder.iterdir())
    source = folder / f"input{number}"
    source.write_bytes(content)
    output = folder / f"output{number}"
    output.mkdir()
    percents: list[int] = []
    task = Task(source, name, output, limits, choices or Choices(), threads)
    annotation = annotate(task, bundle or rcrs(), percents.append)
    return Outcome(annotation, text_of(annotation), percents)


def text_of(annotation: Annotation) -> bytes:
    """The text of a result."""
    return gzip.decompress(annotation.files[Result.VCF].read_bytes())


def one(row: str, folder: Path, symbol: str, *, bundle: Bundle | None = None) -> Entry:
    """What one record does to one gene; the columns behind ALT are filled in."""
    [entry] = run(vcf(f"{row} . . ."), folder, bundle=bundle).of_gene(symbol)
    return entry
