"""A refusal goes into records, statuses and e-mails: it names the line and the field, and holds no word of the file."""

from pathlib import Path

import pytest

from gas_annotator.engine import InputRefusedError, ReferenceMismatchError
from tests.annotator.workbench import run

HEADER = (
    b"##fileformat=VCFv4.2\n##contig=<ID=MT,length=16569>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)
CANARY = b"SECRETCANARY"


@pytest.mark.parametrize(
    "content",
    [
        CANARY,
        CANARY + b"\n" + HEADER,
        b"##gff-version 3 " + CANARY,
        b"BCF" + CANARY,
        b"##fileformat=VCFv" + CANARY + b"\n",
        b"##fileformat=VCFv4.2\n#CHROM\t" + CANARY + b"\n",
        b"##fileformat=VCFv4.2\n#" + CANARY + b"\n",
        b"##fileformat=VCFv4.2\n" + CANARY + b"\n",
        HEADER + CANARY + b"\n",
        HEADER + b"#" + CANARY + b"\n",
        HEADER + b"MT\t" + CANARY + b"\t.\tA\tG\t.\t.\t.\n",
        HEADER + b"\t1\t" + CANARY + b"\tA\tG\t.\t.\t.\n",
        HEADER + b"MT\t1\t.\tA\tG\t.\t.\t.\n" + CANARY + b"\t1",
        HEADER + CANARY + b"\x00\n",
        b"\x1f\x8b" + CANARY,
    ],
    ids=range(15),
)
def test_no_refusal_quotes_the_file(content: bytes, tmp_path: Path) -> None:
    """Whatever is wrong, wherever the file says it."""
    with pytest.raises(InputRefusedError) as refused:
        run(content, tmp_path)

    assert CANARY.decode() not in str(refused.value)


RECORD = b"%s\t1\t.\tA\tG\t.\t.\t.\n"


@pytest.mark.parametrize(
    "name",
    [
        b"Pay at https://evil.example/x or lose all",
        b"evil.example",
        b"evil.example.1",
        b"127.0.0.1",
        b"a" * 21,
        "chrÄ".encode(),
        b"chr1\xff",
        b"mail@evil",
    ],
)
def test_a_contig_is_no_message(name: bytes, tmp_path: Path) -> None:
    """Of a file on no contig of the reference the names are told that look like contigs' names, and only these."""
    records = RECORD % b"chrM_KI270302v1.1" + RECORD % name

    with pytest.raises(ReferenceMismatchError) as refused:
        run(HEADER + records, tmp_path)

    said = str(refused.value)
    assert name.decode(errors="replace") not in said
    assert 'contig "chrM_KI270302v1.1" is none of its contigs' in said
    assert "contig number 2 of the file, whose name is unusual, is none of its contigs" in said
