"""The standard streams as all find them that print here: our sentences, click's help and rich's bars.

Sentences may find nobody, or a full disk, and stop nothing: a script goes by the exit code, and a submission is made whoever
listens. Whoever reads stdout may have had enough, such as `head`: then the rest goes nowhere. A disk that is full is
something else, since what was asked for is not there.
"""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, TextIO


class _Stream(io.TextIOWrapper):
    forgiven: ClassVar[type[OSError]]

    def write(self, text: str) -> int:
        with self._given_up():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._given_up():
            super().flush()

    @contextmanager
    def _given_up(self) -> Iterator[None]:
        """What cannot be written is told once, or not at all."""
        try:
            yield
        except OSError as error:
            # Python flushes once more at its end, which must find something that takes it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if not isinstance(error, self.forgiven):
                raise OSError(error.errno, error.strerror, "standard output") from error


class _Output(_Stream):
    forgiven = BrokenPipeError


class _Sentences(_Stream):
    forgiven = OSError


def stand_by() -> None:
    """Put them in the place of Python's; a stream that was closed before the start takes all, and gives nothing."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - as long as the program
    sys.stdout = _over(_Output, sys.stdout)
    sys.stderr = _over(_Sentences, sys.stderr)


def _over(kind: type[_Stream], stream: TextIO | None) -> _Stream:
    if stream is None:
        return kind(Path(os.devnull).open("wb"), "utf-8", "backslashreplace")
    # A path that is no text is printed byte by byte, for scripts that go on with it.
    paths = kind is _Output and codecs.lookup(stream.encoding).name == "utf-8"
    errors = "surrogateescape" if paths else "backslashreplace"
    return kind(stream.buffer, stream.encoding, errors, line_buffering=True)
