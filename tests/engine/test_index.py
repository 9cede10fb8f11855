"""The index of a result, as it grows."""

import struct
import time

from gas_engine.bgzf import Packed
from gas_engine.index import Index, IndexState

_LENGTH = 500_000_000
_RECORDS = 40_000
_LINE = b"a record of twenty b"


def _seconds(reach: int) -> float:
    """What it costs to add records that begin one base after the other, each of which covers so many bases."""
    packed = Packed.of(_LINE * _RECORDS)
    rows = [(number * len(_LINE), 0, number, number + reach) for number in range(_RECORDS)]
    positions = b"".join(struct.pack("<Qi4xqq", *row) for row in rows)
    index = Index(_LENGTH, {b"1": _LENGTH})
    before = time.thread_time()
    index.add([b"1"], positions, packed, 0)
    used = time.thread_time() - before
    assert index.state is IndexState.FINE
    index.close()
    return used


def test_many_long_records_cost_what_short_ones_do() -> None:
    """Each stretch of the contig is walked once, not once for each record that reaches over it: that would be a billion steps."""
    short = min(_seconds(100) for _ in range(3))

    assert min(_seconds(_LENGTH - _RECORDS) for _ in range(3)) < 10 * short
