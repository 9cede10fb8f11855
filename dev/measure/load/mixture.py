"""What became of jobs of several references in one queue. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from dev.measure.load import timeline


def by_reference(records: Iterable[Mapping[str, Any]], digests: Mapping[str, str]) -> dict[str, Any]:
    """How long the jobs of each reference waited, and how many have another bundle than `digests` says, or no consequences.

    `records` are those of the table, as plain values; of a reference that is not published any bundle is right.
    """
    seen: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        seen.setdefault(str(record["reference"]), []).append(record)
    waited = {
        name: timeline.waited_seconds(timeline.stays(record.get("history", ())) for record in found)
        for name, found in sorted(seen.items())
    }
    every = [record for found in seen.values() for record in found]
    return {
        "ofAnotherBundle": sum(
            record.get("reference_digest") != digests.get(name, record.get("reference_digest"))
            for name, found in seen.items()
            for record in found
        ),
        "withoutConsequences": sum(not int(record.get("annotated_variants", 0)) for record in every),
        "references": {name: {"waitedSeconds": timeline.spread(times)} for name, times in waited.items()},
    }
