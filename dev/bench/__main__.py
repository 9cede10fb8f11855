"""`python -m dev.bench`: every benchmark, one after the other."""

from dev.bench import annotate, lifecycle

if __name__ == "__main__":
    lifecycle.main()
    annotate.main()
