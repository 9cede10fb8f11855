"""Which files of the chart are computed, and what they should hold."""

import re
from pathlib import Path

from dev import ROOT
from dev.write.charts.readme import readme
from dev.write.charts.schema import values_schema
from dev.write.charts.settings_block import BEGIN, END, settings_block
from dev.write.charts.values_file import read_values

CHART = ROOT / "charts" / "gas"


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
        chart / "README.md": readme((chart / "README.template.md").read_text(encoding="utf-8"), described),
        **copies,
    }


def _with_settings(values: str) -> str:
    block = re.compile(f"^{BEGIN}$.*^{END}$", re.MULTILINE | re.DOTALL)
    return block.sub(lambda _: settings_block(), values, count=1)
