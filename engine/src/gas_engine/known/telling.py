"""What reports say of known variants: each source with its release, and nothing at all where there is none."""

from collections.abc import Sequence
from typing import Any

from gas_engine.known.fields import MOST_OWN
from gas_engine.known.run import KnownCount, RunSources
from gas_engine.known.source import KnownSource

_MOST_NAMES, _NAME_SIGNS = 50, 40
"""How many names of fields the log lists, and how much of each."""


def statistics(known: Sequence[KnownCount]) -> dict[str, Any]:
    """How much each source knew."""
    counted = [
        {
            "name": one.source.name,
            "release": one.source.release,
            "alleles": one.alleles,
            "records": one.records,
        }
        for one in known
    ]
    return {"known": counted} if counted else {}


def in_dbsnp(known: Sequence[KnownCount], records: int) -> str:
    """The original service's count of records in dbSNP; empty where that is no source."""
    found = next((one.records for one in known if one.source.name == "dbSNP"), None)
    return "" if found is None else f"{found} ({100 * found / records if records else 0:.4f}%)"


def log_lines(known: Sequence[KnownCount], alleles: int, *, own: bool) -> list[str]:
    """Each source and how many alleles it knew; of an owner's file, which is the last, also how much could be used."""
    if not known:
        return []
    return [
        "Known variants and regions, by source:",
        *(f"  {one.source.words}: {one.alleles} of {alleles} alleles" for one in known),
        *(_own_lines(known[-1].source) if own else ()),
    ]


def _own_lines(source: KnownSource) -> list[str]:
    read, fields = source.checks["read"], source.checks.get("fields_left_out", ())
    used = f"Of your own file {source.rows} of {read} rows could be used"
    none = f"Of your own file none of the {read} rows could be used: nothing of it is in this result"
    return [
        used if source.rows else none,
        *(f"  {reason}: {count}" for reason, count in source.checks["left_out"].items()),
        *([f"  Fields of INFO left out, for {MOST_OWN} are the most: {_listed(fields)}"] if fields else ()),
    ]


def _listed(fields: Sequence[str]) -> str:
    """Names as a stranger's file has them, for one line of the log."""
    shown = ["".join(sign if sign.isprintable() else " " for sign in one[:_NAME_SIGNS]) for one in fields]
    more = f" and {len(fields) - _MOST_NAMES} more" if len(fields) > _MOST_NAMES else ""
    return ", ".join(shown[:_MOST_NAMES]) + more


def provenance(sources: RunSources, *, own: bool) -> dict[str, Any]:
    """Each source with its release and fields, the file that the owner brought, and the keys of INFO."""
    if not sources.known:
        return {}
    listed = [_told(source) for source in sources.sources]
    return {
        "known": listed[:-1] if own else listed,
        **({"own": listed[-1]} if own else {}),
        "info_keys": list(sources.keys),
    }


def _told(source: KnownSource) -> dict[str, Any]:
    """Everything but how building it went."""
    return {key: value for key, value in source.to_manifest().items() if key not in {"checks", "data"}}
