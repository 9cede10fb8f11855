"""Every file of a result: one row each, and nothing else of GAS knows their names.

Keys, the record, uploads, links, pages, the API and the archive are derived from this table. A new file is a row here,
and an engine that writes it: a release that does not know it leaves it alone (`domain/record.py`).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Self

_GZIP = "application/gzip"
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class _Row:
    """What is told of an output.

    `suffix` takes the place of `.vcf` in the input's name. `note` says to people what is in it, after its title. Where
    `always` is true every result has it. Where `stays_hot` is false it goes to the archive and comes back with the
    result: it holds the whole of it, or is of no use alone.
    """

    name: str
    suffix: str
    content_type: str
    title: str
    note: str
    always: bool = True
    stays_hot: bool = True


class Output(Enum):
    """A file of a result, in the order in which they are offered.

    The value is its name: the last part of its address, and its place in the record.
    """

    _value_: str

    RESULT = _Row(
        "result",
        ".annot.vcf.gz",
        _GZIP,
        "Annotated VCF",
        "the records of the input with their consequences",
        stays_hot=False,
    )
    # An index needs records in order, on contigs that are not too long or too many.
    INDEX = _Row(
        "index",
        ".annot.vcf.gz.tbi",
        "application/octet-stream",
        "Index",
        "of the annotated VCF, for genome browsers and tabix",
        always=False,
        stays_hot=False,
    )
    # From here on, what an earlier release did not write is not in every result.
    TABLE = _Row(
        "table",
        ".tsv.gz",
        _GZIP,
        "Table",
        "a row for each allele, for spreadsheets and R",
        always=False,
        stays_hot=False,
    )
    LOG = _Row("log", ".vcf.count.log", _TEXT, "Log", "counts, and the problems by line")
    PREVIEW = _Row("preview", ".preview.json", _JSON, "Preview", "the first annotated records, as JSON")
    STATISTICS = _Row(
        "statistics", ".statistics.json", _JSON, "Statistics", "the counts of the whole file, as JSON"
    )
    PROVENANCE = _Row(
        "provenance", ".provenance.json", _JSON, "Provenance", "what the result was made of and with"
    )
    PROBLEMS = _Row(
        "problems",
        ".problems.tsv.gz",
        _GZIP,
        "Problems",
        "every record and allele without consequences, and why",
        always=False,
    )
    SUMMARY = _Row("summary", ".summary.txt", _TEXT, "Summary", "the counts, for MultiQC", always=False)

    def __new__(cls, row: _Row) -> Self:
        """One member for each row, known by the row's name."""
        output = object.__new__(cls)
        output._value_ = row.name
        return output

    def __init__(self, row: _Row) -> None:
        """Keep what the row tells."""
        self.suffix = row.suffix
        self.content_type = row.content_type
        self.title = row.title
        self.note = row.note
        self.always = row.always
        self.stays_hot = row.stays_hot
