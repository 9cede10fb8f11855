"""What a bundle is and what it was built from, in words for logs, headers and people."""

from collections.abc import Mapping
from typing import Any

NO_VERSION = "1"
"""The version of a bundle that nobody gave one. It tells nothing, so no words have it."""


def name_words(manifest: Mapping[str, Any]) -> str:
    """A bundle's name, and its version where it was given one."""
    version = str(manifest["version"])
    return printable(str(manifest["name"]) + ("" if version == NO_VERSION else f" {version}"))


def reference_words(manifest: Mapping[str, Any]) -> list[str]:
    """Which bundle it is: name, assembly, release of the genes, and the digest that stands for all of it."""
    told = (("assembly", "assembly"), ("gene release", "gene_release"), ("digest", "digest"))
    more = [f"{word} {printable(str(manifest[key]))}" for word, key in told if manifest.get(key)]
    return [name_words(manifest), *more]


def source_words(manifest: Mapping[str, Any], *, known: bool = True) -> list[str]:
    """Each source that has a name, with its release, else its date; `known` are also those of known variants."""
    apart = () if known else {source["name"] for source in manifest.get("known", ())}
    named = [row for row in manifest.get("sources", ()) if row.get("name") and row["name"] not in apart]
    # A source in several files has a row for each.
    return list(dict.fromkeys(printable(_source(row)) for row in named))


def _source(row: Mapping[str, str]) -> str:
    release = row.get("release") or row.get("date") or ""
    return f"{row['name']} {release}".strip() + (f" ({row['what']})" if row.get("what") else "")


def printable(text: str) -> str:
    """A text that ends no line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
