"""What no log says, nor any sentence that may come to stand in one: what people call their files, and their addresses.

A job is known by its id. Its owner reads the name of the file where the job is shown.

Anybody may have written the text, so that each pattern passes through it once: none looks at the same run of letters again from
each of its letters.
"""

import re

UNSAID = "/…"
"""What stands in a key in place of the file's name: no name has a slash in it, so that none is taken for this."""

MOST_LETTERS = 32 * 1024
"""Longer than any line that is of use. Of what is longer the beginning and the end are told."""

CUT = "\n[…]\n"
"""What stands in place of the middle."""

_BEFORE_THE_NAME = r"/[a-z0-9]{26}/[a-z0-9][a-z0-9.-]{0,62}(?:~|%7[Ee])(?:f[1-9][0-9]{0,8}(?:~|%7[Ee]))?+"
"""As it is written in keys, and as addresses quote it."""
_KEY = re.compile(rf"({_BEFORE_THE_NAME}).+", re.DOTALL)
_IN_A_LINE = re.compile(rf"({_BEFORE_THE_NAME})(?!{UNSAID})(?:.+(?= because )|.+)")
"""A name may hold whatever ends one elsewhere, so that the rest of the line goes with it. What AWS refuses it words so, and the reason
stays: `on resource: "arn:aws:s3:::bucket/key" because no policy allows it`."""
_PERHAPS_A_KEY = re.compile(r"~|%7[Ee]")

_LETTER = r"[^\s@<>\"'(),;:=\[\]{}]"
_ADDRESS = re.compile(
    # The run before the sign is tried from its beginning, and given up as a whole.
    rf"(?:(?<!{_LETTER}){_LETTER}++|\"[^\"\n]{{1,64}}\")"
    r"@(?:[^\s@<>\"'(),;:=\[\]{}/]{1,255}\.[^\W\d_]{2,}|localhost\b|\[[0-9A-Fa-f:.]{2,45}\])"
)


def without_file_name(key: str) -> str:
    """The key of a job's file as far as it holds no name; any other key as it is."""
    return _KEY.sub(rf"\1{UNSAID}", key)


def withheld(text: str) -> str:
    """The text of others without the names of files in the keys of jobs, and without e-mail addresses.

    Of a very long one the middle is left out.
    """
    text = _shortened(text)
    if _PERHAPS_A_KEY.search(text):
        text = _IN_A_LINE.sub(rf"\1{UNSAID}", text)
    return _ADDRESS.sub("[hidden]", text) if "@" in text else text


def _shortened(text: str) -> str:
    if len(text) <= MOST_LETTERS:
        return text
    half = MOST_LETTERS // 2
    head, middle, tail = text[:half], text[half:-half], text[-half:]
    # A name that began in the middle would be told from there on, and an address as far as the middle.
    if _PERHAPS_A_KEY.search((head + middle).rpartition("\n")[2]):
        tail = tail.partition("\n")[2]
    return re.sub(r"@\S*\Z", "@", head) + CUT + tail
