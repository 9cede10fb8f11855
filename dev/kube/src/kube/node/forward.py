"""Carries TCP connections: `python -m kube.node.forward FROM TO [FROM TO ...]`.

FROM is an address and port to listen on, or the number of an open socket that listens already. A socket belongs to the
network namespace that it was made in: made outside of a node and handed to this program inside, it leads this machine's
loopback into the node. TO is the address and port that is connected to.
"""

import socket
import socketserver
import sys
import threading

_CHUNK = 1 << 16
_CONNECT_SECONDS = 10.0


def listen(address: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket, on a free port unless one is named, ready to be handed over."""
    listener = socket.create_server((address, port), backlog=128)
    listener.set_inheritable(True)
    return listener


def main(arguments: list[str]) -> None:
    """Carry connections until told to stop."""
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    servers = [_server(_listener(source), _address(target)) for source, target in pairs]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def _listener(source: str) -> socket.socket:
    return socket.socket(fileno=int(source)) if source.isdecimal() else listen(*_address(source))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _server(listener: socket.socket, target: tuple[str, int]) -> socketserver.ThreadingTCPServer:
    server = socketserver.ThreadingTCPServer(
        listener.getsockname(), _carrier(target), bind_and_activate=False
    )
    server.daemon_threads = True
    server.socket.close()
    server.socket = listener
    return server


def _carrier(target: tuple[str, int]) -> type[socketserver.BaseRequestHandler]:
    class Carrier(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                with socket.create_connection(target, timeout=_CONNECT_SECONDS) as far:
                    far.settimeout(None)
                    back = threading.Thread(target=_pump, args=(far, self.request), daemon=True)
                    back.start()
                    _pump(self.request, far)
                    back.join()
            except OSError:
                # Nobody answers inside, or one side is gone: the caller sees its connection end.
                return

    return Carrier


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Carry one direction; an end is carried too, so that the other side may still answer."""
    try:
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


if __name__ == "__main__":
    main(sys.argv[1:])
