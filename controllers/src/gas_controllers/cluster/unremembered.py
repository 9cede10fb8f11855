"""Spares kopf what it does for handlers that GAS has not: keeping what an object was, to tell what changed."""

from collections.abc import Iterable
from typing import Any

import kopf


class Unremembered(kopf.DiffBaseStorage):
    """Knows nothing of any object.

    Only handlers of changes ask for differences, and GAS has none: its one handler is told of every event. The usual storage
    copies each object whole for them, a quarter of kopf's time where thousands are listed.
    """

    def build(self, *, body: kopf.Body, extra_fields: Iterable[Any] | None = None) -> kopf.BodyEssence:
        """What of the object counts as a change: nothing."""
        del body, extra_fields
        return kopf.BodyEssence({})

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        """What was kept of the object: nothing."""
        del body
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Keep nothing."""
