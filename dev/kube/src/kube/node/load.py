"""Imports images into a node, from inside: `python -m kube.node.load ARCHIVE ...`."""

import sys
from pathlib import Path

from kube.errors import ClusterError
from kube.node.images import import_images


def main(arguments: list[str]) -> int:
    """Import; 1 and a sentence when containerd refused."""
    try:
        import_images([Path(each) for each in arguments])
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
