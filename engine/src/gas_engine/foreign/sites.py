"""What a command is given: the records that have a place on the reference, as sites in a VCF file that we write ourselves.

So no file makes a command stumble over its header, names of contigs, samples or INFO; and none sees a genotype. The ID of
a site is the number of its line in the file: by that its answer is found again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gas_engine.bundle import Bundle

_OF_STRUCTURE = (
    ("END", "1", "Integer", "Last base of what is described"),
    ("SVLEN", "A", "Integer", "Bases that an allele adds or takes"),
    ("SVTYPE", "1", "String", "Kind of a structural variant"),
)
"""All that INFO tells a command: what symbolic alleles mean. The rest describes samples, and often badly."""

_KEPT = frozenset(key.encode() for key, _, _, _ in _OF_STRUCTURE)
_INFO = 7


@dataclass(frozen=True)
class GivenBlock:
    """What a block of a file becomes for a command: its sites, how many, and which tags its records have already."""

    sites: bytes
    count: int
    keys: frozenset[str]


class Given:
    """The sites of a file, written while the file is read."""

    def __init__(self, path: Path, bundle: Bundle, tags: Iterable[str]) -> None:
        self.path = path
        self.count = 0
        self.keys: set[str] = set()
        """Tags of the command that records of the file have already."""
        self._tags = tuple(tags)
        self._contigs = {name: contig.name.encode() for name, contig in bundle.names().items()}
        self._file = path.open("wb")
        self._file.write(header(bundle))

    def block(self, text: bytes, first_line: int, problems: bytes | memoryview) -> GivenBlock:
        """What a block becomes. Threads may ask at the same time."""
        made, count = sites(text, first_line, problems, self._contigs)
        return GivenBlock(made, count, frozenset(keys_in_use(text, self._tags)))

    def add(self, block: GivenBlock) -> None:
        """Write a block, after those before it."""
        self._file.write(block.sites)
        self.count += block.count
        self.keys |= block.keys

    def close(self) -> None:
        """Let go of the file; it is whole then."""
        self._file.close()


def header(bundle: Bundle) -> bytes:
    """The header of a command's input."""
    lines = [
        "##fileformat=VCFv4.2",
        *(f"##contig=<ID={contig.name},length={contig.length}>" for contig in bundle.contigs),
        *(
            f'##INFO=<ID={key},Number={number},Type={kind},Description="{words}">'
            for key, number, kind, words in _OF_STRUCTURE
        ),
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    return ("\n".join(lines) + "\n").encode()


def sites(
    text: bytes, first_line: int, problems: bytes | memoryview, contigs: Mapping[bytes, bytes]
) -> tuple[bytes, int]:
    """Those records of a block that no problem keeps from a command, and their number.

    `problems` are the core's rows on the block; `contigs` says what the bundle calls a contig of the file.
    """
    without_place = _lines_of_records(bytes(problems))
    found = []
    for number, line in enumerate(text.split(b"\n"), first_line):
        if number in without_place:
            continue
        columns = line.removesuffix(b"\r").split(b"\t", _INFO + 1)
        if len(columns) > _INFO:
            contig, position, _, ref, alt, *_, info = columns[: _INFO + 1]
            told = _told(info) if b"<" in alt or b"[" in alt or b"]" in alt else b"."
            found.append(
                b"%b\t%b\t%d\t%b\t%b\t.\t.\t%b\n"
                % (contigs.get(contig, contig), position, number, ref, alt, told)
            )
    return b"".join(found), len(found)


def keys_in_use(text: bytes, keys: Iterable[str]) -> set[str]:
    """Which of these keys of INFO the records of a block have already, declared or not."""
    likely = [key for key in keys if key.encode() in text]
    if not likely:
        return set()
    used = set[bytes]()
    for line in text.split(b"\n"):
        columns = line.removesuffix(b"\r").split(b"\t", _INFO + 1)
        if len(columns) > _INFO:
            used |= {part.partition(b"=")[0] for part in columns[_INFO].split(b";")}
    return {key for key in likely if key.encode() in used}


def _told(info: bytes) -> bytes:
    """What INFO says of symbolic alleles."""
    return b";".join(part for part in info.split(b";") if part.partition(b"=")[0] in _KEPT) or b"."


def _lines_of_records(problems: bytes) -> set[int]:
    """The lines of records to which nothing can be said: rows of other kinds are about an allele, or a remark."""
    rows = (row.split(b"\t", 2) for row in problems.split(b"\n")[:-1])
    return {int(line) for line, kind, _ in rows if kind == b"record"}
