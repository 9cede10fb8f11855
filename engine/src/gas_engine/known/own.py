"""Variants or regions of one's own, brought to one job: mapped as a bundle's sources are, into the job's folder."""

import re
from pathlib import Path

from gas_engine.bundle import Bundle, Known, digest_of
from gas_engine.core import Options, Worker
from gas_engine.errors import InputRefusedError, LimitExceededError, SourceError
from gas_engine.header import without_mark
from gas_engine.known.adding import ground_of
from gas_engine.known.build import build_source
from gas_engine.known.lookup import MOST_COLUMNS, KnownFile
from gas_engine.known.reading import Lines, TooLargeError, is_beside
from gas_engine.known.request import UPLOAD_AGAIN, Form, SourceRequest
from gas_engine.reading import zero_byte_sentence
from gas_engine.task import Limits

NAME = "Own"
"""What keys of one's own begin with."""

MOST_ROWS = 250_000
"""Rows of a file of one's own: all are in the memory of the process that reads a stranger's file."""

MOST_BYTES = 256 * 1024**2
"""Text of such a file, unpacked."""

SHOWN = "the file of your own variants"
"""What every sentence about it begins with."""
_LIMITS = Limits()
_VCF = b"##fileformat=VCF"
_VCF_NAME = re.compile(r"\.vcf(\.gz|\.bgz)?$", re.IGNORECASE)
_VCF_COLUMNS = re.compile(rb"#CHROM\s+POS\b")
"""A BED may begin with #CHROM too, but has no POS behind it."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def own_source(
    path: Path,
    file_name: str,
    bundle: Bundle,
    scratch: Path,
    limits: Limits = _LIMITS,
    *,
    most_rows: int = MOST_ROWS,
) -> Known:
    """Map a VCF or BED file of one's own, of which no line and no record holds more than an input's may.

    Raises:
        InputRefusedError: it is neither, or damaged.
        LimitExceededError: it holds more than is taken.
    """
    worker = Worker(bundle.model, Options(), "CSQ", "ANN", {})
    try:
        request = SourceRequest(
            NAME,
            _form(path, file_name, limits.max_line_bytes),
            (path,),
            shown=SHOWN,
            file_name=file_name,
            most_rows=most_rows,
            most_bytes=MOST_BYTES,
            most_line_bytes=limits.max_line_bytes,
            most_alternatives=limits.max_alternatives,
        )
        ground = ground_of(bundle.name, bundle.contigs, worker)
        target = scratch / "own.bin"
        told = ({"file": file_name, "sha256": digest_of(path)},)
        source = build_source(request, ground, target, told, lambda _: None)
        _check_columns(bundle, len(source.fields))
        return Known(source, KnownFile(target))
    except TooLargeError as error:
        raise LimitExceededError(f"{error}; give those that matter for this job") from error
    except SourceError as error:
        raise InputRefusedError(str(error)) from error
    finally:
        worker.close()


def _form(path: Path, file_name: str, longest: int) -> Form:
    """A VCF by its name, its first line or its column names, so that one that lacks something is refused as one; else a BED."""
    lines = Lines(path, SHOWN, MOST_BYTES, UPLOAD_AGAIN, longest)
    try:
        form = Form.OWN if _VCF_NAME.search(file_name) else None
        for line in lines:
            text = without_mark(line) if lines.number == 1 else line
            if not text.strip():
                continue
            _check_signs(text, lines.number)
            if form is None and text.startswith(_VCF):
                return Form.OWN
            if form is not None or not is_beside(text):
                break
            if _VCF_COLUMNS.match(text):
                return Form.OWN
    finally:
        lines.close()
    return form or Form.REGIONS


def _check_signs(line: bytes, number: int) -> None:
    if line.startswith(_WIDE_MARKS):
        raise InputRefusedError(f"{SHOWN}, line {number}: this is in UTF-16; save it as UTF-8 or plain text")
    if b"\0" in line:
        raise InputRefusedError(f"{SHOWN}, {zero_byte_sentence(number)}")


def _check_columns(bundle: Bundle, own: int) -> None:
    others = sum(len(one.source.fields) for one in bundle.known)
    if own + others > MOST_COLUMNS:
        raise InputRefusedError(
            f"{SHOWN}: it has {own} fields, and beside those of the reference {MOST_COLUMNS - others} are the most; leave some out"
        )
