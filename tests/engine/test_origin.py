"""A result says what it was annotated with: digest, assembly, genes and the release of each source, and no version that nobody gave."""

import json
from pathlib import Path
from typing import Any

from gas_engine import Bundle, Result, load_bundle
from gas_engine.known.request import Form
from gas_engine.reference.build import build
from tests.engine.known.shelf import folder, request, source, vcf_source
from tests.engine.workbench import rcrs, run
from tests.support.vcf_files import vcf

ROW = "1 6 . C T . . ."
SOURCES = (
    {"what": "sequence", "name": "GRC", "release": "GRCh38.p14"},
    {"what": "genes", "name": 'the "lab"', "date": "2026-03-01"},
)
SOURCES_WORDS = 'GRC GRCh38.p14 (sequence), the "lab" 2026-03-01 (genes)'


def _built(**more: Any) -> Bundle:
    home = folder()
    paths = [
        vcf_source(home / f"{name}.vcf", [f"1 {place} . {ref} T . . AF=0.5"])
        for name, place, ref in (("a", 6, "C"), ("b", 7, "G"))
    ]
    known = source("gnomAD", Form.FREQUENCIES, *paths, release="4.1")
    build(
        request(home, {"1": "ACGTACGTTT" * 12}, known, sources=SOURCES, **more), home / "test", lambda _: None
    )
    return load_bundle(home / "test")


def test_the_log_names_the_bundle(tmp_path: Path) -> None:
    """In the one line that it has of the reference, each source once; the original's lines come before it as they were."""
    bundle = _built(version="2026-11", assembly="GRCh38.p14", gene_release="GENCODE 49")

    log = run(vcf(ROW), tmp_path, bundle=bundle).log

    at = log.index("## Counts of this service") + 1
    assert log[at] == (
        f"Reference: test 2026-11, assembly GRCh38.p14, gene release GENCODE 49, digest {bundle.digest}, genetic code 1,"
        f" INFO tag CSQ, sources {SOURCES_WORDS}, gnomAD 4.1 (frequencies)"
    )
    assert log[0] == "## Please note that all isoforms were counted"
    assert log[2].startswith("Total: ")


def test_what_nobody_gave_is_left_out(tmp_path: Path) -> None:
    """No version, no assembly, no sources: the line is as short as what is known."""
    outcome = run(vcf("MT 8993 . T G . . ."), tmp_path)

    assert f"Reference: rCRS, digest {rcrs().digest}, genetic code 2, INFO tag CSQ" in outcome.log
    [line] = [line for line in outcome.header if line.startswith("##gas-annotate=")]
    assert 'Reference="rCRS",' in line
    summary = outcome.annotation.files[Result.SUMMARY].read_text(encoding="utf-8")
    assert "Annotation sources\trCRS\n" in summary


def test_provenance_and_header_name_it_too(tmp_path: Path) -> None:
    """Assembly, genes and sources stand in the provenance as the manifest has them; quotes end no value of the header."""
    bundle = _built(assembly='GRCh38 "p14"', gene_release="GENCODE 49")

    outcome = run(vcf(ROW), tmp_path, bundle=bundle)

    told = json.loads(outcome.annotation.files[Result.PROVENANCE].read_text(encoding="ascii"))["reference"]
    assert (told["assembly"], told["gene_release"]) == ('GRCh38 "p14"', "GENCODE 49")
    assert told["sources"] == bundle.manifest["sources"]
    [line] = [line for line in outcome.header if line.startswith("##gas-annotate=")]
    assert f'ReferenceSources="{SOURCES_WORDS}"'.replace('"lab"', "'lab'") in line
    assert 'ReferenceAssembly="GRCh38 \'p14\'",ReferenceGenes="GENCODE 49"' in line
    assert 'Known="gnomAD 4.1"' in line
