"""Every S3 key of GAS: one builder and one parser each.

`<prefix>/<user_id>/<job_id>~<file>` for inputs, `<prefix>/<user_id>/<job_id>~f<fence>~<file>` for what an attempt
wrote, and `archive/<key>` for the archived copy of a result. In the references bucket, `<prefix>/catalogue.json` is what was
published, and `<prefix>/bundles/<digest>/<file>` a file of a bundle.
"""

import re
from dataclasses import dataclass

from gas.domain.errors import UsageError
from gas.domain.names import job_id_is_valid, user_id_is_valid
from gas.domain.outputs import Output

MAX_KEY_BYTES = 1024
"""S3's longest key, in bytes of UTF-8."""

MAX_FILE_NAME_BYTES = 255
"""The longest file name of the usual file systems: a longer one could not be downloaded under its name."""

MAX_BUNDLE_FILE_BYTES = 800
"""The longest path of a file in its bundle: a key has room for it behind the instance and the digest."""

ARCHIVE_PREFIX = "archive/"
"""What the key of every archived copy begins with."""

MANIFEST_FILE = "manifest.json"
"""The file of a bundle that names all others; it is stored last, so that where it is, the bundle is whole."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
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
    """The key of the archived copy of a file, where the archive is a storage class of S3."""
    return ARCHIVE_PREFIX + key


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


def bundle_file_is_valid(name: str) -> bool:
    """True when a file of a bundle, other than its manifest, can have that name: a relative path that fits into a key.

    At the top, names that begin with a dot, or as the manifest's does, are left to whoever keeps bundles.
    """
    return _is_relative(name) and not name.startswith((".", MANIFEST_FILE))


def _is_relative(name: str) -> bool:
    short = len(name.encode("utf-8", "surrogatepass")) <= MAX_BUNDLE_FILE_BYTES
    return short and all(map(file_name_is_valid, name.split("/")))


def output_name(file_name: str, suffix: str) -> str:
    """The name of an output beside an input: `NAME.vcf` and `.annot.vcf.gz` give `NAME.annot.vcf.gz`."""
    stem = re.sub(r"\.(vcf(\.b?gz)?|bcf)$", "", file_name, flags=re.IGNORECASE)
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


def attempt_keys(prefix: str, user_id: str, job_id: str, file_name: str, fence: int) -> dict[Output, str]:
    """Every key that the attempt with this fence may have written."""
    return {
        output: str(ResultKey(prefix, user_id, job_id, fence, output_name(file_name, output.suffix)))
        for output in Output
    }


def catalogue_key(prefix: str) -> str:
    """Where the references catalogue lies."""
    return f"{prefix}/catalogue.json"


def bundle_key(prefix: str, digest: str, file_name: str) -> str:
    """Where a file of a bundle lies, which may stand in a folder of it.

    Raises:
        UsageError: that is no digest, or the file's name leads elsewhere.
    """
    if not digest_is_valid(digest):
        raise UsageError(f"{digest!r} is no digest of a bundle: 64 hexadecimal digits")
    if not _is_relative(file_name):
        raise UsageError(f"{file_name!r} cannot be a file of a bundle: it is no relative path")
    return f"{bundles_prefix(prefix)}{digest}/{file_name}"


def bundles_prefix(prefix: str) -> str:
    """What the key of every file of a bundle begins with."""
    return f"{prefix}/bundles/"


def digest_of_key(prefix: str, key: str) -> str | None:
    """The bundle that a key is of; None for a key of none."""
    digest, slash, file_name = key.removeprefix(bundles_prefix(prefix)).partition("/")
    ours = key.startswith(bundles_prefix(prefix)) and digest_is_valid(digest) and slash and file_name
    return digest if ours else None


def digest_is_valid(text: str) -> bool:
    """True when the text can be the digest of a bundle: 64 hexadecimal digits in lower case."""
    return _DIGEST.fullmatch(text) is not None
