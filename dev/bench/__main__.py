"""`python -m dev.bench`: a job's life, measured. The engine has a command of its own, `python -m dev.bench.annotate`."""

from dev.bench import lifecycle
from dev.ending import end


def main() -> None:
    """Run it."""
    lifecycle.main()


if __name__ == "__main__":
    end(main)
