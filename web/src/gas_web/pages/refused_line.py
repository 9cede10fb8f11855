"""The line for which an input was refused, as it begins: for its owner's page alone, read from the file while it is kept.

The refusal itself, which goes into the record, the cluster and e-mails, names the line and quotes nothing of it but a usual name of a contig.
"""

import re
from contextlib import suppress

from gas.domain.errors import GasError
from gas.domain.explanation import reason_of
from gas.domain.job import Job, JobStatus
from gas.domain.reasons import Reason
from gas.services.open_file import SubmittedFile
from gas_web.pages.first_records import unpacked
from gas_web.use_cases import UseCases

START_BYTES = 64 * 1024
"""How much of the file is read: most files that are refused are refused near their beginning."""

LONGEST_QUOTE = 80

_LINE = re.compile(r"line ([1-9][0-9]{0,6}):")
_GZIP = b"\x1f\x8b"


def refused_line(job: Job, cases: UseCases) -> str | None:
    """The beginning of the refused line; None where there is none, or its file is not as it was, or cannot be read."""
    named = _LINE.match(job.detail or "")
    if job.status is not JobStatus.FAILED or reason_of(job) is not Reason.INPUT_REFUSED or named is None:
        return None
    with suppress(GasError):
        file = cases.open_file.find(job, SubmittedFile.INPUT)
        return line_of(cases.objects.read_start(file.bucket, file.key, START_BYTES), int(named[1]))
    return None


def line_of(start: bytes, number: int) -> str | None:
    """How a line of a file begins that starts so, packed or not; None when it lies further on, or is empty."""
    text = unpacked(start) if start.startswith(_GZIP) else start
    lines = text.split(b"\n", number)
    # The lines of a BCF are those of the text that it is read as.
    if len(lines) < number or text.startswith(b"BCF"):
        return None
    shown = lines[number - 1][: LONGEST_QUOTE * 4].decode("utf-8", errors="replace").rstrip("\r")
    safe = "".join(sign if sign.isprintable() or sign == "\t" else "?" for sign in shown).strip()
    return (safe if len(safe) <= LONGEST_QUOTE else f"{safe[:LONGEST_QUOTE]}…") or None
