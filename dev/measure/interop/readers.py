"""The tools, each run as its users run it, on a result and without configuration; and what they read."""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dev import ROOT
from dev.measure.interop.results import CHANGES, Change, Results

_BIN = ROOT / ".venv-interop/bin"
_SIDE = Path(__file__).with_name("geneimpacts_side.py")
_PATIENCE = 300


class NotThereError(Exception):
    """A tool is not installed."""


@dataclass(frozen=True)
class Read:
    """What a tool says of one allele."""

    gene: str
    consequence: str
    coding: str
    protein: str

    @classmethod
    def of(cls, gene: str, consequence: str, coding: str, protein: str) -> "Read":
        """Names without those of their sequences, and with the sign that INFO must not hold."""
        coding, protein = (name.split(":")[-1].replace("%3D", "=") for name in (coding, protein))
        return cls(gene, consequence, coding, protein)


@dataclass(frozen=True)
class Reading:
    """A tool's run: its version, what it was given and asked, and what it read."""

    tool: str
    version: str
    source: str
    file: str
    asked: str
    read: tuple[str, ...]
    missed: tuple[str, ...]


def _reading(
    about: tuple[str, str, str], file: str, asked: str, read: Iterable[Read], *, every: bool
) -> Reading:
    """Hold what was read against what must be; tools of one consequence per record show the first allele's."""
    found = set(read)
    wanted = [change for change in CHANGES if every or not change.second]
    missed = [change for change in wanted if _wanted(change) not in found]
    told = tuple(f"{one.gene} {one.consequence} {one.coding} {one.protein}" for one in map(_wanted, wanted))
    left_out = tuple(f"{one.gene} {one.coding}; it read {sorted(map(str, found))}" for one in missed)
    return Reading(*about, file, asked, told, left_out)


def _wanted(change: Change) -> Read:
    return Read(change.gene, change.consequence, change.coding, change.protein)


def _said(command: list[str | Path], **more: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_PATIENCE, **more)  # type: ignore[call-overload]
    return str(done.stdout)


def _version(package: str) -> str:
    script = f"from importlib.metadata import version; print(version({package!r}))"
    return _said([_BIN / "python", "-c", script]).strip()


def _installed(*names: str, package: str) -> str:
    """The first of the names that is a program here."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise NotThereError(f"it is not installed: apt-get install {package}")


# ---- the tools -----------------------------------------------------------------------------------------------------------


def split_vep(results: Results) -> Reading:
    """Of bcftools: the worst consequence of each record, the tag left to it."""
    bcftools = _installed("bcftools", package="bcftools")
    version = _said([bcftools, "--version"]).splitlines()[0].split()[1]
    asked = ["+split-vep", "-s", "worst", "-f", r"%SYMBOL\t%Consequence\t%HGVSc\t%HGVSp\n"]
    rows = [line.split("\t") for line in _said([bcftools, *asked, results.csq_vcf]).splitlines()]
    about = ("bcftools +split-vep", version, "Debian `bcftools`")
    return _reading(
        about,
        "NAME.annot.vcf.gz (CSQ)",
        "bcftools +split-vep -s worst -f …",
        (Read.of(*row) for row in rows),
        every=False,
    )


def geneimpacts(results: Results) -> Reading:
    """Its most severe effect of each allele, in VEP's form."""
    rows = json.loads(_said([_BIN / "python", _SIDE, results.csq_vcf]))
    about = ("geneimpacts", _version("geneimpacts"), "PyPI")
    return _reading(
        about,
        "NAME.annot.vcf.gz (CSQ)",
        "VEP.top_severity(effects)",
        (Read.of(*row) for row in rows),
        every=True,
    )


def vcf2maf(results: Results) -> Reading:
    """A MAF file, with a row for each allele."""
    maf = results.csq / "calls.maf"
    _said([_BIN / "vcf2maf-py", "vcf2maf", results.csq_vcf, "-o", maf])
    lines = [line for line in maf.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t")
    read = [Read.of(row["Hugo_Symbol"], row["Consequence"], row["HGVSc"], row["HGVSp"]) for row in rows]
    about = ("vcf2maf-py", _version("vcf2maf-py"), "PyPI")
    return _reading(about, "NAME.annot.vcf.gz (CSQ)", "vcf2maf-py vcf2maf FILE", read, every=True)


def snpsift(results: Results) -> Reading:
    """The first effect of each record, in snpEff's form."""
    program = _installed("SnpSift", "snpSift", package="snpsift")
    banner = subprocess.run([program], capture_output=True, text=True, check=False, timeout=_PATIENCE)
    found = re.search(r"SnpSift version (\S+)", banner.stdout + banner.stderr)
    if found is None:
        raise NotThereError("it does not say its version")
    fields = ["ANN[0].GENE", "ANN[0].EFFECT", "ANN[0].HGVS_C", "ANN[0].HGVS_P"]
    said = _said([program, "extractFields", results.ann_vcf, *fields])
    rows = [line.split("\t") for line in said.splitlines() if line.count("\t") == len(fields) - 1]
    about = ("SnpSift", found.group(1), "Debian `snpsift`")
    return _reading(
        about,
        "NAME.annot.vcf.gz (ANN)",
        "SnpSift extractFields …",
        (Read.of(*row) for row in rows),
        every=False,
    )


def multiqc(results: Results) -> Reading:
    """A report over a folder of results: it reads counts, and so no names."""
    made = results.csq / "report"
    _said([_BIN / "multiqc", "--quiet", "--outdir", made, results.csq])
    kept = json.loads((made / "multiqc_data/multiqc_data.json").read_text(encoding="utf-8"))
    [counts] = kept["report_saved_raw_data"]["vep"].values()
    read = {
        **{name: counts["General statistics"][name] for name in ("Variants processed", "Overlapped genes")},
        **counts["Consequences (most severe)"],
    }
    terms = [change.consequence for change in CHANGES]
    wanted = {
        "Variants processed": len({change.position for change in CHANGES}),
        "Overlapped genes": len({change.gene for change in CHANGES}),
        **{term: terms.count(term) for term in terms},
    }
    missed = tuple(
        f"{name} {count}, but {read.get(name)}" for name, count in wanted.items() if read.get(name) != count
    )
    told = tuple(f"{name}: {count}" for name, count in wanted.items())
    return Reading("MultiQC", _version("multiqc"), "PyPI", "NAME.summary.txt", "multiqc FOLDER", told, missed)


READERS: tuple[Callable[[Results], Reading], ...] = (
    split_vep,
    geneimpacts,
    vcf2maf,
    snpsift,
    multiqc,
)
