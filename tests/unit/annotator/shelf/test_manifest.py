"""A manifest is believed only if it is the one that its digest names."""

import json
from typing import Any

import pytest

from gas.domain.manifest import Manifest, digest_of
from gas_annotator.engine import REFERENCES
from gas_annotator.shelf.manifest import UnsoundBundleError, read_manifest, text_of
from gas_engine.bundle import FORMAT, FORMATS
from tests.support.bundles import bundle

_SHA = "0" * 64


def made(**said: Any) -> tuple[bytes, str]:
    """A manifest and its digest."""
    manifest = {"format": FORMAT, "files": {"model.bin": {"size": 1, "sha256": _SHA}}} | said
    digest = digest_of(manifest)
    return json.dumps(manifest | {"digest": digest}).encode(), digest


def test_a_sound_one() -> None:
    """It names every file with its size and digest, and how much room the bundle takes."""
    toy = bundle()

    manifest = read_manifest(toy.manifest, toy.digest)

    assert {file: told.size_bytes for file, told in manifest.files.items()} == {
        name: len(content) for name, content in toy.files.items()
    }
    assert manifest.size_bytes == toy.size_bytes


def test_digests_are_those_of_the_builder() -> None:
    """The digest that the engine wrote into a manifest is the one that is computed of it."""
    text = (REFERENCES / "rCRS" / "manifest.json").read_bytes()
    told = json.loads(text)

    assert digest_of(told) == told["digest"]
    assert text_of(read_manifest(text, told["digest"])) == text


@pytest.mark.parametrize("written", FORMATS)
def test_every_format_that_the_engine_reads(written: str) -> None:
    """Bundles with known variants or a command are of a format of their own, and are fetched as others."""
    text, digest = made(format=written)

    assert read_manifest(text, digest).digest == digest


@pytest.mark.parametrize(
    "name", ["command/_private.pm", "command/a+b.txt", "command/.config", "command/hs 1.txt"]
)
def test_whatever_can_be_published(name: str) -> None:
    """A name that publishing takes is fetched: there is one rule for both."""
    text, digest = made(files={name: {"size": 1, "sha256": _SHA}})

    assert list(Manifest.from_json(text).files) == list(read_manifest(text, digest).files) == [name]


def test_one_of_another_digest() -> None:
    """Whoever changes a manifest makes it another bundle's, whatever digest it says that it has."""
    text, digest = made()
    changed = text.replace(b'"size": 1', b'"size": 2')

    with pytest.raises(UnsoundBundleError, match=f"manifest of bundle {digest[:12]} is damaged"):
        read_manifest(changed, digest)


@pytest.mark.parametrize("text", [b"", b"[]", b"no json", b"\xff", b"[" * 100_000], ids=lambda text: text[:8])
def test_one_that_is_none(text: bytes) -> None:
    """It is damaged, and the sentence says what operators do."""
    with pytest.raises(UnsoundBundleError, match=r"is damaged\. Operations: `gas-reference check`"):
        read_manifest(text, _SHA)


def test_another_format() -> None:
    """A bundle that these annotators cannot read says so before a byte of it is fetched."""
    text, digest = made(format="gas-reference/99")

    with pytest.raises(UnsoundBundleError, match="is of format gas-reference/99, and these annotators read"):
        read_manifest(text, digest)


@pytest.mark.parametrize(
    "name",
    [
        "../model.bin",
        "/etc/passwd",
        ".hidden",
        ".verified.json",
        "manifest.json",
        "",
        "a\n",
        "a//b",
        "a/..",
    ],
)
def test_names_that_lead_elsewhere(name: str) -> None:
    """A file lies in the bundle's folder, or in a folder of that, and nowhere else."""
    text, digest = made(files={name: {"size": 1, "sha256": _SHA}})

    with pytest.raises(UnsoundBundleError, match="is damaged"):
        read_manifest(text, digest)


@pytest.mark.parametrize(
    "file",
    [
        {},
        {"size": -1, "sha256": _SHA},
        {"size": float("inf"), "sha256": _SHA},
        {"size": 1, "sha256": "x"},
        None,
    ],
)
def test_files_without_a_size_or_digest(file: object) -> None:
    """What cannot be verified is not fetched."""
    text, digest = made(files={"model.bin": file})

    with pytest.raises(UnsoundBundleError, match="is damaged"):
        read_manifest(text, digest)
