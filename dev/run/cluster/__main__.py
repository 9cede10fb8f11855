"""`python -m dev.run.cluster warm|up|down|env|images|load|e2e|run`: what the Makefile's targets call."""

import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from dev.ending import end
from dev.run.cluster.base import BASES, ensure_base
from dev.run.cluster.e2e import run as run_e2e
from dev.run.cluster.images import build_images
from dev.run.up.options import BUILD, instance_name
from kube.errors import KubeError
from kube.node import cluster
from kube.node.cluster import Cluster


def main() -> int:
    """Do what is asked; 0 when it went well, 1 when it did not, with one sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m dev.run.cluster")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("warm", help="install, compile and write everything that a cluster is made of, once")
    commands.add_parser("up", help="start a cluster and leave it running")
    commands.add_parser("down", help="end it, and leave the machine as it was")
    commands.add_parser("env", help="print the exports that let a shell talk to it")
    images = commands.add_parser("images", help="build the four images and report their sizes")
    images.add_argument("--tag", default="dev")
    commands.add_parser("load", help="build the four images and bring them onto the running cluster")
    e2e = commands.add_parser(
        "e2e", help="try the whole platform on a cluster: 0 passed, 1 failed, 77 cannot run"
    )
    e2e.add_argument("tests", nargs="*")
    run = commands.add_parser("run", help="run a command on the node, where pods and Services are reached")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    wanted = parser.parse_args()
    try:
        if wanted.command == "run":
            return run_inside(wanted.arguments)
        if wanted.command == "e2e":
            return run_e2e(state_dir(), instance_name(), wanted.tests, _say)
        if wanted.command == "images":
            make_images(wanted.tag)
            return 0
        {"warm": warm, "up": up, "down": down, "env": env, "load": load}[wanted.command]()
    except KubeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def state_dir() -> Path:
    """Where the instance's cluster keeps its state and logs."""
    return BUILD / "state" / instance_name() / "cluster"


def warm() -> None:
    """Install, compile and write everything that a cluster is made of, once."""
    cluster.warm(_say)
    for base in BASES:
        ensure_base(base, _say)
    _say("everything is there: `make cluster` starts a cluster")


def up() -> None:
    """Start a cluster and leave it running."""
    began = time.monotonic()
    started = Cluster.start(state_dir(), instance=instance_name(), say=_say)
    print(f"The cluster is up after {time.monotonic() - began:.0f} s.")
    print('In your shell: eval "$(make -s cluster-env)", then: kubectl get pods -A')
    print(f"Its ingress controller answers at https://127.0.0.1:{started.ports['https']}.")
    print("Stop it with: make cluster-down")


def down() -> None:
    """End the cluster."""
    Cluster.attach(state_dir()).stop()
    print("The cluster is down.")


def env() -> None:
    """Print the exports that let a shell talk to the running cluster."""
    found = Cluster.attach(state_dir())
    print(f"export KUBECONFIG={shlex.quote(str(found.kubeconfig))}")
    print(f'export PATH={shlex.quote(":".join(str(each) for each in found.programs))}:"$PATH"')


def make_images(tag: str) -> None:
    """Build the four images and tell their sizes."""
    for each in build_images(_say, tag=tag):
        print(f"{each.reference}: {each.size_bytes / 1e6:.0f} MB, in {each.archive}")


def load() -> None:
    """Build the four images and bring them onto the running cluster, which has no registry."""
    running = Cluster.attach(state_dir())
    images = build_images(_say, tag="dev")
    running.load_images([each.archive for each in images])
    print("The cluster has: " + ", ".join(each.reference for each in images))


def run_inside(arguments: list[str]) -> int:
    """Run a command on the node, as its administrator; its exit code."""
    found = Cluster.attach(state_dir())
    path = ":".join([*(str(each) for each in found.programs), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "KUBECONFIG": str(found.kubeconfig_inside), "PATH": path}
    return subprocess.run(found.namespaces.inside(*arguments), check=False, env=environment).returncode


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end(main)
