"""What a run may use: processor seconds that are bounded, memory that does not grow with the file, indexes for long contigs."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pysam
import pytest

from gas_engine import LimitExceededError, Result, Task, annotate
from gas_engine.command import main
from tests.engine.mutilated import strange_file
from tests.engine.workbench import LIMITS, RCRS, built, rcrs, rcrs_bases, rcrs_sequence, run
from tests.support.vcf_files import COLUMNS, vcf

_LIMIT_REACHED = 4


def _task(content: bytes, folder: Path, seconds: float | None, threads: int = 1) -> Task:
    source, output = folder / "sample.vcf", folder / f"output{seconds}"
    source.write_bytes(content)
    return Task(source, "sample.vcf", output, LIMITS, threads=threads, max_cpu_seconds=seconds)


@pytest.mark.parametrize("threads", [1, 2])
def test_processor_seconds_are_bounded(tmp_path: Path, threads: int) -> None:
    """A run that uses more ends with a sentence and leaves no results."""
    content = strange_file(1, records=2000)
    task = _task(content, tmp_path, 0.001, threads)

    with pytest.raises(
        LimitExceededError, match=r"^line \d+: annotating took more than 0\.001 processor seconds"
    ):
        annotate(task, rcrs(), lambda _: None)
    assert list(task.output_dir.iterdir()) == []


def test_one_record_is_bounded_too(tmp_path: Path) -> None:
    """A single record of many long alleles ends as soon."""
    reference = rcrs_bases(3400, 12_000)
    others = ",".join(reference[:number] + "T" + reference[number + 2 :] for number in range(10, 80))
    task = _task(vcf(f"MT 3400 . {reference} {others} . . ."), tmp_path, 0.001)

    with pytest.raises(LimitExceededError, match=r"^line 3: "):
        annotate(task, rcrs(), lambda _: None)


def test_a_bound_that_is_not_reached_changes_nothing(tmp_path: Path) -> None:
    """The same bytes with and without it."""
    content = strange_file(2, records=500)

    files = [
        annotate(_task(content, tmp_path, seconds), rcrs(), lambda _: None).files
        for seconds in (None, 3600.0)
    ]

    bytes_of = [{result: path.read_bytes() for result, path in one.items()} for one in files]
    assert bytes_of[0] == bytes_of[1]


def test_the_command_says_that_a_limit_was_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and what to do."""
    source = tmp_path / "sample.vcf"
    source.write_bytes(strange_file(1, records=2000))
    arguments = [str(source), "-o", str(tmp_path / "results"), "--reference", str(rcrs().folder)]

    assert main([*arguments, "--max-cpu-seconds", "0.001"]) == _LIMIT_REACHED
    assert "processor seconds" in capsys.readouterr().err


def test_ten_thousand_samples_take_no_more_memory(tmp_path: Path) -> None:
    """Lines of 160 kB: memory is that of a few blocks, not that of the file."""
    samples, most_bytes = 10_000, 200 * 2**20
    calls = "\t0/1:31,17:48:99" * samples
    names = "\t".join(f"S{number}" for number in range(samples))
    source = tmp_path / "wide.vcf"
    with source.open("w", encoding="ascii") as file:
        file.write(f"##fileformat=VCFv4.2\n{COLUMNS}\tFORMAT\t{names}\n")
        for position in range(3400, 3400 + 2 * 1000, 2):
            base = rcrs_bases(position, 1)
            file.write(
                f"MT\t{position}\t.\t{base}\t{'A' if base != 'A' else 'C'}\t9\tPASS\t.\tGT:AD:DP:GQ{calls}\n"
            )

    printed, used = _measured(source, tmp_path / "results", "--threads", "2")

    assert "1,000 records, 1,000 with consequences" in printed
    assert used < most_bytes < source.stat().st_size * 1.5


def _measured(source: Path, results: Path, *options: str) -> tuple[str, int]:
    """What a run of the command prints, and the most bytes of memory that it used; it may have 2 GB of addresses."""
    script = (
        "import resource, sys; from pathlib import Path; from gas_engine.command import main;"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30,) * 2); code = main(sys.argv[1:]);"
        # Its own: `ru_maxrss` begins with what the process of these tests has.
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]); sys.exit(code)"
    )
    arguments = [str(source), "-o", str(results), "--reference", str(rcrs().folder), *options]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, env=os.environ
    )
    return done.stdout, int(done.stdout.splitlines()[-1]) * 1024


_ANYWHERE = "contig{number} 100 . A <DEL> . . END=9999999999"
"""A record that claims to reach as far as can be told."""


@pytest.mark.parametrize(
    ("contigs", "why"),
    [(2_000, "it did not fit into memory"), (10_001, "the records lie on too many contigs")],
)
def test_contigs_that_nobody_knows_cost_the_index_and_not_the_job(
    tmp_path: Path, contigs: int, why: str
) -> None:
    """Each has a record that reaches as far as an index can tell: it is given up where it would cost a gigabyte."""
    source, most_bytes = tmp_path / "sample.vcf", 250 * 2**20
    placed = f"MT 3400 . {rcrs_bases(3400, 1)} T . . ."
    source.write_bytes(vcf(placed, *(_ANYWHERE.format(number=number) for number in range(contigs))))

    _, used = _measured(source, tmp_path / "results")

    assert used < most_bytes
    assert not list((tmp_path / "results").glob("*.tbi"))
    assert (tmp_path / "results/sample.vcf.count.log").read_text().count(f"Index: none, because {why}") == 1


def test_the_length_that_a_header_tells_bounds_the_index(tmp_path: Path) -> None:
    """What reaches beyond its contig is found up to there, and costs no more."""
    lengths = "".join(f"\n##contig=<ID=contig{number},length=1000>" for number in range(2_000))
    rows = [_ANYWHERE.format(number=number) for number in range(2_000)]
    head = f"##fileformat=VCFv4.2{lengths}"

    made = run(vcf(f"MT 3400 . {rcrs_bases(3400, 1)} T . . .", *rows, head=[head]), tmp_path).annotation.files

    assert len(gzip.decompress(made[Result.INDEX].read_bytes())) < 500_000
    with pysam.TabixFile(str(made[Result.VCF])) as found:
        for number in (0, 1_999):
            assert len(list(found.fetch(f"contig{number}", 999, 1_000))) == 1


def test_long_contigs_get_an_index_that_reaches_them(tmp_path: Path) -> None:
    """Behind 2^29 bases TBI ends: the result has a CSI then, and records are found by it."""
    head = ("##fileformat=VCFv4.2", "##contig=<ID=long,length=2000000000>", "##contig=<ID=MT,length=16569>")
    content = vcf(
        f"MT 3400 . {rcrs_bases(3400, 1)} G . . .",
        "long 600000000 . A C . . .",
        "long 1900000000 . A C . . .",
        head=head,
    )

    made = run(content, tmp_path).annotation.files

    assert Result.INDEX not in made
    with pysam.TabixFile(str(made[Result.VCF]), index=str(made[Result.LONG_INDEX])) as found:
        assert [row.split("\t")[1] for row in found.fetch("long", 1_899_999_999, 1_900_000_000)] == [
            "1900000000"
        ]
        assert [row.split("\t")[1] for row in found.fetch("long", 0, 1_000_000_000)] == ["600000000"]
        assert [row.split("\t")[1] for row in found.fetch("MT")] == ["3400"]


def test_a_length_that_no_position_can_reach_costs_no_record(tmp_path: Path) -> None:
    """A header may say what it likes: the index can tell of all positions that a record may have."""
    head = ("##fileformat=VCFv4.2", f"##contig=<ID=long,length={10**18 - 1}>")
    rows = (
        f"MT 3400 . {rcrs_bases(3400, 1)} G . . .",
        "long 600000000 . A C . . .",
        "long 9999999999 . A C . . .",
    )

    made = run(vcf(*rows, head=head), tmp_path).annotation.files

    with pysam.TabixFile(str(made[Result.VCF]), index=str(made[Result.LONG_INDEX])) as found:
        assert [row.split("\t")[1] for row in found.fetch("long", 599_999_999, 600_000_000)] == ["600000000"]
        assert [row.split("\t")[1] for row in found.fetch("long", 9_999_999_998, 9_999_999_999)] == [
            "9999999999"
        ]


@pytest.mark.parametrize("width", [1, 60, 16_569])
def test_the_width_of_fasta_lines_changes_no_bundle(tmp_path: Path, width: int) -> None:
    """Sequence and model are the same bytes, so that memory and speed are the same too."""
    bases = rcrs_sequence()
    lines = [bases[start : start + width] for start in range(0, len(bases), width)]
    fasta = tmp_path / "wide.fa"
    fasta.write_text(">MT\n" + "\n".join(lines) + "\n", encoding="ascii")

    bundle = built(fasta, RCRS / "genes.gff3", "rCRS")

    assert bundle.manifest["files"] == rcrs().manifest["files"]
