"""What tests of known variants share: bundles with sources, written as plain rows."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gas_engine import Bundle, load_bundle
from gas_engine.known.fields import asked_fields
from gas_engine.known.request import Form, SourceRequest
from gas_engine.reference.build import build
from gas_engine.reference.request import Request

COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
_FOLDERS: list[TemporaryDirectory[str]] = []


def folder() -> Path:
    """A new folder that lives as long as the process does."""
    made = TemporaryDirectory(prefix="gas-known-tests-")
    _FOLDERS.append(made)
    return Path(made.name)


def write(path: Path, text: str) -> Path:
    """A file with a text, gzipped if its name says so."""
    content = text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def vcf_source(
    path: Path,
    rows: Iterable[str],
    infos: Sequence[str] = ("AF,Number=A,Type=Float",),
    head: Sequence[str] = (),
) -> Path:
    """A VCF source; the columns of a row may be given with spaces between them."""
    declared = [f'##INFO=<ID={one},Description="{one.partition(",")[0]} of it">' for one in infos]
    lines = ["##fileformat=VCFv4.2", *head, *declared, COLUMNS, *("\t".join(row.split(" ")) for row in rows)]
    return write(path, "\n".join(lines) + "\n")


def source(name: str, form: Form, *paths: Path, fields: str = "", **more: Any) -> SourceRequest:
    """A request for a source."""
    return SourceRequest(name, form, paths, asked_fields(fields) if fields else (), **more)


def request(home: Path, contigs: dict[str, str], *sources: SourceRequest, **more: Any) -> Request:
    """A request for a bundle of small contigs, each with a gene of no code."""
    genes = []
    for name, bases in contigs.items():
        whole = (name, "test", 11, min(40, len(bases)))
        for kind, attributes in (
            ("gene", f"ID=gene:{name}G;Name={name}G;biotype=lncRNA"),
            ("lnc_RNA", f"ID=transcript:{name}T;Parent=gene:{name}G;biotype=lncRNA"),
            ("exon", f"Parent=transcript:{name}T"),
        ):
            columns = (*whole[:2], kind, *whole[2:], ".", "+", ".", attributes)
            genes.append("\t".join(map(str, columns)))
    fasta = write(home / "s.fa", "".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    gff3 = write(home / "s.gff3", "##gff-version 3\n" + "\n".join(genes) + "\n")
    return Request(name="test", fasta=fasta, gff3=gff3, known=sources, **more)


def shelf(contigs: dict[str, str], *sources: SourceRequest, **more: Any) -> Bundle:
    """A bundle of small contigs with sources."""
    home = folder()
    build(request(home, contigs, *sources, **more), home / "test", lambda _: None)
    return load_bundle(home / "test", verify=True)


def values_of(info: str) -> dict[str, str]:
    """INFO by its keys."""
    return dict(part.partition("=")[::2] for part in info.split(";"))
