"""What alleles do to mitochondrial genes: every way of writing one, both strands, the borders of genes, and what is made up by hand."""

from pathlib import Path

import pytest

from tests.engine.workbench import one, rcrs_bases, run
from tests.support.vcf_files import vcf

KNOWN = {
    "m.3460G>A LHON": ("MT 3460 . G A", "MT-ND1", "missense_variant", "p.Ala52Thr"),
    "m.11778G>A LHON": ("MT 11778 . G A", "MT-ND4", "missense_variant", "p.Arg340His"),
    "m.14484T>C minus strand": ("MT 14484 . T C", "MT-ND6", "missense_variant", "p.Met64Val"),
    "m.8993T>G NARP": ("MT 8993 . T G", "MT-ATP6", "missense_variant", "p.Leu156Arg"),
    "ATA is methionine": ("MT 3399 . A G", "MT-ND1", "synonymous_variant", "p.Met31%3D"),
    "TGA is tryptophan": ("MT 3564 . A G", "MT-ND1", "synonymous_variant", "p.Trp86%3D"),
    "AGA and AGG are stops": ("MT 7445 . A G", "MT-CO1", "stop_retained_variant", "p.Ter514%3D"),
    "TAG is a stop": ("MT 8529 . G A", "MT-ATP8", "stop_gained", "p.Trp55Ter"),
    "start codon to no initiator": ("MT 3307 . A G", "MT-ND1", "start_lost", "p.Met1?"),
    "ATT starts too": ("MT 4470 . A G", "MT-ND2", "start_lost", "p.Met1?"),
    "GTG starts too": ("MT 10760 . A G", "MT-ND4", "start_retained_variant", "p.Met1%3D"),
    "stop on the minus strand": ("MT 14149 . C A", "MT-ND6", "stop_lost", "p.Ter175SerextTer?"),
    "stop completed by the poly-A tail": (
        "MT 4262 . A G",
        "MT-ND1",
        "stop_lost&incomplete_terminal_codon_variant",
        "p.Ter319TrpextTer?",
    ),
    "complex, from before the gene": ("MT 3306 . CA CGC", "MT-ND1", "start_lost", "p.Met1?"),
    "complex in frame": ("MT 3312 . CATGG AC", "MT-ND1", "protein_altering_variant", "p.Met3_Ala4delinsPro"),
    "complex that takes the stop": (
        "MT 7439 . ATCTA CC",
        "MT-CO1",
        "stop_lost",
        "p.Lys512AsnfsTer?",
    ),
    "complex that shifts the frame": (
        "MT 3312 . CATG CT",
        "MT-ND1",
        "frameshift_variant",
        "p.Met3CysfsTer26",
    ),
    "start codon and what lies before it": ("MT 3300 . TAACAACATA T", "MT-ND1", "start_lost", "p.Met1?"),
    "deletion to the left": ("MT 3518 . ACAT A", "MT-ND1", "inframe_deletion", "p.Ile72del"),
    "the same to the right": ("MT 3520 . ATCA A", "MT-ND1", "inframe_deletion", "p.Ile72del"),
    "frame shift behind a whole start codon": (
        "MT 7588 . GG G",
        "MT-CO2",
        "frameshift_variant",
        "p.Ala2HisfsTer6",
    ),
    "insertion behind the start codon": (
        "MT 3309 . A ACGTAAT",
        "MT-ND1",
        "inframe_insertion",
        "p.Met1_Pro2insArgAsn",
    ),
    "anchor in the codon before": ("MT 3312 . CA C", "MT-ND1", "frameshift_variant", "p.Met3TrpfsTer12"),
    "frame shift that meets a stop": ("MT 4610 . AA A", "MT-ND2", "frameshift_variant", "p.Met48Ter"),
    "frame shift in a repeat": ("MT 13230 . CA C", "MT-ND5", "frameshift_variant", "p.Ile301SerfsTer2"),
    "frame shift that brings a stop and takes the old one": (
        "MT 10762 . GCT AATATGAACAATGG",
        "MT-ND4L",
        "stop_gained&frameshift_variant",
        "p.Cys98Ter",
    ),
    "two codons that stay what they are": (
        "MT 14237 . TACAAA TAGAGT",
        "MT-ND6",
        "synonymous_variant",
        "p.Ala144_Leu145%3D",
    ),
    "duplicated residue": ("MT 3312 . C CATG", "MT-ND1", "inframe_insertion", "p.Met3dup"),
    "two bases at once": ("MT 3460 . GC AT", "MT-ND1", "missense_variant", "p.Ala52Ile"),
    "soft-masked": ("MT 3460 . g a", "MT-ND1", "missense_variant", "p.Ala52Thr"),
}


@pytest.mark.parametrize(("row", "symbol", "terms", "protein"), KNOWN.values(), ids=KNOWN.keys())
def test_known_alleles(tmp_path: Path, row: str, symbol: str, terms: str, protein: str) -> None:
    """Terms and the protein's name are right."""
    entry = one(row, tmp_path, symbol)

    assert (entry["Consequence"], entry["HGVSp"].split(":")[1]) == (terms, protein)


def test_one_record_costs_itself_at_most(tmp_path: Path) -> None:
    """A complex allele at a gene's border among others: all are annotated."""
    rows = [f"MT {3310 + number} . {rcrs_bases(3310 + number, 1)} N,G . . ." for number in range(20)]

    outcome = run(vcf(*rows, "MT 3306 . CA CGC . . ."), tmp_path)

    assert outcome.annotation.records == 21
    assert outcome.entries()[-1]


@pytest.mark.parametrize("length", [4998, 5000], ids=["in frame", "frame shift"])
def test_long_insertions(tmp_path: Path, length: int) -> None:
    """An insertion of thousands of bases has an effect like a short one."""
    entry = one(f"MT 3460 . G G{'A' * length}", tmp_path, "MT-ND1")

    assert entry["IMPACT"] == ("MODERATE" if length % 3 == 0 else "HIGH")


def test_common_deletion(tmp_path: Path) -> None:
    """The common deletion of 4,977 bases: whole genes go, ND5 loses its start, ATP8 its end."""
    bases = rcrs_bases(8469, 4978)

    outcome = run(vcf(f"MT 8469 . {bases} {bases[0]} . . ."), tmp_path)

    told = {entry["SYMBOL"]: entry["Consequence"] for entry in outcome.touched()[0]}
    assert told["MT-ND5"] == "start_lost"
    assert told["MT-ATP8"] == "stop_lost"
    assert {name for name, terms in told.items() if terms == "transcript_ablation"} == {
        *("MT-ATP6", "MT-CO3", "MT-ND3", "MT-ND4", "MT-ND4L"),
        *("MT-TG", "MT-TH", "MT-TL2", "MT-TR", "MT-TS2"),
    }


def test_overlapping_genes_most_severe_first(tmp_path: Path) -> None:
    """An allele in two genes has an entry for each, the more severe one first, and one of them is picked."""
    outcome = run(vcf("MT 8572 . G A . . ."), tmp_path)

    [entries] = outcome.touched()
    assert [(entry["SYMBOL"], entry["Consequence"], entry["PICK"]) for entry in entries] == [
        ("MT-ATP6", "missense_variant", "1"),
        ("MT-ATP8", "stop_retained_variant", ""),
    ]


def test_transfer_rna(tmp_path: Path) -> None:
    """m.3243A>G lies in MT-TL1 and has a name on its message."""
    entry = one("chrM 3243 . A G", tmp_path, "MT-TL1")

    assert entry["Consequence"] == "non_coding_transcript_exon_variant"
    assert entry["HGVSc"] == "MT-TL1-01:n.14A>G"
    assert entry["HGVSg"] == "NC_012920.1:m.3243A>G"


def test_alleles_of_one_record(tmp_path: Path) -> None:
    """Each allele has its entries under its number; alleles without consequences beside it do not disturb."""
    outcome = run(vcf("MT 3460 . GC G,*,<NON_REF>,AC . . ."), tmp_path)

    [entries] = outcome.touched()
    assert [(entry["Allele"], entry["ALLELE_NUM"], entry["Consequence"]) for entry in entries] == [
        ("G", "1", "frameshift_variant"),
        ("AC", "4", "missense_variant"),
    ]
    assert [(row[1], row[2], row[6]) for row in outcome.problems] == [
        ("allele", "spanning_deletion", "*"),
        ("allele", "reference_block", "<NON_REF>"),
    ]


@pytest.mark.parametrize("alt", ["*", ".", "N", "R", "G", "<NON_REF>", "<*>", "<STRANGE>", "XYZ"])
def test_nothing_is_invented(tmp_path: Path, alt: str) -> None:
    """Unknown bases, unknown symbols and no change get no consequence; the record stays, and its row says why."""
    outcome = run(vcf(f"MT 3460 . G {alt} . . DP=1", "MT 3461 . C T . . ."), tmp_path)

    assert outcome.records[0] == ["MT", "3460", ".", "G", alt, ".", ".", "DP=1"]
    assert [row[:2] for row in outcome.problems] == [["3", "record"]]


def test_unknown_reference_base(tmp_path: Path) -> None:
    """RCRS has an N at 3107: a change of it lies in MT-RNR2."""
    entry = one("MT 3107 . N C", tmp_path, "MT-RNR2")

    assert entry["Consequence"] == "non_coding_transcript_exon_variant"


def test_across_the_origin(tmp_path: Path) -> None:
    """A deletion that goes on behind the last base of a circular contig is placed."""
    outcome = run(vcf(f"MT 16568 . {rcrs_bases(16568, 2)}{rcrs_bases(1, 2)} T . . ."), tmp_path)

    assert outcome.annotation.annotated_records == 1
    assert outcome.entries()[0][0]["HGVSg"] == "NC_012920.1:m.16569_2del"


REWRITTEN = {
    "padded on the left": (3459, lambda before, ref, alt, after: (before + ref, before + alt)),
    "padded on the right": (3460, lambda before, ref, alt, after: (ref + after, alt + after)),
    "padded on both sides": (
        3459,
        lambda before, ref, alt, after: (before + ref + after, before + alt + after),
    ),
}


@pytest.mark.parametrize(("position", "write"), REWRITTEN.values(), ids=REWRITTEN.keys())
@pytest.mark.parametrize("alt", ["A", "GTT", "CC"])
def test_padding_changes_nothing(tmp_path: Path, position: int, write, alt: str) -> None:  # type: ignore[no-untyped-def]
    """Bases that REF and ALT share are no part of the change."""
    ref, changed = write(rcrs_bases(3459, 1), "G", alt, rcrs_bases(3461, 2))

    plain = one(f"MT 3460 . G {alt}", tmp_path, "MT-ND1")
    padded = one(f"MT {position} . {ref} {changed}", tmp_path, "MT-ND1")

    assert {**padded, "Allele": ""} == {**plain, "Allele": ""}
