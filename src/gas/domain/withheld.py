"""What no log says, nor any sentence that may come to stand in one: what people call their files, and their addresses.

A job is known by its id. Its owner reads the name of the file where the job is shown.
"""

import re

UNSAID = "…"
"""What stands in a key in place of the file's name."""

_BEFORE_THE_NAME = r"/[a-z0-9]{26}/[a-z0-9][a-z0-9.-]{0,62}~(?:f[1-9][0-9]{0,8}~)?+"
_KEY = re.compile(rf"({_BEFORE_THE_NAME}).+", re.DOTALL)
_IN_A_REFUSAL = re.compile(rf"({_BEFORE_THE_NAME})(?!{UNSAID}).+(?= because )")
"""As AWS words it: `on resource: "arn:aws:s3:::bucket/key" because no policy allows it`."""
_IN_A_LINE = re.compile(rf"({_BEFORE_THE_NAME})(?!{UNSAID}).+")
"""A name may hold whatever ends one elsewhere, so that the rest of the line goes with it."""
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=\[\]{}]+@[^\s@<>\"'(),;:=\[\]{}/]+\.[A-Za-z]{2,}")


def without_file_name(key: str) -> str:
    """The key of a job's file as far as it holds no name; any other key as it is."""
    return _KEY.sub(rf"\1{UNSAID}", key)


def withheld(text: str) -> str:
    """The text of others without the names of files in the keys of jobs, and without e-mail addresses."""
    if "~" in text:
        text = _IN_A_REFUSAL.sub(rf"\1{UNSAID}", text)
        text = _IN_A_LINE.sub(rf"\1{UNSAID}", text)
    return _ADDRESS.sub("[hidden]", text) if "@" in text else text
