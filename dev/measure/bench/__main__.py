"""`python -m dev.measure.bench [NAME]`: a job's life, or what NAME names. The engine has a command of its own, `annotate` beside this."""

import argparse

from dev.ending import end
from dev.measure.bench import cloud, lifecycle, tracing, web

BENCHES = {"lifecycle": lifecycle.main, "web": web.main, "cloud": cloud.main, "tracing": tracing.main}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m dev.measure.bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES, default="lifecycle")
    BENCHES[parser.parse_args().name]()


if __name__ == "__main__":
    end(main)
