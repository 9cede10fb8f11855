"""The options by which sources of known variants are named, and what a source is called that nobody gave a name."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from gas_engine.errors import SourceError
from gas_engine.known.fields import DBSNP, GNOMAD, NAME, asked_fields, whose_fields
from gas_engine.known.reading import Lines
from gas_engine.known.reading_vcf import VcfHead, vcf_head
from gas_engine.known.request import Form, SourceRequest

_NAMED = re.compile(rf"({NAME.pattern})=(.+)")
_OPTIONS = {
    Form.KNOWN: ("[NAME=]FILE", "a VCF file of known variants, such as ClinVar's or dbSNP's"),
    Form.FREQUENCIES: (
        "[NAME=]FILE",
        "a VCF file of frequencies, such as gnomAD's; once for each of its files",
    ),
    Form.SCORES: ("NAME=FILE", "a table of scores: #CHROM, POS, REF, ALT, then the scores"),
    Form.REGIONS: ("NAME=FILE", "a BED file of regions"),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command's parser."""
    group = parser.add_argument_group(
        "known variants",
        "sources that every allele is looked up in; a source in several files is named several times",
    )
    for form, (metavar, meaning) in _OPTIONS.items():
        group.add_argument(f"--{form.value}", action="append", default=[], metavar=metavar, help=meaning)
    group.add_argument(
        "--fields",
        action="append",
        default=[],
        metavar="NAME=FIELD,...",
        help="fields of a source that are taken, where they are not the usual ones; FIELD/100 divides percent,"
        " FIELD:ROLE says what it is for",
    )
    for what in ("release", "date", "licence"):
        group.add_argument(
            f"--{what}",
            action="append",
            default=[],
            metavar="NAME=TEXT",
            help=f"a source's {what}" + (", where its header tells none" if what != "licence" else ""),
        )


def asked_sources(arguments: argparse.Namespace) -> tuple[SourceRequest, ...]:
    """The sources that options ask for, in the order of the options' kinds.

    Raises:
        SourceError: an option is not written as it must be, or speaks of no source.
    """
    paths: dict[str, list[Path]] = {}
    forms: dict[str, Form] = {}
    for form in _OPTIONS:
        for value in getattr(arguments, form.value):
            name, path = _named(value, form)
            if forms.setdefault(name, form) is not form:
                raise SourceError(f"{name} is named by --{forms[name].value} and by --{form.value}")
            paths.setdefault(name, []).append(path)
    told = {
        what: _texts(getattr(arguments, what), what, forms)
        for what in ("fields", "release", "date", "licence")
    }
    return tuple(
        SourceRequest(
            name=name,
            form=form,
            paths=tuple(paths[name]),
            fields=asked_fields(told["fields"][name]) if name in told["fields"] else (),
            release=told["release"].get(name, ""),
            date=told["date"].get(name, ""),
            licence=told["licence"].get(name, ""),
        )
        for name, form in forms.items()
    )


def _texts(values: Iterable[str], what: str, names: Iterable[str]) -> dict[str, str]:
    found = {}
    for value in values:
        match = _NAMED.fullmatch(value)
        if match is None:
            raise SourceError(
                f"--{what} must be NAME={'FIELD,...' if what == 'fields' else 'TEXT'}, not {value!r}"
            )
        if match[1] not in names:
            raise SourceError(
                f"--{what} speaks of {match[1]}, and the sources are {', '.join(names) or 'none'}"
            )
        found[match[1]] = match[2]
    return found


def _named(value: str, form: Form) -> tuple[str, Path]:
    match = _NAMED.fullmatch(value)
    if match is not None:
        name, path = match[1], Path(match[2])
    else:
        name, path = "", Path(value)
    if not path.is_file():
        raise SourceError(f"--{form.value}: {path} is no file")
    if name:
        return name, path
    if form in {Form.SCORES, Form.REGIONS}:
        raise SourceError(f"--{form.value} must be NAME=FILE, not {value!r}: every key begins with the name")
    lines = Lines(path)
    try:
        return called(path, vcf_head(lines)), path
    finally:
        lines.close()


def called(path: Path, head: VcfHead) -> str:
    """What a VCF source is called: ClinVar, dbSNP and gnomAD say so themselves, others by their files' names."""
    source = head.told.get("source", "")
    if whose := whose_fields(source):
        return whose
    if "dbSNP_BUILD_ID" in head.told:
        return DBSNP
    if "gnomad" in path.name.lower() or "gnomad" in source.lower():
        return GNOMAD
    name = re.sub(r"[^A-Za-z0-9-]", "", path.name.partition(".")[0])[:20]
    if not NAME.fullmatch(name):
        raise SourceError(f"{path}: what is this source called? Write NAME={path}")
    return name
