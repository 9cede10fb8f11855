"""What the engine says of variants whose consequences are known."""

from pathlib import Path

import pytest

from gas_annotator.engine.consequence import FIELDS, TERMS, readable_amino_acids
from gas_annotator.engine.csq import Allele
from gas_annotator.engine.effect import changed_interval
from tests.annotator.workbench import rcrs, run, vcf

KNOWN = [
    pytest.param(
        "MT 3460 . G A", "A|missense_variant|MODERATE|MT-ND1|MT-ND1|MT-ND1-01|A52T", id="m.3460G>A LHON"
    ),
    pytest.param(
        "MT 11778 . G A", "A|missense_variant|MODERATE|MT-ND4|MT-ND4|MT-ND4-01|R340H", id="m.11778G>A LHON"
    ),
    pytest.param(
        "MT 14484 . T C",
        "C|missense_variant|MODERATE|MT-ND6|MT-ND6|MT-ND6-01|M64V",
        id="m.14484T>C minus strand",
    ),
    pytest.param(
        "MT 8993 . T G", "G|missense_variant|MODERATE|MT-ATP6|MT-ATP6|MT-ATP6-01|L156R", id="m.8993T>G NARP"
    ),
    pytest.param(
        "MT 3399 . A G", "G|synonymous_variant|LOW|MT-ND1|MT-ND1|MT-ND1-01|M31M", id="m.3399A>G ATA is M"
    ),
    pytest.param(
        "MT 3564 . A G", "G|synonymous_variant|LOW|MT-ND1|MT-ND1|MT-ND1-01|W86W", id="m.3564A>G TGA is W"
    ),
    pytest.param(
        "MT 3243 . A G",
        "G|non_coding_transcript_exon_variant|MODIFIER|MT-TL1|MT-TL1|MT-TL1-01|",
        id="m.3243A>G MELAS",
    ),
]

EDGES = [
    pytest.param("MT 3307 . A G", [("start_lost", "MT-ND1", "M1V")], id="start codon to no initiator"),
    pytest.param(
        "MT 10760 . A G",
        [("start_retained_variant", "MT-ND4", "M1M"), ("synonymous_variant", "MT-ND4L", "Q97Q")],
        id="GTG starts too",
    ),
    pytest.param("MT 4470 . A G", [("start_lost", "MT-ND2", "M1V")], id="ATT to GTT"),
    pytest.param(
        "MT 4262 . A G",
        [("incomplete_terminal_codon_variant&coding_sequence_variant", "MT-ND1", "")],
        id="stop completed by the poly-A tail",
    ),
    pytest.param("MT 14149 . C A", [("stop_lost", "MT-ND6", "*175S")], id="stop on the minus strand"),
    pytest.param(
        "MT 3106 . CN C", [("non_coding_transcript_exon_variant", "MT-RNR2", "")], id="placeholder removed"
    ),
    pytest.param("MT 16568 . TGGA T", [("intergenic_variant", "", "")], id="deletion across the origin"),
    pytest.param("MT 150 . C T", [("intergenic_variant", "", "")], id="control region"),
    pytest.param("MT 3310 . CCCA C", [("inframe_deletion", "MT-ND1", "PM2>L")], id="inframe deletion"),
    pytest.param("MT 3310 . C CAAA", [("inframe_insertion", "MT-ND1", "P2>QT")], id="inframe insertion"),
    pytest.param(
        "MT 3230 . GTTAAGATGGC G", [("non_coding_transcript_exon_variant", "MT-TL1", "")], id="tRNA deletion"
    ),
    pytest.param("MT 3306 . C CTTT", [("intergenic_variant", "", "")], id="insertion before a gene"),
]


@pytest.mark.parametrize(("site", "expected"), KNOWN)
def test_known_variants(tmp_path: Path, site: str, expected: str) -> None:
    """The mitochondrial code is used without being asked for, on both strands."""
    result = run(vcf(f"{site} . . ."), tmp_path)

    [[entry]] = result.consequences
    assert "|".join([*entry[:6], entry[7]]) == expected


@pytest.mark.parametrize(("site", "expected"), EDGES)
def test_edges(tmp_path: Path, site: str, expected: list[tuple[str, str, str]]) -> None:
    """Where csq says little or wrong, the bundle's genes say it right."""
    result = run(vcf(f"{site} . . ."), tmp_path)

    [entries] = result.consequences
    assert [(entry[1], entry[3], entry[7]) for entry in entries] == expected


def test_any_order_any_batch(tmp_path: Path) -> None:
    """Each record has the same consequences whatever stands before it: csq keeps state from run to run."""
    rows = [
        f"MT {position} . {rcrs().bases(position, 1).decode()} {after} . . ."
        for position in range(3110, 5000)
        for after in "ACGT"
        if after != rcrs().bases(position, 1).decode()
    ]

    rising = run(vcf(*rows), tmp_path)
    falling = run(vcf(*reversed(rows)), tmp_path)

    assert falling.consequences == rising.consequences[::-1]
    assert all(rising.consequences)
    assert "not_predicted" not in rising.statistics["problems"] | falling.statistics["problems"]


def test_overlapping_genes_most_severe_first(tmp_path: Path) -> None:
    """An allele in two genes has an entry for each, the more severe one first."""
    result = run(vcf("MT 8572 . G A . . ."), tmp_path)

    [entries] = result.consequences
    assert [(entry[3], entry[1]) for entry in entries] == [
        ("MT-ATP6", "missense_variant"),
        ("MT-ATP8", "stop_retained_variant"),
    ]


def test_whole_genes_removed(tmp_path: Path) -> None:
    """The common deletion removes six genes and cuts into two others."""
    bases = rcrs().bases(8469, 4978).decode()

    result = run(vcf(f"MT 8469 . {bases} {bases[0]} . . ."), tmp_path)

    [entries] = result.consequences
    ablated = {entry[3] for entry in entries if entry[1] == "transcript_ablation"}
    assert {"MT-ATP6", "MT-CO3", "MT-ND3", "MT-ND4L", "MT-ND4", "MT-TG", "MT-TH"} <= ablated
    assert {"MT-ATP8", "MT-ND5"} <= {entry[3] for entry in entries} - ablated


def test_alleles_of_one_record_are_told_apart(tmp_path: Path) -> None:
    """A record with two alternatives has the right entry for each."""
    result = run(vcf("MT 3460 . G A,C . . ."), tmp_path)

    [entries] = result.consequences
    assert [(entry[0], entry[7]) for entry in entries] == [("A", "A52T"), ("C", "A52P")]


@pytest.mark.parametrize("after", ["<DEL>", "G[MT:9999[", "]MT:5]G", "*", ".", "N", "R", "G"])
def test_nothing_is_invented(tmp_path: Path, after: str) -> None:
    """Symbols, breakends, unknown bases and no change get no consequence; the record stays."""
    result = run(vcf(f"MT 3460 . G {after} . . DP=1"), tmp_path)

    assert result.consequences == [[]]
    assert result.records == [["MT", "3460", ".", "G", after, ".", ".", "DP=1"]]


@pytest.mark.parametrize("case", ["g a", "G a", "g A"])
def test_case_does_not_matter(tmp_path: Path, case: str) -> None:
    """Lower-case bases are bases; the allele is named as the file writes it."""
    result = run(vcf(f"MT 3460 . {case} . . ."), tmp_path)

    [[entry]] = result.consequences
    assert entry[7] == "A52T"
    assert entry[0] == case[-1]


def test_terms_are_declared_with_their_fields(tmp_path: Path) -> None:
    """The header declares the tag with exactly the fields that the entries have."""
    result = run(vcf("MT 3460 . G A . . ."), tmp_path)

    [declaration] = [line for line in result.header if line.startswith(b"##INFO=<ID=GAS_CSQ,")]
    assert "|".join(FIELDS).encode() in declaration
    assert len(result.consequences[0][0]) == len(FIELDS)
    assert result.consequences[0][0][1] in TERMS


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("52A>52T", ("missense_variant",), "A52T"),
        ("31M", ("synonymous_variant",), "M31M"),
        ("514*>514G", ("stop_lost",), "*514G"),
        ("2P>2QTMANLL*", ("frameshift_variant",), "P2fs"),
        ("2PM>2L", ("inframe_deletion",), "PM2>L"),
        ("2PMAN..319>2HHGQ..29", ("stop_gained", "frameshift_variant"), "P2fs"),
        ("2P>2HDDD..33", ("inframe_insertion",), "P2>HDDD..33"),
        ("", ("intron_variant",), ""),
        ("nonsense;,|", ("missense_variant",), ""),
    ],
)
def test_readable_amino_acids(text: str, terms: tuple[str, ...], expected: str) -> None:
    """Amino acids are written as people write them, and never with signs that would break INFO."""
    assert readable_amino_acids(text, terms) == expected


@pytest.mark.parametrize(
    ("allele", "expected"),
    [
        (Allele(10, b"A", b"C"), (10, 10)),
        (Allele(10, b"ACGT", b"A"), (11, 13)),
        (Allele(10, b"A", b"ACC"), (11, 10)),
        (Allele(10, b"ACG", b"ATG"), (11, 11)),
        (Allele(10, b"ACC", b"AC"), (12, 12)),
    ],
)
def test_changed_interval(allele: Allele, expected: tuple[int, int]) -> None:
    """Shared bases at both ends are not changed ones."""
    assert changed_interval(allele) == expected
