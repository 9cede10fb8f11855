"""A bundle's manifest proves what it names."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import gas_annotator
from gas.domain.built_in_references import RCRS
from gas.domain.errors import UsageError
from gas.domain.manifest import MOST_CONTIGS, MOST_MANIFEST_BYTES, BundleFile, Manifest, digest_of

BUILT_IN = Path(gas_annotator.__file__).parent / "references" / "rCRS" / "manifest.json"


def written(**told: Any) -> bytes:
    """A manifest of this content, with its digest."""
    return json.dumps(told | {"digest": digest_of(told)}).encode()


def files(**sizes: int) -> dict[str, Any]:
    """What a manifest says of files."""
    return {name: {"size": size, "sha256": "ab" * 32} for name, size in sizes.items()}


def test_a_manifest_of_the_engine_is_read() -> None:
    """The bundle that annotators bring: its digest is the one in the catalogue, and its files add up to what stands there."""
    manifest = Manifest.from_json(BUILT_IN.read_bytes())

    assert (manifest.digest, manifest.size_bytes) == (RCRS.digest, RCRS.size_bytes)
    assert manifest.files["model.bin"].size_bytes == 11_448
    assert manifest.told["name"] == "rCRS"


def test_files_may_lie_in_folders() -> None:
    """A name is a relative path."""
    assert Manifest.from_json(written(files={"data/x.bin": {"size": 1, "sha256": "ab" * 32}})).files == {
        "data/x.bin": BundleFile(1, "ab" * 32)
    }


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/etc/passwd", "a/../b", "a//b", "", ".", "manifest.json", "a\nb"),
        *("manifest.json/x", "manifest.json.new", ".verified.json", ".d/x", "\ud800", "a/" * 500 + "b"),
    ],
    ids=ascii,
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """Whoever fetches a bundle writes no file outside of its folder, and not over its manifest."""
    with pytest.raises(UsageError, match="cannot be a file of it"):
        Manifest.from_json(written(files={name: {"size": 1, "sha256": "ab" * 32}}))


@pytest.mark.parametrize(
    "name", ["command/_private.pm", "command/a+b.txt", "command/.config", "command/hs 1.txt", "command/é"]
)
def test_names_as_programs_have_them(name: str) -> None:
    """What a command brings is called as its makers call it."""
    assert list(Manifest.from_json(written(files={name: {"size": 1, "sha256": "ab" * 32}})).files) == [name]


@pytest.mark.parametrize("size", [-1, 2**60, 1.5, "1", True, float("inf"), float("nan"), None], ids=repr)
def test_what_is_no_size(size: object) -> None:
    """Neither is anything fetched that has no end, nor does the sum of all become a surprise."""
    with pytest.raises(UsageError, match="cannot be a file of it"):
        Manifest.from_json(written(files={"a": {"size": size, "sha256": "ab" * 32}}))


@pytest.mark.parametrize("sha256", ["", "ab" * 31, "AB" * 32, 7, None], ids=repr)
def test_what_is_no_sha256(sha256: object) -> None:
    """What cannot be verified is not fetched."""
    with pytest.raises(UsageError, match="cannot be a file of it"):
        Manifest.from_json(written(files={"a": {"size": 1, "sha256": sha256}}))


def test_a_file_that_is_executable() -> None:
    """That is told by a yes or a no, or not at all."""
    told = {"size": 1, "sha256": "ab" * 32}
    files = {"a": told, "b": {**told, "executable": True}}

    assert [file.executable for file in Manifest.from_json(written(files=files)).files.values()] == [
        False,
        True,
    ]
    with pytest.raises(UsageError, match="cannot be a file of it"):
        Manifest.from_json(written(files={"a": {**told, "executable": 1}}))


def test_a_file_that_is_a_folder_too() -> None:
    """No disk could hold both."""
    with pytest.raises(UsageError, match="'a', which cannot be a file of it"):
        Manifest.from_json(written(files={"a/b/c": {"size": 1, "sha256": "ab" * 32}} | files(a=1)))


def test_a_manifest_larger_than_any() -> None:
    """It is not even parsed."""
    with pytest.raises(UsageError, match="larger than any manifest"):
        Manifest.from_json(b" " * (MOST_MANIFEST_BYTES + 1))


def test_a_changed_manifest_is_refused() -> None:
    """One word more or less, and it is not what its digest names."""
    told = json.loads(written(name="x", files=files(a=1)))

    with pytest.raises(UsageError, match="changed after it was written"):
        Manifest.from_json(json.dumps(told | {"name": "y"}).encode())


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[]", b'{"files": {}}', b'{"digest": "x"}', b'{"digest": 7, "files": []}', b"\xff"),
        *(b"[" * 100_000, b'{"files": {"a": []}, "digest": "x"}', b"7" * 5000),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_manifest(text: bytes) -> None:
    """Anything else is refused in a sentence."""
    with pytest.raises(UsageError, match="no manifest"):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"a": 1}, "b of bundle [0-9a-f]{12} is missing"),
        ({"a": 1, "b": 2, "c": 3}, "does not name c"),
        ({"a": 1, "b": 1}, "b of bundle [0-9a-f]{12} has 1 bytes, where its manifest says 2"),
    ],
    ids=["missing", "unknown", "damaged"],
)
def test_other_files_are_refused(sizes: dict[str, int], told: str) -> None:
    """What is missing, too many or of another size is named."""
    manifest = Manifest.from_json(written(files=files(a=1, b=2)))
    manifest.require(manifest.digest, {"a": 1, "b": 2})

    with pytest.raises(UsageError, match=told):
        manifest.require(manifest.digest, sizes)


def test_another_bundles_manifest_is_refused() -> None:
    """The digest that was asked for counts."""
    with pytest.raises(UsageError, match="not of 000000000000"):
        Manifest.from_json(written(files={})).require("0" * 64, {})


@pytest.mark.parametrize("more", [0, 1])
def test_the_sequences_of_an_entry_are_bounded(more: int) -> None:
    """Every part reads the whole catalogue: a draft of a million scaffolds is refused before hours of sending."""
    contigs = [{"name": f"s{n}", "length": 9, "aliases": []} for n in range(MOST_CONTIGS + more)]
    manifest = Manifest.from_json(written(name="draft", version="1", contigs=contigs, files={}))

    if more:
        with pytest.raises(UsageError, match=r"has 100,001 sequences, .* takes 100,000 of one bundle"):
            manifest.entry(datetime.now(UTC))
    else:
        assert len(manifest.entry(datetime.now(UTC)).contigs) == MOST_CONTIGS
