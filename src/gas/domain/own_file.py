"""The file that an owner brings to one job beside the input: a VCF or BED, of which each variant is told what it says."""

from dataclasses import dataclass

from gas.domain.spec import InputRef

MAX_OWN_BYTES = 256 * 1024 * 1024
"""The largest file of this kind: the engine holds its rows in memory, and takes no more text than this."""

_MOST = f"{MAX_OWN_BYTES:,} are the most"

OWN_FILE_WORDS = "the file of your own variants"
"""What whatever is said of such a file begins with, the engine's sentences too: so it is known which file is meant."""

OWN_FILE_SUBJECT = OWN_FILE_WORDS.capitalize()
"""The same at the beginning of a sentence."""


@dataclass(frozen=True)
class OwnFile:
    """Where it lies, and what it was when it was first seen; the annotator takes no other."""

    place: InputRef
    etag: str | None = None
    """As it was when the web submitted the job, or else when it was accepted; None until then."""
    size_bytes: int | None = None


@dataclass(frozen=True)
class NamedFile:
    """A file that a job names in the inputs bucket: its input, or what its owner brought beside it."""

    place: InputRef
    etag: str | None
    """What it must have; None where nobody has seen the file yet."""
    is_own: bool = False

    @property
    def words(self) -> str:
        """What it is called."""
        return OWN_FILE_WORDS if self.is_own else "the input"

    def told(self, detail: str = "") -> str:
        """What is told of it, so that it is known which of the two is meant."""
        return about_own_file(detail) if self.is_own else detail

    def lies_beside(self, other: InputRef) -> bool:
        """True when it is in the same folder: whose the one is, is the other."""
        return (self.place.bucket, _folder(self.place)) == (other.bucket, _folder(other))


def is_about_own_file(detail: str | None) -> bool:
    """True when what is told of a job is about its own file, and not about its input."""
    return detail is not None and detail.startswith(OWN_FILE_WORDS)


def about_own_file(detail: str = "") -> str:
    """What is told of an own file, so that it is known again."""
    return f"{OWN_FILE_WORDS}: {detail}" if detail else OWN_FILE_WORDS


def without_own_file_words(detail: str) -> str:
    """What is told of an own file, for a sentence that has named it already."""
    return detail.removeprefix(OWN_FILE_WORDS).lstrip(" ,:")


def own_file_too_large(size_bytes: int) -> str:
    """What is said of an own file that is larger than any plan takes."""
    return f"it has {size_bytes:,} bytes, and {_MOST}. Leave out what does not matter for this job."


def is_too_large_for_any_plan(detail: str | None) -> bool:
    """True when what is told of a job is that: a larger plan would not help."""
    return detail is not None and is_about_own_file(detail) and _MOST in detail


def _folder(place: InputRef) -> str:
    return place.key.rpartition("/")[0]
