"""Programs whose machine has a wrong clock: a small library tells them another time than the one it is."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from kube.shelf import default_cache_dir
from tests.support.kube import skip_or_fail
from tests.support.waiting import PATIENCE_SECONDS

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long wrong_by(void) {
    const char *text = getenv("WRONG_BY_SECONDS");
    return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int answer = (int)syscall(SYS_clock_gettime, clock, now);
    if (answer == 0 && clock == CLOCK_REALTIME) now->tv_sec += wrong_by();
    return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec real;
    (void)zone;
    int answer = clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return answer;
}

time_t time(time_t *kept) {
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    if (kept) *kept = real.tv_sec;
    return real.tv_sec;
}
"""
"""Only the time of day is wrong: what counts the seconds since the machine's start goes right."""


def wrong_clock(seconds: int) -> dict[str, str]:
    """What to set for a program whose clock is ahead by so many seconds, or behind by a negative number of them."""
    return {"LD_PRELOAD": str(_library()), "WRONG_BY_SECONDS": str(seconds)}


def _library() -> Path:
    """The library, compiled once into the cache."""
    name = hashlib.sha256(SOURCE.encode()).hexdigest()[:12]
    library = default_cache_dir() / f"wrong-clock-{name}.so"
    if library.exists():
        return library
    if shutil.which("cc") is None:
        skip_or_fail("kube", "a wrong clock needs a C compiler (Debian: gcc libc6-dev)")
    library.parent.mkdir(parents=True, exist_ok=True)
    unfinished = library.with_suffix(f".{os.getpid()}")
    command = ["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-o", str(unfinished), "-"]
    subprocess.run(command, input=SOURCE, text=True, check=True, timeout=PATIENCE_SECONDS)
    unfinished.replace(library)
    return library
