"""`python -m dev.bench`: every benchmark, one after the other."""

from dev.bench import annotate, lifecycle
from dev.ending import end


def main() -> None:
    """Run them."""
    lifecycle.main()
    annotate.main()


if __name__ == "__main__":
    end(main)
