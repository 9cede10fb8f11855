"""Shapes of files: sound ones are annotated however odd they look, others are refused with a sentence that helps."""

import gzip
import io
import tarfile
from pathlib import Path

import pysam
import pytest

from gas_engine import InputRefusedError, LimitExceededError, Limits, ReferenceMismatchError, Result
from gas_engine.header import Header
from tests.engine.workbench import LIMITS, rcrs_bases, run
from tests.support.odd_inputs import NAMED, REFUSED, ROW, SHAPES, SOUND
from tests.support.stopwatch import thread_seconds
from tests.support.vcf_files import vcf


def _bgzipped(content: bytes, folder: Path) -> bytes:
    with pysam.BGZFile(str(folder / "packed"), "wb") as file:
        file.write(content)
    return (folder / "packed").read_bytes()


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES.keys())
def test_shapes(tmp_path: Path, content: bytes) -> None:
    """The record is annotated, and its other columns stay as they are."""
    outcome = run(content, tmp_path)

    [entry] = outcome.of_gene("MT-ND1")
    assert entry["HGVSp"] == "MT-ND1-01:p.Ala52Thr"
    assert outcome.annotation.records == 1


def test_position_zero(tmp_path: Path) -> None:
    """A telomere's POS 0 is in order: the record says why it has no consequences, and the file is indexed as sorted."""
    outcome = run(vcf("MT 0 . N <DEL> . . END=0", "MT 3460 . G A . . ."), tmp_path)

    assert [row[:3] for row in outcome.problems] == [["3", "record", "position_outside"]]
    assert Result.INDEX in outcome.annotation.files
    assert not [line for line in outcome.log if line.startswith("Index: none")]
    with pysam.VariantFile(str(outcome.annotation.files[Result.VCF])) as result:
        assert [record.pos for record in result.fetch("MT", 3459, 3460)] == [3460]


def test_svtype_on_a_small_insertion(tmp_path: Path) -> None:
    """An allele that is written out is what it is written as, whatever SVTYPE says beside it."""
    outcome = run(vcf("MT 3460 . G GACA . . SVTYPE=INS;SVLEN=3;END=3460"), tmp_path)

    [entry] = outcome.of_gene("MT-ND1")
    assert (entry["Consequence"], entry["HGVSc"]) == ("inframe_insertion", "MT-ND1-01:c.154_155insACA")


def test_two_changes_of_one_codon(tmp_path: Path) -> None:
    """Each record is judged on its own, phased or not: a limit that the README states."""
    records = [
        f"MT {place} . {ref} {alt} . . . GT 1|1 1|1"
        for place, ref, alt in ((3461, "C", "T"), (3462, "C", "G"))
    ]

    outcome = run(vcf(*records, columns=NAMED), tmp_path)

    told = [(entry["HGVSp"].split(":")[1], entry["Codons"]) for entry in outcome.of_gene("MT-ND1")]
    assert told == [("p.Ala52Val", "gCc/gTc"), ("p.Ala52%3D", "gcC/gcG")]


def test_content_counts_not_the_name(tmp_path: Path) -> None:
    """A file packed by bgzip under a plain name is unpacked."""
    outcome = run(_bgzipped(vcf(ROW), tmp_path), tmp_path, name="plain.vcf")

    assert outcome.annotation.annotated_records == 1


def test_bcf(tmp_path: Path) -> None:
    """A BCF file gives what bcftools view prints of it."""
    head = (
        "##fileformat=VCFv4.2",
        "##contig=<ID=MT,length=16569>",
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="d">',
    )
    (tmp_path / "calls.vcf").write_bytes(vcf("MT 3460 rs1 G A 29 PASS DP=1", head=head))
    pysam.bcftools.view(
        "-Ob", "-o", str(tmp_path / "calls.bcf"), str(tmp_path / "calls.vcf"), catch_stdout=False
    )

    outcome = run((tmp_path / "calls.bcf").read_bytes(), tmp_path, name="calls.bcf")

    assert outcome.records[0][:7] == ["MT", "3460", "rs1", "G", "A", "29", "PASS"]
    assert outcome.records[0][7].startswith("DP=1;CSQ=A|missense_variant")


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """The sentence says on which line what is wrong; it fits on a page, and is safe to print."""
    with pytest.raises(InputRefusedError, match=sentence) as caught:
        run(content, tmp_path)

    assert len(str(caught.value)) < 350
    assert str(caught.value).isprintable()
    assert list(next(tmp_path.glob("output*")).iterdir()) == []


def test_tar_archive(tmp_path: Path) -> None:
    """A VCF file inside an archive is not looked for."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.vcf")
        member.size = len(SOUND)
        archive.addfile(member, io.BytesIO(SOUND))

    with pytest.raises(InputRefusedError, match="tar archive"):
        run(packed.getvalue(), tmp_path)


def test_bgzf_without_its_end(tmp_path: Path) -> None:
    """A BGZF file that lacks its end marker is cut off, even if its blocks are whole."""
    with pytest.raises(InputRefusedError, match="cut off: its end marker is missing"):
        run(_bgzipped(SOUND, tmp_path)[:-28], tmp_path)


MISMATCHED = {
    "another length": (
        vcf("chrM 3460 . G A . . .", head=("##fileformat=VCFv4.2", "##contig=<ID=chrM, length=16571>")),
        ['"chrM"', "16571", "16,569", "hg19"],
    ),
    "PLINK's number": (vcf("26 3460 . G A . . ."), ['"26"', "--output-chr MT"]),
    "most REFs contradict": (
        vcf(
            *(
                f"chrM {position} . {'CGTA'['ACGT'.index(rcrs_bases(position, 1))]} N . . ."
                for position in range(200, 212)
            )
        ),
        ['"chrM"', "12 of 12 REFs contradict"],
    ),
    "one record with a wrong REF": (vcf("MT 3460 . T A . . ."), ["1 of 1 REFs"]),
}


@pytest.mark.parametrize(("content", "words"), MISMATCHED.values(), ids=MISMATCHED.keys())
def test_another_reference(tmp_path: Path, content: bytes, words: list[str]) -> None:
    """If no record lies on the reference, the sentence names the contigs, their lengths and what would fit."""
    with pytest.raises(ReferenceMismatchError) as caught:
        run(content, tmp_path)

    assert [word for word in words if word not in str(caught.value)] == []
    assert "rCRS has MT (16,569 bases" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_chance_matches_are_not_presented(tmp_path: Path) -> None:
    """A contig most of whose REFs contradict the reference is another sequence: the others fit by chance."""
    strange = [f"chrM {position} . A T . . ." for position in range(300, 340)]
    fitting = sum(rcrs_bases(position, 1) == "A" for position in range(300, 340))

    outcome = run(vcf("MT 3460 . G A . . .", *strange), tmp_path)

    assert 0 < fitting < 20
    assert outcome.annotation.annotated_records == 1
    assert outcome.statistics["problems"] == {"other_contig": 40}


def test_header_only(tmp_path: Path) -> None:
    """A file without records is annotated: there is nothing to say."""
    outcome = run(vcf(), tmp_path)

    assert outcome.annotation.records == 0
    assert "Total: 0" in outcome.log


LIMITED = {
    "records": (vcf(*[ROW] * 11), Limits(max_records=10), "more than 10 records"),
    "line": (vcf(ROW, ROW + "x" * 600), Limits(max_line_bytes=500), "line 4: longer than 500 bytes"),
    "line of a header": (
        vcf(head=("##fileformat=VCFv4.2", "##" + "x" * 600)),
        Limits(max_line_bytes=500),
        "line 2: longer",
    ),
    "endless line": (
        gzip.compress(vcf(ROW) + b"x" * 3_000_000),
        Limits(max_line_bytes=500_000),
        "line 4: longer than 500,000 bytes",
    ),
    "text": (
        gzip.compress(vcf(*[ROW] * 1000)),
        Limits(max_uncompressed_bytes=9_999),
        "more than 9,999 bytes of text",
    ),
}


@pytest.mark.parametrize(("content", "limits", "sentence"), LIMITED.values(), ids=LIMITED.keys())
def test_limits(tmp_path: Path, content: bytes, limits: Limits, sentence: str) -> None:
    """What is too large is refused with the limit's name."""
    with pytest.raises(LimitExceededError, match=sentence):
        run(content, tmp_path, limits=limits)


def test_growth_of_a_record_is_bounded(tmp_path: Path) -> None:
    """A record cannot become larger than the limit: its alleles beyond are unannotated, and said to be."""
    limits = Limits(max_growth_bytes=30_000)
    alts = ",".join("G" + "ACGT" * 50 + "A" * number for number in range(200))

    outcome = run(vcf(f"MT 3460 . G {alts} . . ."), tmp_path, limits=limits)

    assert len(outcome.records[0][7]) < 31_000
    assert outcome.statistics["allele_problems"]["too_large"] + outcome.statistics["annotated_alleles"] == 200
    assert outcome.annotation.annotated_records == 1


def test_too_many_alternatives(tmp_path: Path) -> None:
    """A record with more alternatives than the limit stays as it is."""
    alts = ",".join("G" * (number + 2) for number in range(20))

    outcome = run(
        vcf(f"MT 3460 . G {alts} . . .", "MT 3461 . C T . . ."), tmp_path, limits=Limits(max_alternatives=10)
    )

    assert outcome.statistics["problems"] == {"too_many_alternatives": 1}
    assert outcome.statistics["alleles"] == 11


@pytest.mark.parametrize("contig", ["none", "MT"], ids=["unknown contig", "known contig"])
@pytest.mark.parametrize(
    ("ref", "alt", "info"),
    [("G", "A", ""), ("G", "<DEL>", "-9"), ("N", "<DEL>", "-9")],
    ids=["bases", "symbols", "symbols and no REF"],
)
def test_a_line_of_alternatives_takes_no_longer_than_its_length(
    tmp_path: Path, contig: str, ref: str, alt: str, info: str
) -> None:
    """Megabytes of them: they are counted and copied, wherever the record lies, and nothing is done for each that looks at all."""
    limits = Limits(max_line_bytes=2**26, max_uncompressed_bytes=2**28)

    def seconds(count: int) -> float:
        alts, told = ",".join([alt] * count), "SVLEN=" + ",".join([info] * count) if info else "."
        content = vcf(f"{contig} 3460 . {ref} {alts} . . {told}", ROW)
        return thread_seconds(lambda: run(content, tmp_path, limits=limits))

    # Eight times as long, and 64 times if each had looked at all.
    assert seconds(ALTS * 8) < 24 * seconds(ALTS)


ALTS = 200_000


@pytest.mark.parametrize(
    "start", [b"##INFO=<", b"##INFO=", b"##contig=<", b"##contig=<ID=", b'##contig=<ID="', b"##contig=<ID"]
)
def test_a_line_of_the_header_takes_no_longer_than_its_length(start: bytes) -> None:
    """Whatever is looked for in it, and not found among blanks."""

    def seconds(length: int) -> float:
        header = Header(started=True)
        return thread_seconds(lambda: header.take(start + b" " * length + b">", 2), rounds=5)

    # Eight times as long, and 64 times where each blank had all the others looked at.
    assert seconds(80_000) < 24 * seconds(10_000)


def test_limits_are_generous() -> None:
    """The tests' own limits are no smaller than what shapes need."""
    assert LIMITS.max_line_bytes > max(len(content) for content in SHAPES.values())
