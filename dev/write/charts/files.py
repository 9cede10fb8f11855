"""Which files of the chart are computed, and what they should hold."""

import re
from pathlib import Path

from dev import ROOT
from dev.write.charts.readme import readme
from dev.write.charts.schema import values_schema
from dev.write.charts.settings_block import BEGIN, END, settings_block
from dev.write.charts.values_file import read_values
from gas_web import server

CHART = ROOT / "charts" / "gas"

FIGURES = {
    "HEADER_SECONDS": server.HEADER_SECONDS,
    "BODY_SECONDS": server.BODY_SECONDS,
    "KEEP_ALIVE_SECONDS": server.KEEP_ALIVE_SECONDS,
    "HEADER_KB": server.MAX_HEADER_BYTES // 1024,
    "BODY_KB": server.MAX_BODY_BYTES // 1024,
    "PROXY_BODY_BYTES": 2 * server.MAX_BODY_BYTES,
    "PROXY_BODY_KB": 2 * server.MAX_BODY_BYTES // 1024,
}
"""What the README tells of the web's server, and what to set in front of it: twice the largest body, so that most of what is too
large is refused by a page of ours."""


def computed_files(chart: Path = CHART) -> dict[Path, str]:
    """Each computed file and what it should hold; a test compares, `make charts` writes.

    Raises:
        ValuesError: a value has no description.
    """
    values = _with_settings((chart / "values.yaml").read_text(encoding="utf-8"))
    described = read_values(values)
    copies = {chart / "files" / "crds" / crd.name: crd.read_text() for crd in (ROOT / "crds").glob("*.yaml")}
    return {
        chart / "values.yaml": values,
        chart / "values.schema.json": values_schema(described),
        chart / "README.md": readme(
            (chart / "README.template.md").read_text(encoding="utf-8"), described, FIGURES
        ),
        **copies,
    }


def _with_settings(values: str) -> str:
    block = re.compile(f"^{BEGIN}$.*^{END}$", re.MULTILINE | re.DOTALL)
    return block.sub(lambda _: settings_block(), values, count=1)
