"""Bundles whose known variants are damaged, missing or told in another way are refused with a sentence."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gas_engine import BundleError, load_bundle
from gas_engine.known.request import Form
from tests.engine.known.shelf import folder, shelf, source, values_of, vcf_source
from tests.engine.workbench import run
from tests.support.vcf_files import vcf

CONTIGS = {"1": "ACGTACGTTT" * 12}


def _bundle() -> Path:
    path = vcf_source(folder() / "s.vcf", ["1 5 . A C . . AF=0.5"])
    made = shelf(CONTIGS, source("S", Form.FREQUENCIES, path))
    made.close()
    return made.folder


def _mapped(bundle: Path) -> set[str]:
    """The files of a folder that are mapped into memory; also those that are removed meanwhile."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return {line.partition(f"{bundle}/")[2] for line in lines if f"{bundle}/" in line}


def _rename(told: dict[str, Any]) -> None:
    told["known"][0]["data"] = "../elsewhere"


def _forget(told: dict[str, Any]) -> None:
    del told["known"][0]["fields"]


def _invent(told: dict[str, Any]) -> None:
    told["known"][0]["fields"][0]["role"] = "colour"


def _mark(told: dict[str, Any]) -> None:
    told["format"] = "gas-reference/3"


def _field(**said: object) -> Callable[[dict[str, Any]], None]:
    return lambda told: told["known"][0]["fields"][0].update(said)


def _add_field(told: dict[str, Any]) -> None:
    fields = told["known"][0]["fields"]
    fields.append(dict(fields[0], key="S_more", column="S_MORE"))


_NONE = "does not tell of known variants as it should"
_OTHER = "tells of other columns than"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda told: told["known"][0]["fields"].clear(), _OTHER),
        (_add_field, _OTHER),
        (_field(type="String"), _OTHER),
        (_field(type="Integer"), _OTHER),
        (lambda told: told["known"][0].update(kind="regions"), _OTHER),
        (
            lambda told: told["known"].extend(told["known"] * 64),
            "65 fields of known variants, and 64 are the most",
        ),
        *((_field(key=each), _NONE) for each in ("", "A B", "A;B", "A=1", "A\nB", "A,B", "1A", "Ä", 7, None)),
        *((_field(column=each), _NONE) for each in ("", "A\tB", "A\nB", 7)),
        *((_field(type=each), _NONE) for each in ("Flag", "", 7, None)),
        *((_field(description=each), _NONE) for each in (7, None)),
        *((_field(fills_id=each), _NONE) for each in (2, "yes")),
        (_rename, "names '../elsewhere', which is none of its files"),
        (_forget, "does not tell of known variants as it should"),
        (_invent, "does not tell of known variants as it should"),
        (_mark, "install a newer gas-engine"),
    ],
)
def test_manifests_that_are_refused(change: Callable[[dict[str, Any]], None], why: str) -> None:
    """No file outside of the bundle is opened, and no field is guessed."""
    bundle = _bundle()
    told = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    change(told)
    (bundle / "manifest.json").write_text(json.dumps(told), encoding="utf-8")

    with pytest.raises(BundleError, match=why):
        load_bundle(bundle)


def test_no_text_is_read_from_behind_the_texts(tmp_path: Path) -> None:
    """A text whose end lies behind that of all is left out, and so is what lies there in the file."""
    rows = ["1 5 . A C . . CLNSIG=aa", "1 6 . C G . . CLNSIG=bb"]
    path = vcf_source(folder() / "s.vcf", rows, ["CLNSIG,Number=.,Type=String"])
    bundle = shelf(CONTIGS, source("S", Form.KNOWN, path, fields="CLNSIG")).folder
    [file] = bundle.glob("known-*.bin")
    offsets = struct.pack("<3I", 0, 2, 4)
    assert file.read_bytes().count(offsets) == 1
    file.write_bytes(file.read_bytes().replace(offsets, struct.pack("<3I", 0, 40, 4)))

    outcome = run(vcf("1 5 . A C . . ."), tmp_path, bundle=load_bundle(bundle))

    assert values_of(outcome.records[0][7])["S_CLNSIG"] == ""


@pytest.mark.parametrize("at", [0, 12, 16, 20, 32, 40, 48, 56])
def test_a_damaged_head_is_noticed(at: int) -> None:
    """A file whose head points outside of itself is not read, even where nobody compared its digest."""
    bundle = _bundle()
    [path] = bundle.glob("known-*.bin")
    content = bytearray(path.read_bytes())
    content[at : at + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(bytes(content))

    with pytest.raises(BundleError, match="no file of known variants"):
        load_bundle(bundle)


def test_a_file_that_is_gone() -> None:
    """The sentence names it."""
    bundle = _bundle()
    [path] = bundle.glob("known-*.bin")
    path.unlink()

    with pytest.raises(BundleError, match=f"{path.name} is missing"):
        load_bundle(bundle)


def test_a_closed_bundle_maps_nothing() -> None:
    """Whoever evicts it from a node gets all of its place back."""
    path = _bundle().resolve()
    bundle = load_bundle(path)
    before = _mapped(path)

    bundle.close()
    bundle.close()

    assert before == {"model.bin", bundle.known[0].source.data}
    assert _mapped(path) == set()


@pytest.mark.parametrize("change", [_add_field, lambda told: told.pop("version")], ids=["columns", "version"])
def test_a_refused_bundle_maps_nothing(change: Callable[[dict[str, Any]], Any]) -> None:
    """One that is tried again and again costs no more each time."""
    path = _bundle().resolve()
    manifest = path / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    change(told)
    manifest.write_text(json.dumps(told), encoding="utf-8")

    with pytest.raises(BundleError):
        load_bundle(path)

    assert _mapped(path) == set()
