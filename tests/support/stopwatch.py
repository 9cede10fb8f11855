"""What work takes of a processor: what others do on the machine meanwhile does not count."""

import time
import timeit
from collections.abc import Callable


def thread_seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The processor seconds of this thread for the work, in the quickest of some rounds."""
    return min(timeit.repeat(work, timer=time.thread_time, number=1, repeat=rounds))
