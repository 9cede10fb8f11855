"""The bundles on a node: fetched once for all pods that share the folder, verified, and evicted when there is no room."""

from gas_annotator.shelf.fetch import Fetch
from gas_annotator.shelf.places import Places
from gas_annotator.shelf.room import Room
from gas_annotator.shelf.shelf import NodeShelf

__all__ = ["Fetch", "NodeShelf", "Places", "Room"]
