"""A slow line to the local AWS: whole answers come, but large ones take their time."""

import socket
import threading
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PIECE = 16 * 1024
PAUSE_SECONDS = 0.25
"""After each full piece of an answer: 64 KiB/s."""


class SlowLine:
    """Passes connections on to `endpoint`, and lets the answers back piece by piece."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._server = socket.create_server(("127.0.0.1", 0))
        self.full_pieces = 0
        """How many full pieces went back: bytes of some large answer."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """The endpoint to give to a part."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Without the first the thread would go on waiting in accept, and keep the port.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(self._target, timeout=60)
            threading.Thread(target=self._pass_on, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(far, near, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, slowly: bool) -> None:  # noqa: FBT001 - two threads of one connection
        try:
            while piece := source.recv(PIECE):
                target.sendall(piece)
                if slowly and len(piece) == PIECE:
                    self.full_pieces += 1
                    time.sleep(PAUSE_SECONDS)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()
