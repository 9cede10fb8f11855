"""The first process of a node's namespaces: it arranges them, holds them open, and reaps what the others leave.

It runs inside, started by `namespaces.py`. When it ends, the kernel ends everything in its process namespace, and mounts,
links, addresses and firewall rules go with the other two.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from kube.command_lines import SERVICES
from kube.node.layout import ADDRESS, BRIDGE, KERNEL_SETTINGS, REPLACED, SUBNET

READY = "holder.ready"
"""Written into the state folder once everything is arranged."""


def main(state_dir: Path) -> None:
    """Arrange the namespaces and wait for the end."""
    _replace_folders(state_dir / "host")
    _show_kernel_settings(state_dir / "kernel")
    _arrange_network()
    (state_dir / READY).touch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _reap_for_ever()


def _replace_folders(own: Path) -> None:
    for folder in REPLACED:
        source = own / folder.lstrip("/")
        source.mkdir(parents=True, exist_ok=True)
        _run("mount", "--bind", str(source), folder)


def _show_kernel_settings(own: Path) -> None:
    for name, value in KERNEL_SETTINGS.items():
        shown = own / name
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.write_text(f"{value}\n")
        _run("mount", "--bind", str(shown), f"/proc/sys/{name}")


def _arrange_network() -> None:
    """The bridge is there before the first pod, because the API server and the kubelet want the node's address."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{ADDRESS}/{SUBNET.partition('/')[2]}", "dev", BRIDGE)
    _run("ip", "link", "set", BRIDGE, "up")
    # What runs on the node reaches Services too: the proxy's rules need a route to begin with.
    _run("ip", "route", "add", SERVICES, "dev", BRIDGE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _reap_for_ever() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            os.wait()
        except ChildProcessError:
            signal.sigwait({signal.SIGCHLD})


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=10)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
