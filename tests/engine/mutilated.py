"""Strange and damaged files by a seed; and, as a program, a run over many of them with another build of the core.

python -m tests.engine.mutilated LIBRARY
"""

import gzip
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from gas_engine import Choices, EngineError, Tag, core
from gas_engine.header import CSQ_FIELDS
from tests.engine.workbench import Outcome, rcrs_sequence, run
from tests.support.vcf_files import COLUMNS, vcf

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


# ---- whole files mutilated -----------------------------------------------------------------------------------------------

_HEAD = (
    b"##fileformat=VCFv4.2",
    b'##FILTER=<ID=PASS,Description="All filters passed">',
    b'##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    b"##contig=<ID=MT,length=16569>",
    COLUMNS.encode() + b"\tFORMAT\tA\tB",
)
_COLUMN_VALUES = {
    0: (b"", b"MT ", b"chrM", b"NC_012920.1", b"\xff\xfe", b"m\xc3\xbc", b"*", b"x" * 70),
    1: (b"0", b"-1", b"1e4", b"", b"99999999999", b"16570", b"007", b"\xd9\xa3"),
    2: (b"", b"rs1;rs2", b"a b", b"\xe9", b"." * 300),
    3: (b"", b".", b"N", b"n", b"*", b"R", b"<DEL>", b"ACGT" * 200, b"G,A", b"\xff"),
    4: (
        *(
            b"",
            b".",
            b"*",
            b"*,*",
            b"<DEL>",
            b"<NON_REF>,*",
            b"<INS>",
            b"<>",
            b"G[MT:9[",
            b"]x:1]G,.G",
            b"N,R",
        ),
        *(b"A,A,A", b"AC,", b",AC", b"g,c,t,a", b"=", b"A C", b"1", b"\xff", b",".join([b"A"] * 1200)),
    ),
    5: (b"", b"high", b"-Inf", b"1e999"),
    6: (b"", b"a;b", b"a b", b"PASS;PASS"),
    7: (
        *(b"", b";", b";;", b"CSQ", b"CSQ=old", b"DP=1;CSQ=A|b,c;GAS_CSQ=x", b"END=1", b"END=99999;SVLEN=-9"),
        *(b"DP=1;DP=2", b"A=\xc3\xa9", b"A=b c;", b"=", b"H=" + b"x" * 200_000, b";".join([b"F"] * 5000)),
    ),
    8: (b"", b"GT:", b"."),
    9: (b"", b"0/9", b"\xff"),
}

_Lines = list[bytes]


def _place(chance: random.Random, lines: _Lines) -> int:
    """A line; now and then one of the header."""
    header = len(_HEAD) if chance.random() < _OF_RECORDS else 0
    return chance.randrange(min(header, len(lines) - 1), len(lines))


def _cut_columns(chance: random.Random, lines: _Lines) -> None:
    at = _place(chance, lines)
    columns = lines[at].split(b"\t")
    lines[at] = b"\t".join(columns[: chance.randrange(len(columns) + 1)])


def _cut_samples(chance: random.Random, lines: _Lines) -> None:
    at = _place(chance, lines)
    lines[at] = b"\t".join(lines[at].split(b"\t")[: chance.randrange(8, 12)])


def _more_columns(chance: random.Random, lines: _Lines) -> None:
    lines[_place(chance, lines)] += chance.choice([b"\t", b"\t\t0/1", b"\t0/1:3\t1|1"])


def _odd_bytes(chance: random.Random, lines: _Lines) -> None:
    at = _place(chance, lines)
    line = bytearray(lines[at] or b" ")
    for _ in range(chance.randrange(1, 4)):
        line[chance.randrange(len(line))] = chance.choice(_SIGNS + b'\r\x01\x80\xe9"#%&|')
    lines[at] = bytes(line)


def _other_value(chance: random.Random, lines: _Lines) -> None:
    for _ in range(chance.randrange(1, 12)):
        at, column = (
            chance.randrange(min(len(_HEAD), len(lines) - 1), len(lines)),
            chance.choice(list(_COLUMN_VALUES)),
        )
        columns = lines[at].split(b"\t")
        if column < len(columns):
            columns[column] = chance.choice(_COLUMN_VALUES[column])
            lines[at] = b"\t".join(columns)


def _several_alleles(chance: random.Random, lines: _Lines) -> None:
    at = _place(chance, lines)
    columns = lines[at].split(b"\t")
    if len(columns) > _ALT:
        columns[_ALT] = b",".join([columns[_ALT], *chance.choices(_COLUMN_VALUES[_ALT][:-1], k=3)])
        lines[at] = b"\t".join(columns)


def _wrong_ref(chance: random.Random, lines: _Lines) -> None:
    for at in range(min(len(_HEAD), len(lines)), len(lines)):
        columns = lines[at].split(b"\t")
        if len(columns) > _ALT and chance.random() < 1 / 3:
            columns[_ALT - 1] = bytes(chance.choices(b"ACGT", k=len(columns[_ALT - 1])))
            lines[at] = b"\t".join(columns)


def _doubled(chance: random.Random, lines: _Lines) -> None:
    at = _place(chance, lines)
    lines[at:at] = [lines[at]] * chance.choice((1, 1, 7, 300))


def _reordered(chance: random.Random, lines: _Lines) -> None:
    start = min(len(_HEAD), len(lines))
    rest = lines[start:]
    chance.shuffle(rest)
    lines[start:] = rest


def _dropped(chance: random.Random, lines: _Lines) -> None:
    start = _place(chance, lines)
    del lines[start : start + chance.choice((1, 1, 3, 30))]
    lines[:] = lines or [b""]


def _no_header(chance: random.Random, lines: _Lines) -> None:
    kept = chance.choice([(0, -1), (-1,), (), (0,)])
    count = min(len(_HEAD), len(lines))
    lines[:count] = [lines[:count][at] for at in kept if count]
    lines[:] = lines or [b""]


def _blank_lines(chance: random.Random, lines: _Lines) -> None:
    for _ in range(chance.randrange(1, 4)):
        at = _place(chance, lines)
        lines[at:at] = [chance.choice([b"", b"", b"\r", b" ", b"\t" * 9])]


def _windows(chance: random.Random, lines: _Lines) -> None:
    share = chance.choice([1.0, 0.5])
    lines[:] = [line + b"\r" if chance.random() < share else line for line in lines]


def _own_tag(chance: random.Random, lines: _Lines) -> None:
    lines.insert(min(1, len(lines)), b'##INFO=<ID=CSQ,Number=.,Type=String,Description="theirs">')
    _other_value(chance, lines)


_MUTILATIONS = (
    *(_cut_columns, _cut_samples, _more_columns, _odd_bytes, _other_value, _other_value, _several_alleles),
    *(_wrong_ref, _doubled, _reordered, _dropped, _no_header, _blank_lines, _windows, _own_tag),
)
_OF_RECORDS, _ALT = 0.9, 4


def mutilated(seed: int, records: int = 30) -> bytes:
    """A file that was whole, with two samples, and to which up to four things were done."""
    chance, contig = random.Random(seed), rcrs_sequence()
    lines = list(_HEAD)
    for _ in range(records):
        position, length = chance.randrange(1, len(contig) - 30), chance.choice((1, 1, 1, 2, 9))
        ref = contig[position - 1 : position - 1 + length]
        alt = ref[:1] + "".join(chance.choices("ACGT", k=chance.choice((0, 1, 3))))
        alt = chance.choice("ACGT".replace(ref[0], "")) if alt == ref else alt
        lines.append(f"MT\t{position}\t.\t{ref}\t{alt}\t50\tPASS\tDP=9\tGT\t0/1\t1/1".encode())
    for mutilate in chance.choices(_MUTILATIONS, k=chance.randrange(1, 5)):
        mutilate(chance, lines)
    content = b"\n".join(lines) + chance.choice([b"\n", b"\n", b"", b"\n\n"])
    if chance.random() < 1 / 20:
        content = content[: chance.randrange(len(content))]
    return gzip.compress(content) if chance.random() < 1 / 10 else content


# ---- what must hold whatever a file is -------------------------------------------------------------------------------------


def lost(outcome: Outcome, content: bytes) -> list[str]:
    """What is wrong with a result: records and alleles that are counted nowhere, and bytes that changed."""
    text = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    header, rows = _parts(text.removeprefix(b"\xef\xbb\xbf"))
    lines = outcome.text.removesuffix(b"\n").split(b"\n")
    head = [line for line in lines if line.startswith(b"#")]
    ours = [line for line in head if line not in header]
    found = [] if [line for line in head if line in header] == header else ["the header changed"]
    tags = [line[11:].split(b",")[0] for line in ours if b"=<ID=" in line and line.startswith(b"##INFO")]
    lines = lines[len(head) :]
    if len(rows) != len(lines):
        return [*found, f"{len(rows)} lines became {len(lines)}"]
    annotation = outcome.annotation
    if annotation.records != len(rows):
        found.append(f"{len(rows)} records, and {annotation.records} are counted")
    reasons: dict[int, list[list[str]]] = {}
    for problem in outcome.problems:
        reasons.setdefault(int(problem[0]), []).append(problem)
    annotated = 0
    for (number, row), line in zip(rows, lines, strict=True):
        told = reasons.pop(number, [])
        wrong = _changed(row, line, tags) or _untold(row, line, told, tags)
        annotated += row != line
        found += (
            [f"line {number}: {wrong}: {row[:200]!r} became {line[:200]!r}, told {told}"] if wrong else []
        )
    found += [f"line {number} is no record, and is told of" for number in reasons]
    if annotated != annotation.annotated_records:
        found.append(f"{annotated} lines are annotated, and {annotation.annotated_records} are counted")
    return found


def _parts(text: bytes) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """Lines of the header, and the records with the numbers of their lines."""
    lines = [line.removesuffix(b"\r") for line in text.split(b"\n")]
    names = next(at for at, line in enumerate(lines) if line.startswith(b"#CHROM"))
    header = [line for line in lines[: names + 1] if line.strip()]
    return header, [(at + 1, line) for at, line in enumerate(lines) if at > names and line]


def _changed(row: bytes, line: bytes, tags: list[bytes]) -> str:
    """Whether anything but INFO's addition differs."""
    before, after = row.split(b"\t"), line.split(b"\t")
    if before[:7] + before[8:] != after[:7] + after[8:]:
        return "another column changed"
    kept = b"" if before[7] == b"." else before[7]
    if before[7] == after[7]:
        return ""
    added = after[7].removeprefix(kept)
    if not after[7].startswith(kept) or not added.removeprefix(b";").startswith(
        tuple(tag + b"=" for tag in tags)
    ):
        return "INFO changed"
    return "" if kept.endswith(b";") or added.startswith(b";") == bool(kept) else "INFO is joined badly"


def _untold(row: bytes, line: bytes, told: list[list[str]], tags: list[bytes]) -> str:
    """Whether the record or an allele of it is neither annotated nor told of, or both."""
    kinds = [one[1] for one in told]
    if any(not one[2] for one in told):
        return "a reason is missing"
    alleles = row.split(b"\t")[_ALT].count(b",") + 1
    if row == line:
        every = kinds.count("allele") in (0, alleles)
        return "" if kinds.count("record") == 1 and every else "it is not told of once"
    if "record" in kinds:
        return "it is annotated and told of"
    values = [part for part in line.split(b"\t")[7].split(b";") if tags and part.startswith(tags[0] + b"=")]
    numbered = CSQ_FIELDS.index("ALLELE_NUM")
    numbers = {entry.split(b"|")[numbered] for entry in values[-1].split(b"=", 1)[1].split(b",")}
    return "" if len(numbers) + kinds.count("allele") == alleles else "an allele is lost"


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
