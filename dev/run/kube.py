"""`python -m dev.run.kube build` compiles the control plane's programs and prints the folder that holds them."""

import argparse
import sys

from dev.ending import end
from kube.binaries import ensure_binaries
from kube.errors import KubeError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dev.run.kube", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="compile etcd, kube-apiserver and kubectl once, and print their folder")
    parser.parse_args(arguments)
    try:
        print(ensure_binaries().kubectl.parent)
    except KubeError as error:
        print(f"kube: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    end(main)
