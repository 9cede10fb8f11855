"""Every S3 key of GAS: one builder and one parser each.

`<prefix>/<user_id>/<job_id>~<file>` for inputs, `<prefix>/<user_id>/<job_id>~f<fence>~<file>` for what an attempt
wrote, and `archive/<key>` for the archived copy of a result.
"""

import re
from dataclasses import dataclass
from enum import Enum

from gas.domain.errors import UsageError
from gas.domain.names import job_id_is_valid, user_id_is_valid

MAX_KEY_BYTES = 1024
"""S3's longest key, in bytes of UTF-8."""

MAX_FILE_NAME_BYTES = 255
"""The longest file name of the usual file systems: a longer one could not be downloaded under its name."""

ARCHIVE_PREFIX = "archive/"
"""What the key of every archived copy begins with."""
_FENCED = re.compile(r"f([1-9][0-9]{0,8})~(.+)", re.DOTALL)
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f]")


@dataclass(frozen=True)
class InputKey:
    """Where the input of a job lies in the inputs bucket."""

    prefix: str
    user_id: str
    job_id: str
    file_name: str

    def __str__(self) -> str:
        """The key as S3 knows it."""
        return f"{self.prefix}/{self.user_id}/{self.job_id}~{self.file_name}"

    @classmethod
    def from_key(cls, key: str) -> "InputKey":
        """Parse an input's key.

        Raises:
            UsageError: the key is not `<prefix>/<user_id>/<job_id>~<file>`.
        """
        prefix, user_id, job_id, file_name = _split(key)
        if not file_name_is_valid(file_name):
            raise UsageError(f"key {key!r}: {file_name!r} cannot be a file name")
        return cls(prefix, user_id, job_id, file_name)


@dataclass(frozen=True)
class ResultKey:
    """Where one attempt, known by its fence, writes a file in the results bucket."""

    prefix: str
    user_id: str
    job_id: str
    fence: int
    file_name: str

    def __str__(self) -> str:
        """The key as S3 knows it."""
        return f"{self.prefix}/{self.user_id}/{self.job_id}~f{self.fence}~{self.file_name}"

    @classmethod
    def from_key(cls, key: str) -> "ResultKey":
        """Parse a result's key.

        Raises:
            UsageError: the key is not `<prefix>/<user_id>/<job_id>~f<fence>~<file>`.
        """
        prefix, user_id, job_id, rest = _split(key)
        fenced = _FENCED.fullmatch(rest)
        if fenced is None:
            raise UsageError(f"key {key!r}: a result's key names the attempt, as in job~f1~file")
        return cls(prefix, user_id, job_id, int(fenced[1]), fenced[2])


def archive_key(key: str) -> str:
    """The key of the archived copy of a result."""
    return ARCHIVE_PREFIX + key


def key_from_archive(archive_id: str) -> str:
    """The original key of an archived copy.

    Raises:
        UsageError: it is no key of the archive.
    """
    if not archive_id.startswith(ARCHIVE_PREFIX):
        raise UsageError(f"key {archive_id!r} is not in the archive: it does not start with {ARCHIVE_PREFIX}")
    return archive_id.removeprefix(ARCHIVE_PREFIX)


def owns_key(user_id: str, prefix: str, key: str) -> bool:
    """True when the key lies in the named user's folder and is well formed."""
    try:
        parsed = InputKey.from_key(key)
    except UsageError:
        return False
    return parsed.prefix == prefix and parsed.user_id == user_id


def file_name_is_valid(name: str) -> bool:
    """True when a file name can stand in a key: no path, no control character, not too long."""
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= MAX_FILE_NAME_BYTES
        and not _FORBIDDEN.search(name)
        and name not in {".", ".."}
        and name.isprintable()
    )


def output_name(file_name: str, suffix: str) -> str:
    """The name of an output beside an input: `NAME.vcf` and `.annot.vcf.gz` give `NAME.annot.vcf.gz`."""
    stem = re.sub(r"\.vcf(\.b?gz)?$", "", file_name, flags=re.IGNORECASE)
    return (stem or file_name) + suffix


def _split(key: str) -> tuple[str, str, str, str]:
    parts = key.split("/", 2)
    job_id, tilde, file_name = parts[-1].partition("~")
    well_formed = (
        len(parts) == 3  # noqa: PLR2004 - prefix, user, rest
        and parts[0]
        and user_id_is_valid(parts[1])
        and tilde
        and job_id_is_valid(job_id)
        and file_name
        and not _FORBIDDEN.search(file_name)
        and key.isprintable()
        and len(key.encode()) <= MAX_KEY_BYTES
    )
    if not well_formed:
        raise UsageError(f"key {key!r}: expected <prefix>/<user_id>/<job_id>~<file name>")
    return parts[0], parts[1], job_id, file_name


class Output(Enum):
    """What an attempt writes; the value is what takes the place of `.vcf` in the input's name."""

    RESULT = ".annot.vcf.gz"
    INDEX = ".annot.vcf.gz.tbi"
    TABLE = ".tsv.gz"
    PROBLEMS = ".problems.tsv.gz"
    LOG = ".vcf.count.log"
    PREVIEW = ".preview.json"
    STATISTICS = ".statistics.json"
    SUMMARY = ".summary.txt"
    PROVENANCE = ".provenance.json"


def attempt_keys(prefix: str, user_id: str, job_id: str, file_name: str, fence: int) -> dict[Output, str]:
    """Every key that the attempt with this fence may have written."""
    return {
        output: str(ResultKey(prefix, user_id, job_id, fence, output_name(file_name, output.value)))
        for output in Output
    }
