"""Scaffolds that say of which chromosome they are take none of its names; a molecule that only seems to be one keeps them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gas.domain.catalogue import Catalogue
from gas.domain.manifest import Manifest
from gas.domain.reference_choice import HeaderContig, HeaderFacts, Verdict, choose_reference
from gas_engine import Bundle
from gas_engine.known.request import Form
from tests.engine.known.shelf import source, vcf_source, write
from tests.engine.workbench import built

BASES = "ACGTACGTTT"
WHOLE = "gbkey=Src;genome=chromosome;mol_type=genomic DNA"
PIECE = "gbkey=Src;genome=genomic;mol_type=genomic DNA"
MOUSE = {
    "NC_000067.7": f"Name=1;chromosome=1;{WHOLE}",
    "NC_000086.8": f"Name=X;chromosome=X;{WHOLE}",
    "NC_005089.1": "Is_circular=true;Name=MT;gbkey=Src;genome=mitochondrion",
    "NT_166280.1": f"Name=1;chromosome=1;{PIECE}",
    "NW_012132914.1": f"Name=1;chromosome=1;map=1 39.0 cM;{PIECE}",
    "NT_165789.3": f"Name=X;chromosome=X;map=unlocalized;{PIECE}",
    "NT_187064.1": f"Name=Unknown;chromosome=Unknown;{PIECE}",
    "NT_000099.1": f"Name=MT;chromosome=MT;{PIECE}",
}


def _length(place: int) -> int:
    """No two contigs are of one length."""
    return len(BASES) * (20 - place)


def _built(home: Path, contigs: dict[str, str], *known: tuple[str, Path], kind: str = "region") -> Bundle:
    """A bundle of contigs of which the genes' file tells this, each with a gene of no code."""
    fasta, rows = list[str](), list[str]()
    for place, (name, told) in enumerate(contigs.items()):
        fasta.append(f">{name}\n{BASES * (20 - place)}\n")
        for what, start, end, attributes in (
            (kind, 1, _length(place), f"ID={name};{told}"),
            ("gene", 11, 40, f"ID=gene-{name};Name=G{name}"),
            ("lnc_RNA", 11, 40, f"ID=rna-{name};Parent=gene-{name}"),
            ("exon", 11, 40, f"ID=exon-{name};Parent=rna-{name}"),
        ):
            rows.append("\t".join((name, "test", what, str(start), str(end), ".", "+", ".", attributes)))
    return built(
        write(home / "s.fa", "".join(fasta)),
        write(home / "s.gff3", "##gff-version 3\n" + "\n".join(rows) + "\n"),
        known=tuple(source(name, Form.FREQUENCIES, path) for name, path in known),
    )


def _owners(bundle: Bundle) -> dict[str, str]:
    """Whose each name is."""
    return {name.decode(): contig.name for name, contig in bundle.names().items()}


def test_scaffolds_hurt_nobody(tmp_path: Path) -> None:
    """A chromosome of RefSeq keeps all of its names beside scaffolds and patches that say they are of it."""
    names = _owners(_built(tmp_path, MOUSE))

    assert {names[name] for name in ("1", "chr1", "NC_000067.7")} == {"NC_000067.7"}
    assert {names[name] for name in ("X", "chrX", "NC_000086.8")} == {"NC_000086.8"}
    assert {names[name] for name in ("MT", "M", "chrM", "chrMT")} == {"NC_005089.1"}
    scaffolds = {name for name in MOUSE if name.startswith(("NT_", "NW_"))}
    assert {name for name, owner in names.items() if owner in scaffolds} == scaffolds


@pytest.mark.parametrize("called", ["1", "chr1", "NC_000067.7"])
def test_whatever_asks_for_a_chromosome_finds_it(tmp_path: Path, called: str) -> None:
    """Sources of known variants, and the page that reads a header, call it by any of its names."""
    rows = vcf_source(tmp_path / "rows.vcf", [f"{called} 5 . A C . . AF=0.5"])
    bundle = _built(tmp_path, MOUSE, ("Rows", rows))

    assert [one.source.rows for one in bundle.known] == [1]
    entry = Manifest.from_json((bundle.folder / "manifest.json").read_bytes()).entry(datetime.now(UTC))
    header = HeaderFacts((HeaderContig(called, _length(0)),))
    choice = choose_reference(header, Catalogue((entry,)))
    assert (choice.verdict, choice.entry) == (Verdict.FITS, entry)


@pytest.mark.parametrize(
    ("contigs", "kind", "owned"),
    [
        pytest.param(
            {
                "CM000663.2": f"Name=1;chromosome=1;{WHOLE}",
                "KI270706.1": f"Name=1;chromosome=1;map=unlocalized;{PIECE}",
            },
            "region",
            {"1": "CM000663.2", "chr1": "CM000663.2"},
            id="genbank",
        ),
        pytest.param(
            {
                "1": "Alias=CM000663.2,chr1,NC_000001.11",
                "KI270706.1": "Alias=chr1_KI270706v1_random,NT_187361.1",
            },
            "chromosome",
            {"chr1": "1", "NC_000001.11": "1", "NT_187361.1": "KI270706.1"},
            id="ensembl",
        ),
        pytest.param(
            {
                "NC_037638.1": f"Name=LG1;linkage-group=LG1;{WHOLE}",
                "NW_020555788.1": f"linkage-group=LG1;{PIECE}",
            },
            "region",
            {"LG1": "NC_037638.1"},
            id="linkage-group",
        ),
        pytest.param(
            {"a": "Name=1;chromosome=1;gbkey=Src", "b": "chromosome=2", "c": "chromosome=2"},
            "region",
            {"1": "a", "chr1": "a", "2": None},
            id="no-genome-is-told",
        ),
        pytest.param(
            {"NC_002505.1": f"chromosome=I;{PIECE}", "NC_002506.1": f"chromosome=II;{PIECE}"},
            "region",
            {"I": "NC_002505.1", "II": "NC_002506.1"},
            id="refseq-calls-it-complete",
        ),
        pytest.param(
            {
                "AE003852.1": f"chromosome=I;{PIECE}",
                "AE003853.1": f"chromosome=II;{PIECE}",
                "NZ_CP012345.1": f"chromosome=III;{PIECE}",
                "AL123456.1": f"chromosome=IV;map=unlocalized;{PIECE}",
            },
            "region",
            {
                "I": "AE003852.1",
                "chrII": "AE003853.1",
                "III": "NZ_CP012345.1",
                "IV": None,
            },
            id="complete-molecules-of-genbank",
        ),
        pytest.param(
            {
                "KB000001.1": f"chromosome=1;{PIECE}",
                "KB000002.1": f"chromosome=1;{PIECE}",
                "KB000003.1": f"chromosome=2;{PIECE}",
                "KB000004.1": f"chromosome=2;map=unplaced;{PIECE}",
                "KB000005.1": f"chromosome=Unknown;{PIECE}",
                "NT_1.1": f"chromosome=3;{PIECE}",
                "NW_2.1": "chromosome=4;gbkey=Src",
                "NT_033779.5": f"chromosome=2L;{WHOLE}",
            },
            "region",
            {
                "1": None,
                "2": "KB000003.1",
                "Unknown": None,
                "3": None,
                "4": None,
                "2L": "NT_033779.5",
            },
            id="pieces-without-the-whole",
        ),
        pytest.param(
            {
                "KI270706.1": f"chromosome=1;{PIECE}",
                "CM000663.2": f"chromosome=1;{WHOLE}",
            },
            "region",
            {"1": "CM000663.2"},
            id="a-piece-before-the-whole",
        ),
        pytest.param(
            {
                "NC_1.1": f"chromosome=1;{WHOLE}",
                "NC_2.1": "chromosome=1;gbkey=Src;genome=mitochondrion",
                "NC_3.1": "Name=Pltd;gbkey=Src;genome=chloroplast",
            },
            "region",
            {"1": "NC_1.1", "chr1": "NC_1.1", "MT": "NC_2.1"},
            id="organelles",
        ),
    ],
)
def test_names_go_to_the_molecule_itself(
    tmp_path: Path, contigs: dict[str, str], kind: str, owned: dict[str, str | None]
) -> None:
    """Whoever wrote the file; else to the one piece of it that there is. What two claim alike is nobody's."""
    names = _owners(_built(tmp_path, contigs, kind=kind))

    assert {name: names.get(name) for name in owned} == owned


def test_what_is_said_once_holds(tmp_path: Path) -> None:
    """A later row that reaches over the contig, such as a note on it, takes no name away."""
    told = f"chromosome=1;{WHOLE}"
    bundle = _built(
        tmp_path, {"NC_1.1": told + "\nNC_1.1\tRefSeq\tregion\t1\t200\t.\t+\t.\tID=id-1;Note=of it"}
    )

    assert _owners(bundle)["chr1"] == "NC_1.1"
