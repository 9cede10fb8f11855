"""`python -m dev.charts`: writes the files of the chart that are computed, and says which changed."""

from dev.charts.files import computed_files
from dev.ending import end


def main() -> None:
    """Write them."""
    for path, text in computed_files().items():
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{'written' if changed else 'unchanged'}  {path}")


if __name__ == "__main__":
    end(main)
