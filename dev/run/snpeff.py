"""Debian's snpEff as the command of a bundle: its database of the mitochondrion, and how it is called."""

import shutil
from pathlib import Path

from dev import ROOT

MITOCHONDRION = ROOT / "annotator/src/gas_annotator/references/rCRS"
SEQUENCE, GENES = "rCRS.fa", "genes.gff3"

DATABASE = r"""
set -e
mkdir -p command/data/rCRS
cp rCRS.fa command/data/rCRS/sequences.fa
cp genes.gff3 command/data/rCRS/genes.gff
{
    echo 'data.dir = ./data/'
    echo 'rCRS.genome : rCRS'
    echo 'rCRS.MT.codonTable : Vertebrate_Mitochondrial'
    grep '^codon\.' /etc/snpeff/snpEff.config
} > command/snpEff.config
snpEff -Xmx512m build -gff3 -noCheckCds -noCheckProtein -noLog -nodownload -c "$PWD/command/snpEff.config" rCRS
rm command/data/rCRS/sequences.fa command/data/rCRS/genes.gff
"""
"""A shell's script, as docs/references.md has it: of the sequence and the genes in a folder it makes the folder `command` there."""

ARGUMENTS = (
    *("snpEff", "-Xmx512m", "ann", "-c", "{bundle}/command/snpEff.config"),
    *("-noStats", "-noLog", "-nodownload", "rCRS", "-"),
)
TAGS = ("ANN", "LOF", "NMD")
READS = ("/usr/share/java",)
"""What it reads beside its Java's own configuration, whose folder has the Java's version in its name."""

VERSION = "snpEff 5.1"


def lay_out(folder: Path) -> None:
    """Put what the script needs into a folder."""
    for name in (SEQUENCE, GENES):
        shutil.copy(MITOCHONDRION / name, folder / name)
