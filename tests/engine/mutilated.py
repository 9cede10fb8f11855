"""Strange and damaged files by a seed; and, as a program, a run over many of them with another build of the core.

python -m tests.engine.mutilated LIBRARY
"""

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from gas_engine import Choices, EngineError, Tag, core
from tests.engine.workbench import Outcome, rcrs_sequence, run, vcf

_LENGTHS = (1, 1, 1, 2, 3, 5, 30, 400)
_ALTS = (
    "<DEL>",
    "<DUP:TANDEM>",
    "<INV>",
    "<INS>",
    "<CNV>",
    "G[MT:5[",
    "]MT:5]G",
    "G.",
    ".G",
    "*",
    "N",
    "",
    ".",
    "<",
    ",,,",
    "A,C,,<DEL>",
)
_INFOS = (".", "", "END=", "SVLEN=x", "DP=1;", "CSQX=1", "END=9;SVLEN=-3,5", "SVLEN=7000", "END=16000")
_SIGNS = b"\t\n,;=<>[].ACGTN0 \xff"


def strange_file(seed: int, records: int = 200) -> bytes:
    """A file whose records have everything that a record may have, and some of what it must not."""
    chance, contig = random.Random(seed), rcrs_sequence()
    rows = []
    for _ in range(records):
        position = chance.randrange(1, len(contig) + 3)
        ref = (contig + contig)[position - 1 : position - 1 + chance.choice(_LENGTHS)]
        made = ref[:1] + "".join(chance.choice("ACGT") for _ in range(chance.choice(_LENGTHS) - 1))
        alt = chance.choice([chance.choice("ACGT"), made, chance.choice(_ALTS)])
        name = chance.choice(["MT"] * 9 + ["chrM", "7", "x" * 50])
        shown = chance.choice([ref] * 19 + ["", "N", "Q", "acgt"])
        rows.append("\t".join([name, str(position), ".", shown, alt, ".", ".", chance.choice(_INFOS)]))
    return vcf() + "\n".join(rows).encode() + b"\n"


def damaged(content: bytes, seed: int) -> bytes:
    """The same with a few bytes changed, anywhere behind its header."""
    chance, changed = random.Random(seed), bytearray(content)
    start = len(vcf())
    for _ in range(5):
        changed[chance.randrange(start, len(changed))] = chance.choice(_SIGNS)
    return bytes(changed)


def lost(outcome: Outcome, content: bytes) -> list[str]:
    """What is wrong with a result: records that are counted nowhere, and columns that changed."""
    annotation = outcome.annotation
    told = sum(row[1] == "record" for row in outcome.problems)
    found = []
    if annotation.records != annotation.annotated_records + told:
        found.append(f"{annotation.records} records, {annotation.annotated_records} annotated, {told} told")
    rows = [line for line in content[len(vcf()) :].split(b"\n") if line.removesuffix(b"\r")]
    lines = [line for line in outcome.text.split(b"\n") if line and not line.startswith(b"#")]
    if len(rows) != len(lines):
        return [*found, f"{len(rows)} lines became {len(lines)}"]
    for row, line in zip(rows, lines, strict=True):
        before, after = row.split(b"\t"), line.split(b"\t")
        kept = before[7] if before[7] != b"." else b""
        if before[:7] + before[8:] != after[:7] + after[8:] or not after[7].startswith(kept):
            found.append(f"{row!r} became {line[:200]!r}")
    return found


def main() -> None:
    """Annotate strange and damaged files with a library; it ends the process where memory is misused."""
    core.LIBRARY = Path(sys.argv[1])
    for seed in range(20):
        content = strange_file(seed)
        if seed % 2:
            content = damaged(content, seed)
        with TemporaryDirectory() as folder:
            try:
                run(content, Path(folder), choices=Choices(Tag.BOTH), threads=1 + seed % 2)
            except EngineError:
                continue
    print("sound")  # noqa: T201 - what the test waits for


if __name__ == "__main__":
    main()
