"""What a real browser makes of a file's header: which reference it was made on is told before any of it is sent."""

import base64
import gzip

from gas.domain.catalogue import Contig, Source
from gas_engine.bgzf import END, Packed
from tests.support.chromium import served
from tests.support.references import an_entry, publish

COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
YEAST = an_entry(
    "yeastI",
    "c" * 64,
    title="Yeast chromosome I",
    assembly="R64",
    contigs=(Contig("chrI", 230_218, ("chrI", "I")),),
    sources=(Source("known variants", "ClinVar", "20261123", "2026-11-23"),),
)
HUMAN = an_entry(
    "GRCh37",
    "d" * 64,
    title="Human",
    assembly="GRCh37.p13",
    contigs=(Contig("1", 249_250_621, ("1", "chr1")), Contig("MT", 16_569, ("MT", "chrM"))),
)


def vcf(*contigs: tuple[str, int], first_line: bytes = b"") -> bytes:
    """A file with that header."""
    lines = b"".join(f"##contig=<ID={name},length={length}>\n".encode() for name, length in contigs)
    return b"##fileformat=VCFv4.2\n" + first_line + lines + COLUMNS


def bgzipped(content: bytes, size: int) -> bytes:
    """The file as bgzip packs it, in blocks of that many bytes."""
    blocks = [Packed.of(content[start : start + size]) for start in range(0, len(content), size)]
    return b"".join([part for block in blocks for part in block.parts] + [END])


def test_the_header_chooses_and_a_person_decides() -> None:
    """What fits is chosen with its releases, hg19's chrM is told, and what fits nothing goes only by a deliberate click."""
    yeast, human = vcf(("chrI", 230_218)), vcf(("chr1", 249_250_621), ("chrM", 16_571))
    files = {
        "yeast.vcf": yeast,
        "yeast.vcf.gz": gzip.compress(yeast),
        "in blocks.vcf.gz": bgzipped(
            vcf(("chrI", 230_218), first_line=b"##x=".ljust(5_000, b"x") + b"\n"), 700
        ),
        "hg19.vcf": human,
        "silent.vcf": vcf(),
        "t2t.vcf": vcf(("chr1", 248_387_328)),
    }

    with served() as pages:
        site, user = pages.site, pages.site.user()
        publish(site.ports.references, HUMAN, YEAST)
        sent = [(name, base64.b64encode(content).decode()) for name, content in files.items()]
        seen = pages.play("reference", user, files=sent, other="GRCh37")
        (job,) = site.ports.jobs.jobs_of_user(user.user_id).jobs

    told = dict(zip(files, seen["told"], strict=True))
    assert seen["faults"] == []
    assert (seen["before"]["said"], seen["before"]["chosen"], seen["before"]["held"]) == ("", "rCRS", False)
    for name in ("yeast.vcf", "yeast.vcf.gz", "in blocks.vcf.gz"):
        assert (told[name]["chosen"], told[name]["tone"], told[name]["held"]) == ("yeastI", "success", False)
        assert told[name]["said"] == (
            "This looks like yeastI (Yeast chromosome I, R64). 1 of 1 contig of the file has the name and length of yeastI."
        )
        (made,) = told[name]["made"]
        assert "gene release Ensembl 116; known variants: ClinVar 20261123 (2026-11-23)" in made
    assert told["hg19.vcf"]["chosen"] == "GRCh37"
    assert (
        "chrM has 16,571 bases in the file (hg19's old one) and 16,569 in GRCh37" in told["hg19.vcf"]["said"]
    )
    assert (told["silent.vcf"]["chosen"], told["silent.vcf"]["tone"]) == ("rCRS", "warning")
    assert "lists no contigs to compare" in told["silent.vcf"]["said"]
    assert (told["t2t.vcf"]["tone"], told["t2t.vcf"]["held"]) == ("danger", True)
    assert told["t2t.vcf"]["said"].startswith("The file seems to be made on T2T-CHM13, and no reference of")
    assert (seen["focused"], seen["early"]) == ("anyway", 0)
    assert (seen["other"]["chosen"], seen["other"]["held"]) == ("GRCh37", True)
    assert seen["other"]["said"].startswith("You chose GRCh37 (Human, GRCh37.p13). 0 of 1 contig of the file")
    assert "rCRS" in seen["job"]
    assert (job.input.file_name, job.reference) == ("t2t.vcf", "rCRS")
