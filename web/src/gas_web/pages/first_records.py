"""The first records of a result that is hot, read from the start of the result itself."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gas_web.pages.preview_record import MOST_CONSEQUENCES
from gas_web.pages.result_preview import Preview

START_BYTES = 256 * 1024
"""How much of a result is asked for: a hundred records of most files, and little for a web pod to hold."""

MOST_RECORDS = 100
"""As many as a preview may have."""

MOST_SEARCHED = 10_000
"""As many as somebody who looks for something has searched: whatever of the start is there, within reason."""

_MOST_BYTES = 4 * 1024 * 1024
_COLUMNS = ("chrom", "pos", "id", "ref", "alt", "qual", "filter")
_INFO = 7
_LONGEST_VALUE = 200


def with_first_records(preview: Preview, start: bytes, most: int = MOST_RECORDS) -> Preview:
    """The preview with the first records of the result that starts so, in place of the few that stay when archived.

    `start` may end anywhere: what is cut is left out. One that is no result leaves the preview as it is.
    """
    found = list(_records(unpacked(start), preview, most))
    return replace(preview, records=tuple(found)) if len(found) > len(preview.records) else preview


def _records(text: bytes, preview: Preview, most: int) -> Iterator[dict[str, Any]]:
    lines = text.split(b"\n")[:-1]
    rows = [line for line in lines if line and not line.startswith(b"#")]
    for row in rows[:most]:
        columns = row.split(b"\t", _INFO + 1)
        if len(columns) <= _INFO:
            return
        record: dict[str, Any] = dict(zip(_COLUMNS, map(_text, columns[:_INFO]), strict=True))
        yield record | _consequences(columns[_INFO], preview)


def _consequences(info: bytes, preview: Preview) -> dict[str, Any]:
    """The first entries, and how many there are."""
    tag = preview.tag.encode() + b"="
    # The annotator puts its own last.
    value = next((part[len(tag) :] for part in reversed(info.split(b";")) if part.startswith(tag)), b"")
    entries = value.split(b",") if value else []
    listed = [
        dict(zip(preview.fields, map(_text, entry.split(b"|")), strict=False))
        for entry in entries[:MOST_CONSEQUENCES]
    ]
    return {"consequences": listed, "consequence_count": len(entries)}


def _text(value: bytes) -> str:
    text = value[: _LONGEST_VALUE * 4].decode("utf-8", errors="replace")
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def unpacked(start: bytes) -> bytes:
    """The text of the whole and partial gzip members that BGZF is made of, bounded whatever they claim to hold."""
    text, rest = bytearray(), start
    while rest and len(text) < _MOST_BYTES:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            text += member.decompress(rest, _MOST_BYTES - len(text))
        except zlib.error:
            break
        rest = member.unused_data
    return bytes(text)
