"""What a bundle's manifest says, once it is known to be the one that the digest names and one that can be used here."""

import json

from gas.domain.errors import UsageError
from gas.domain.manifest import Manifest
from gas_engine.bundle import FORMATS

_PUBLISH = "Operations: `gas-reference check` says what is stored; publish the bundle again."


class UnsoundBundleError(UsageError):
    """What is stored is not the bundle that its digest names; the text says what is wrong and what to do."""


def read_manifest(text: bytes, digest: str) -> Manifest:
    """The manifest of that bundle; its digest is computed anew, so that a bundle's name is that of its content.

    Raises:
        UnsoundBundleError: it is another bundle's, damaged, or of a format that this annotator does not read.
    """
    try:
        manifest = Manifest.from_json(text)
    except UsageError as error:
        raise UnsoundBundleError(f"the manifest of bundle {digest[:12]} is damaged. {_PUBLISH}") from error
    if manifest.digest != digest:
        raise UnsoundBundleError(f"bundle {digest[:12]} has the manifest of another bundle. {_PUBLISH}")
    found = manifest.told.get("format")
    if found not in FORMATS:
        raise UnsoundBundleError(
            f"bundle {digest[:12]} is of format {found}, and these annotators read {' and '.join(FORMATS)}. "
            "Operations: run a release of GAS that reads it, or build the bundle anew and publish that."
        )
    return manifest


def text_of(manifest: Manifest) -> bytes:
    """The manifest as the builder writes it."""
    return json.dumps(manifest.told, indent=1).encode() + b"\n"
