"""Writes model.bin: what the core maps into memory. Its layout is that of native/engine.h, section by section."""

import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from gas_engine.genetic_code import CODES, CODONS
from gas_engine.reference.layout import Layout
from gas_engine.reference.transcripts import Transcript

MAGIC = b"GASREF1\n"
BIN_SHIFT = 14
_SECTIONS = (
    "contigs",
    "starts",
    "ends",
    "transcripts",
    "exons",
    "slips",
    "exceptions",
    "bins",
    "codes",
    "strings",
    "genes",
)
_SPARE_SECTIONS = 1
_CONTIG = struct.Struct("<Q10I")
_TRANSCRIPT = struct.Struct("<7i21I")
_CIRCULAR, _MITOCHONDRIAL = 1, 2
_MINUS, _CODING, _START_UNKNOWN, _END_UNKNOWN, _POLY_A, _NMD, _PSEUDO, _PROTEIN_CODING = (
    1 << bit for bit in range(8)
)
_CODE_NUMBERS = tuple(CODES)
_ESCAPES = str.maketrans({",": "&", "|": "&", ";": "%3B", " ": "_", "=": "%3D", "\t": "_", "\n": "_"})


@dataclass(frozen=True)
class ContigFacts:
    """What the core knows of a contig beside its transcripts."""

    name: str
    accession: str
    length: int
    sequence_offset: int
    code: int
    circular: bool
    mitochondrial: bool


class _Strings:
    """Texts, each once, with their lengths before them."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._places: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Where a text stands."""
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = len(self.content)
            encoded = text.encode()
            self.content += struct.pack("<I", len(encoded)) + encoded
        return place


def escaped(text: str) -> str:
    """A text as CSQ can hold it."""
    return text.translate(_ESCAPES)


def tier(one: Transcript) -> int:
    """Preference of PICK before severity: MANE Select, MANE Plus Clinical, canonical, protein coding, any."""
    if "MANE_Select" in one.tags:
        return 0
    if "MANE_Plus_Clinical" in one.tags:
        return 1
    if canonical(one):
        return 2
    return 3 if one.biotype == "protein_coding" else 4


def canonical(one: Transcript) -> bool:
    """Whether its source calls it the gene's canonical transcript."""
    return bool(one.tags & {"Ensembl_canonical", "RefSeq_Select", "MANE_Select"})


@dataclass
class ModelFile:
    """Collects contigs with their transcripts and becomes the bytes of model.bin."""

    _strings: _Strings = field(default_factory=_Strings)
    _contigs: bytearray = field(default_factory=bytearray)
    _transcripts: list[bytes] = field(default_factory=list)
    _starts: "array[int]" = field(default_factory=lambda: array("i"))
    _ends: "array[int]" = field(default_factory=lambda: array("i"))
    _exons: "array[int]" = field(default_factory=lambda: array("i"))
    _slips: "array[int]" = field(default_factory=lambda: array("i"))
    _exceptions: "array[int]" = field(default_factory=lambda: array("i"))
    _bins: "array[int]" = field(default_factory=lambda: array("I"))
    _genes: dict[tuple[str, str], int] = field(default_factory=dict)
    _gene_symbols: "array[int]" = field(default_factory=lambda: array("I"))

    def add_contig(self, facts: ContigFacts, pairs: Iterable[tuple[Transcript, Layout]]) -> None:
        """Add a contig and its transcripts."""
        ordered = sorted(pairs, key=lambda pair: (pair[0].start, pair[0].end, pair[0].identifier))
        number, first = len(self._contigs) // _CONTIG.size, len(self._starts)
        ranks = sorted(range(len(ordered)), key=lambda index: _length_key(*ordered[index]))
        orders = {index: rank for rank, index in enumerate(ranks)}
        for index, (one, layout) in enumerate(ordered):
            self._add(one, layout, number, orders[index], facts.code)
        bins = _bins(first, self._starts[first:], self._ends[first:], facts.length)
        flags = (_CIRCULAR if facts.circular else 0) | (_MITOCHONDRIAL if facts.mitochondrial else 0)
        self._contigs += _CONTIG.pack(
            facts.sequence_offset,
            *(
                facts.length,
                flags,
                _CODE_NUMBERS.index(facts.code),
                first,
                len(ordered),
                len(self._bins),
                len(bins),
            ),
            *(self._strings.add(facts.name), self._strings.add(facts.accession), 0),
        )
        self._bins.extend(bins)

    def _gene(self, one: Transcript) -> int:
        number = self._genes.setdefault((one.contig, one.gene), len(self._genes))
        if number == len(self._gene_symbols):
            self._gene_symbols.append(self._strings.add(one.symbol))
        return number

    def _add(self, one: Transcript, layout: Layout, contig: int, order: int, code: int) -> None:
        text, string = self._strings.add, escaped
        symbol, gene, biotype = string(one.symbol), string(one.gene), string(one.biotype)
        head = f"{symbol}|{gene}|Transcript|{string(one.identifier)}|{biotype}|"
        tail = "|".join(
            (
                "YES" if canonical(one) else "",
                string(one.partner or one.name) if "MANE_Select" in one.tags else "",
                string(one.partner or one.name) if "MANE_Plus_Clinical" in one.tags else "",
            )
        )
        self._starts.append(one.start)
        self._ends.append(one.end)
        self._transcripts.append(
            _TRANSCRIPT.pack(
                *(one.start, one.end, len(layout.message), layout.cds_start, layout.cds_end),
                *((one.cds[0][0], one.cds[-1][1]) if one.cds else (-1, -1)),
                *(_flags(one, layout), self._gene(one), len(self._exons) // 3, len(one.exons)),
                *(
                    len(self._slips) // 2,
                    len(layout.slips),
                    len(self._exceptions) // 2,
                    len(layout.exceptions),
                ),
                *(
                    tier(one),
                    order,
                    contig,
                    _CODE_NUMBERS.index(one.table if one.table in CODES else code),
                    layout.pad,
                ),
                *(text(head), text(string(one.name)), text(string(one.protein or one.name)), text(tail)),
                *(text(biotype), text(symbol), text(gene), 0),
            )
        )
        before = 0
        rows = []
        for start, end in reversed(one.exons) if one.minus else one.exons:
            rows.append((start, end, before))
            before += end - start
        for row in sorted(rows):
            self._exons.extend(row)
        for segment in layout.slips:
            self._slips.extend(segment)
        for codon, residue in layout.exceptions:
            self._exceptions.extend((codon, ord(residue)))

    def to_bytes(self) -> bytes:
        """The whole file."""
        contents = (
            (bytes(self._contigs), _CONTIG.size),
            (self._starts.tobytes(), 4),
            (self._ends.tobytes(), 4),
            (b"".join(self._transcripts), _TRANSCRIPT.size),
            (self._exons.tobytes(), 12),
            (self._slips.tobytes(), 8),
            (self._exceptions.tobytes(), 8),
            (self._bins.tobytes(), 4),
            (b"".join(_code(number) for number in _CODE_NUMBERS), 128),
            (bytes(self._strings.content), 1),
            (self._gene_symbols.tobytes(), 4),
        )
        header_size = len(MAGIC) + 16 * (len(_SECTIONS) + _SPARE_SECTIONS)
        header, body = bytearray(MAGIC), bytearray()
        for content, size in contents:
            header += struct.pack("<QQ", header_size + len(body), len(content) // size)
            body += content + bytes(-len(content) % 8)
        header += bytes(16 * _SPARE_SECTIONS)
        return bytes(header + body)


def _length_key(one: Transcript, layout: Layout) -> tuple[int, int, str]:
    """Longer proteins first, then longer messages, then the identifier."""
    return (-(layout.cds_end - layout.cds_start), -len(layout.message), one.identifier)


def _flags(one: Transcript, layout: Layout) -> int:
    found = (
        (one.minus, _MINUS),
        (bool(one.cds), _CODING),
        (layout.start_unknown, _START_UNKNOWN),
        (layout.end_unknown, _END_UNKNOWN),
        (layout.poly_a, _POLY_A),
        (one.biotype == "nonsense_mediated_decay", _NMD),
        ("pseudogene" in one.biotype, _PSEUDO),
        (one.biotype == "protein_coding", _PROTEIN_CODING),
    )
    return sum(flag for holds, flag in found if holds)


def _bins(first: int, starts: "array[int]", ends: "array[int]", length: int) -> "array[int]":
    """For each stretch of the contig, the first transcript that ends behind the stretch's start."""
    if not starts:
        return array("I")
    count = (max(length, *ends) >> BIN_SHIFT) + 1
    bins = array("I", [first + len(starts)]) * count
    for index in range(len(starts) - 1, -1, -1):
        for number in range((starts[index] >> BIN_SHIFT), ((ends[index] - 1) >> BIN_SHIFT) + 1):
            bins[number] = first + index
    # A stretch that no transcript reaches begins with the next one behind it.
    following = first + len(starts)
    for number in range(count - 1, -1, -1):
        following = bins[number] = min(bins[number], following)
    return bins


def _code(number: int) -> bytes:
    code = CODES[number]
    residues = "".join(code.residues[codon] for codon in CODONS).encode("ascii")
    starts = bytes(
        2 if codon in code.keeps_start else 1 if codon in code.initiators else 0 for codon in CODONS
    )
    return residues + starts


def packed(bases: bytes) -> bytes:
    """Bases as sequence.bin holds them: two a byte, the first in the high half, in BAM's alphabet."""
    if len(bases) % 2:
        bases += b"N"
    # As whole numbers the halves are joined in one step, which a loop over a genome could not be.
    high, low = bases[::2].translate(_HIGH), bases[1::2].translate(_LOW)
    return (int.from_bytes(high, "big") | int.from_bytes(low, "big")).to_bytes(len(high), "big")


_ALPHABET = b"=ACMGRSVTWYHKDBN"
_LOW = bytes.maketrans(_ALPHABET, bytes(range(16)))
_HIGH = bytes.maketrans(_ALPHABET, bytes(number << 4 for number in range(16)))
