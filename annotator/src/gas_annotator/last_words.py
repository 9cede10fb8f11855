"""What a program printed before it failed, as far as it reads like no part of the file that it had: for the log.

Programs quote what they stumble over. Told are only words that programs have of themselves: where in their code they were, the kind
of an error, and the system's own phrases.
"""

import builtins
import errno
import os
import re

UNCONFINED = "a child could not be confined"
"""What one of our own children prints that never began."""

_PHRASES = {os.strerror(number) for number in errno.errorcode} | {
    "Segmentation fault",
    "Out of memory",
    UNCONFINED,
}
_ERRORS = {
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}
_WORDS = re.compile(
    "|".join(
        (
            r"\[[EW]::\w+\]",  # htslib's
            r'File "[\w./+-]*\.py", line \d+',
            r"\bat (?:[\w.]+/)?(?:[\w$]+\.)+[\w$<>]+\([\w$]+\.java:\d+\)",
            r"\b(?:[a-z_]\w*\.)+(?:[A-Z]\w*)?(?:Error|Exception)\b",
            rf"\b(?:{'|'.join(sorted(_ERRORS))})\b",
            *sorted(map(re.escape, _PHRASES)),
        )
    )
)
_COLOUR = re.compile(r"\[[0-9;]*m")
_MOST_LETTERS = 600
"""Some frames of a traceback."""


def told(printed: str) -> str:
    """How a sentence about its end goes on: nothing after silence."""
    if not printed.strip():
        return ""
    found = ", ".join(dict.fromkeys(_WORDS.findall(_COLOUR.sub(" ", printed))))
    sentence = "; what it printed is not told, for it may quote the file"
    return f"{sentence}, except: {found[-_MOST_LETTERS:]}" if found else sentence
