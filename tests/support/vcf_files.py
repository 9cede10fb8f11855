"""Small VCF files, written from rows that are easy to read."""

from collections.abc import Iterable

COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def vcf(*records: str, head: Iterable[str] = ("##fileformat=VCFv4.2",), columns: str = COLUMNS) -> bytes:
    """A VCF file; the columns of a record may be given with spaces between them."""
    lines = [*head, columns, *("\t".join(record.split(" ")) for record in records)]
    return ("\n".join(lines) + "\n").encode()
