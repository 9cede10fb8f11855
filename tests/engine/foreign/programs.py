"""Commands for tests: a small program that reads VCF and writes it with entries, and can do everything wrong that programs do."""

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gas_engine import Bundle, Limits, Task, annotate, load_bundle
from gas_engine.foreign.command import Command
from gas_engine.reference.build import build
from gas_engine.reference.request import Request
from tests.engine.workbench import LIMITS, RCRS, Outcome, text_of

_FOLDER = TemporaryDirectory(prefix="gas-commands-")
"""Its bundles live as long as the process does."""

FIELDS = (
    "Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank |"
    " HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS"
)

PROGRAM = r"""
import os, signal, sys, time
mode = sys.argv[1]
DECLARED = '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: \'%s\' ">\n'
lines = sys.stdin.readlines()
header = [line for line in lines if line.startswith("##")]
[columns] = [line for line in lines if line.startswith("#CHROM")]
records = [line for line in lines if not line.startswith("#")]
if mode == "tell":
    open("told", "w").writelines(lines)
    os.replace("told", sys.argv[2])
if mode == "fail":
    sys.stderr.write("reading the database\n\x1b[1mjava.lang.Error: no such genome\n\tat org.Main.run(Main.java:1)\n")
    sys.exit(3)
if mode == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if mode == "burn":
    while True: pass
if mode == "hang":
    time.sleep(3600)
if mode == "no-vcf":
    print("usage: program [options]")
    sys.exit()
if mode == "nothing":
    sys.exit()
if mode == "no-columns":
    sys.stdout.writelines(header)
    sys.exit()
if mode == "endless-line":
    print("##fileformat=VCFv4.2")
    while True: sys.stdout.write("x" * 65536)
if mode == "noisy":
    print("program: my arguments are these")
    sys.stderr.write("warning\n" * 100000)
if mode != "undeclared":
    header.append(DECLARED % FIELDS)
if mode == "drop":
    records = records[:-2]
if mode == "add":
    records = [record for record in records for _ in range(2)]
if mode == "swap":
    records.reverse()
if mode == "trade":
    records[1] = records[0]
sys.stdout.writelines([*header, columns])
for number, record in enumerate(records):
    chrom, pos, name, ref, alt, qual, filter, info = record.rstrip("\n").split("\t")
    if mode == "forget":
        name = "."
    entries = ["%s|missense_variant&splice_region_variant|MODERATE|GENE1|g1|transcript|t1|protein_coding|1/2|c.1A>G|p.Met1Val|1/9|1/9|1/3||" % one for one in alt.split(",")]
    entries += ["%s|upstream_gene_variant|MODIFIER|GENE2|g2|transcript|t2|protein_coding||c.-9A>G|||||9|" % one for one in alt.split(",")]
    if mode == "silent" and number == 1:
        entries = []
    if mode == "large" and number == 1:
        entries *= 10000
    if mode == "rewrite":
        name, ref, alt, qual, filter = name + ";rs1", "N", "N", "99", "BAD"
    if entries:
        info += ";ANN=" + ",".join(entries) + ";OTHER=1"
    print(chrom, pos, name, ref, alt, qual, filter, info, sep="\t")
if mode == "die-late":
    sys.stderr.write("the cache is damaged\n")
    sys.stdout.flush()
    os.abort()
""".replace("% FIELDS", f"% {FIELDS!r}")


@cache
def commanded(mode: str, *more: str) -> Bundle:
    """A bundle of the mitochondrion without genes, whose command does so."""
    argv = (sys.executable, "-I", "-c", PROGRAM, mode, *more)
    return named(Command(argv, ("ANN",), version="teller 1.0"))


def named(command: Command, **request: Any) -> Bundle:
    """A bundle of the mitochondrion without genes that names a command."""
    destination = Path(_FOLDER.name) / f"bundle{sum(1 for _ in Path(_FOLDER.name).iterdir())}" / "foreign"
    destination.parent.mkdir()
    wanted = Request(name="foreign", fasta=RCRS / "rCRS.fa", gff3=None, command=command, **request)
    build(wanted, destination, lambda _: None)
    return load_bundle(destination, verify=True)


def run(
    content: bytes,
    folder: Path,
    bundle: Bundle,
    *,
    allowed: Iterable[Path] = (Path("/"),),
    limits: Limits = LIMITS,
    **task: Any,
) -> Outcome:
    """Annotate a file of this content by the bundle's command."""
    number = sum(1 for _ in folder.iterdir())
    source, output = folder / f"input{number}", folder / f"output{number}"
    source.write_bytes(content)
    output.mkdir()
    percents: list[int] = []
    asked = Task(source, "sample.vcf", output, limits, command_folders=tuple(allowed), **task)
    annotation = annotate(asked, bundle, percents.append)
    return Outcome(annotation, text_of(annotation), percents)
