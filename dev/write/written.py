"""Files that are computed: written where they differ, and told of."""

from collections.abc import Mapping
from pathlib import Path


def write(files: Mapping[Path, str]) -> None:
    """Write each file, and say which changed."""
    for path, text in files.items():
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{'written' if changed else 'unchanged'}  {path}")
