"""`python -m dev.docs`: writes the pages that are computed from the code."""

from dev.docs import metrics, settings
from dev.ending import end


def main() -> None:
    """Write them."""
    settings.PAGE.write_text(settings.settings_page(), encoding="utf-8")
    metrics.PAGE.write_text(metrics.metrics_page(), encoding="utf-8")


if __name__ == "__main__":
    end(main)
