"""A command that runs: its sites go in, its lines come out, and its end is judged. What it prints beside is kept in part."""

import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from gas_engine.errors import CommandFailedError

SILENCE_SECONDS = 1800.0
"""After how long without a word a command is taken for hung. Reading a whole genome's cache takes some minutes."""

_PIECE_BYTES = 64 * 1024
_PRINTED_BYTES = 8 * 1024
_WORDS_LENGTH = 240
"""What of its last words fits into a sentence."""

_END_SECONDS = 5.0
"""How long a command whose output is no VCF may take to end, so that its exit code can be told."""


class Running:
    """One run of a command. As a context it is ended at the latest with that."""

    def __init__(
        self,
        words: str,
        argv: Sequence[str],
        sites: Path,
        folder: Path,
        *,
        cpu_seconds: float | None = None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """Start it in a folder of its own.

        Raises:
            CommandFailedError: there is no such program, or it may not be started.
        """
        self._words = words
        self._silence_seconds = silence_seconds
        self._printed = b""
        folder.mkdir()
        here = {"HOME": ".", "TMPDIR": ".", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        try:
            with sites.open("rb") as source:
                self._process = subprocess.Popen(  # noqa: S603 - the installation allows it, and the caller has asked
                    argv, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=here
                )
        except OSError as error:
            raise CommandFailedError(
                f"{words} could not be started: {argv[0]}: {error.strerror}; the machine that annotates needs it, and leave"
                " to run it"
            ) from error
        if cpu_seconds is not None:
            with suppress(OSError):  # In a cage the limit is there already, and nobody may change another's.
                limit = max(1, int(cpu_seconds))
                resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (limit, limit + 2))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def lines(self, longest_bytes: int) -> Iterator[bytes]:
        """The lines that it writes, without their ends.

        Raises:
            CommandFailedError: a line is longer than that, or nothing comes for too long.
        """
        rest = b""
        for piece in self._pieces():
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
            if len(rest) > longest_bytes:
                raise self.failed(f"wrote a line of more than {longest_bytes:,} bytes")
        if rest:
            yield rest

    def finish(self) -> None:
        """Wait until it has ended.

        Raises:
            CommandFailedError: it did not end well.
        """
        self._listen_on(self._silence_seconds)
        code = self._process.poll()
        if code is None:
            raise self._hung()
        if code > 0:
            raise self.failed(f"ended with exit code {code}")
        if code < 0:
            name = signal.Signals(-code).name
            why = ", as happens when memory runs out" if name == "SIGKILL" else ""
            raise self.failed(f"was ended by {name}{why}", -code)

    def broke_off(self, what: str, *, quoted: str = "") -> CommandFailedError:
        """What to raise when its output cannot be used: how it ended, if it ended badly, else what is wrong."""
        self._listen_on(_END_SECONDS, drain=True)
        try:
            self.finish_now()
        except CommandFailedError as error:
            return error
        return self.failed(what, quoted=quoted)

    def finish_now(self) -> None:
        """The same as `finish`, of one that has ended; of another nothing is said."""
        if self._process.poll() is not None:
            self.finish()

    def failed(self, what: str, by: int | None = None, *, quoted: str = "") -> CommandFailedError:
        """The error of this command: what happened, and what it printed last."""
        said = cleaned(self._printed)
        return CommandFailedError(
            f"{self._words} {what}", by, quoted + (f"; it printed last: {said}" if said else "")
        )

    def _hung(self) -> CommandFailedError:
        return self.failed(f"hangs: it wrote nothing for {self._silence_seconds:g} seconds")

    def _pieces(self) -> Iterator[bytes]:
        """What it writes until it closes its output; what it prints beside is kept."""
        out, beside = self._pipes()
        poller = select.poll()
        for pipe in (out, beside):
            poller.register(pipe, select.POLLIN)
        while True:
            ready = poller.poll(self._silence_seconds * 1000)
            if not ready:
                raise self._hung()
            for pipe, _ in ready:
                piece = os.read(pipe, _PIECE_BYTES)
                if pipe == out:
                    if not piece:
                        return
                    yield piece
                elif piece:
                    self._keep(piece)
                else:
                    poller.unregister(pipe)

    def _listen_on(self, seconds: float, *, drain: bool = False) -> None:
        """Hear what it prints until it has ended, at most so long; with `drain` what it still writes goes nowhere."""
        out, beside = self._pipes()
        deadline = time.monotonic() + seconds
        listening = {beside, out} if drain else {beside}
        while True:
            ended = self._process.poll() is not None
            ready = select.select(listening, [], [], 0 if ended else 0.05)[0] if listening else []
            for pipe in ready:
                piece = os.read(pipe, _PIECE_BYTES)
                if not piece:
                    listening.discard(pipe)
                elif pipe == beside:
                    self._keep(piece)
            if not listening and not ended:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(max(0.0, deadline - time.monotonic()))
                return
            if (ended and not ready) or time.monotonic() > deadline:
                return

    def _keep(self, printed: bytes) -> None:
        """Keep the end of what it prints."""
        self._printed = (self._printed + printed)[-_PRINTED_BYTES:]

    def _pipes(self) -> tuple[int, int]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        return self._process.stdout.fileno(), self._process.stderr.fileno()


def cleaned(printed: bytes) -> str:
    """The last words of a program on one line: no control characters, and no frames of a Java stack."""
    lines = printed.decode(errors="replace").splitlines()
    kept = [line.strip() for line in lines if line.strip() and not line.startswith("\tat ")]
    text = " / ".join(kept)
    readable = "".join(sign if sign.isprintable() else " " for sign in text)
    return readable if len(readable) <= _WORDS_LENGTH else "… " + readable[-_WORDS_LENGTH:]
