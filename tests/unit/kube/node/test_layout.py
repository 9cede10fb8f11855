"""Where things are inside a node."""

import json
from pathlib import Path

from kube.node import layout


def test_node_writes_below_its_own_folders() -> None:
    """What is configured lies in the state folder, or in folders that the node sees its own in the place of."""
    text = layout.containerd(Path("/state")) + json.dumps(layout.kubelet(Path("/state"), "/gas-node-x"))
    paths = {word for word in text.replace('"', " ").replace(",", " ").split() if word.startswith("/")}

    own = (*(f"{folder}/" for folder in layout.REPLACED), "/state/", layout.PLUGINS, "/gas-node-x")

    assert paths
    assert {path for path in paths if not path.startswith(own)} == set()
