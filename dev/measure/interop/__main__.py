"""`python -m dev.measure.interop`: results of gas-annotate, read by other people's tools that are told nothing; writes docs/reference/interoperability.md.

Fails where a tool does not read a change that it was given: its gene, its consequence and its names by HGVS.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from dev.ending import end
from dev.measure.interop.page import PAGE, interoperability_page
from dev.measure.interop.readers import READERS, NotThereError
from dev.measure.interop.results import annotated


def main() -> int:
    """Annotate, let every tool read, and write the page."""
    with TemporaryDirectory(prefix="gas-interop-") as folder:
        results = annotated(Path(folder))
        readings, failures = [], []
        for reader in READERS:
            try:
                reading = reader(results)
            except (subprocess.SubprocessError, OSError, NotThereError, ValueError, LookupError) as error:
                output = getattr(error, "stderr", None) or ""
                failures.append(f"{reader.__name__}: {error}\n{output[-2000:]}".strip())
                continue
            readings.append(reading)
            print(
                f"{reading.tool} {reading.version}: {len(reading.read)} changes read, {len(reading.missed)} missed"
            )
            failures += [f"{reading.tool} does not read {one}" for one in reading.missed]
    if failures:
        print("", "Not everything was read:", *failures, sep="\n", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(interoperability_page(readings), encoding="utf-8")
    return 0


if __name__ == "__main__":
    end(main)
