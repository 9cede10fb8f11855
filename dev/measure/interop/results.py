"""What the tools are given: results of the command gas-annotate, and what they must find in them."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dev import ROOT

_BUNDLE = ROOT / "annotator/src/gas_annotator/references/rCRS"
_HEAD = (
    "##fileformat=VCFv4.2",
    "##contig=<ID=MT,length=16569>",
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tPATIENT",
)


@dataclass(frozen=True)
class Change:
    """One allele: how the file writes it, and the names that a tool must read for it."""

    position: int
    ref: str
    alt: str
    gene: str
    consequence: str
    coding: str
    protein: str
    second: bool = False
    """Not the first allele of its record: tools that take one consequence per record do not show it."""


CHANGES = (
    Change(3460, "G", "A", "MT-ND1", "missense_variant", "c.154G>A", "p.Ala52Thr"),
    Change(4610, "AA", "A", "MT-ND2", "frameshift_variant", "c.142del", "p.Met48Ter"),
    Change(8993, "T", "G", "MT-ATP6", "missense_variant", "c.467T>G", "p.Leu156Arg"),
    Change(8993, "T", "C", "MT-ATP6", "missense_variant", "c.467T>C", "p.Leu156Pro", second=True),
    Change(14484, "T", "C", "MT-ND6", "missense_variant", "c.190A>G", "p.Met64Val"),
)


@dataclass(frozen=True)
class Results:
    """Folders of results, the consequences in one form each."""

    csq: Path
    ann: Path

    @property
    def csq_vcf(self) -> Path:
        """The annotated file, in VEP's form."""
        return self.csq / "calls.annot.vcf.gz"

    @property
    def ann_vcf(self) -> Path:
        """The annotated file, in snpEff's form."""
        return self.ann / "calls.annot.vcf.gz"


def annotated(folder: Path) -> Results:
    """Annotate the changes as people do, by the command."""
    rows: dict[tuple[int, str], list[str]] = {}
    for change in CHANGES:
        rows.setdefault((change.position, change.ref), []).append(change.alt)
    lines = [
        f"MT\t{position}\t.\t{ref}\t{','.join(alts)}\t50\tPASS\t.\tGT\t{'0/1' if len(alts) == 1 else '1/2'}"
        for (position, ref), alts in rows.items()
    ]
    source = folder / "calls.vcf"
    source.write_text("\n".join([*_HEAD, *lines]) + "\n", encoding="ascii")
    command = Path(sys.executable).with_name("gas-annotate")
    for form in ("CSQ", "ANN"):
        arguments: list[str | Path] = [source, "-o", folder / form, "--reference", _BUNDLE, "--tag", form]
        subprocess.run([command, *arguments], check=True, capture_output=True, text=True, timeout=120)
    return Results(folder / "CSQ", folder / "ANN")
