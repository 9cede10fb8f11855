"""What every program does first: read its settings, and refuse what production must not have."""

import argparse
import sys

from gas.config import Settings, unsafe_for_production
from gas.logs import configure_logging

EXIT_REFUSED = 2


def settings_or_exit_code(program: str, promise: str, argv: list[str] | None) -> Settings | int:
    """The settings to start with, or the exit code to end with: 2 when they are refused, 0 after `--check`."""
    parser = argparse.ArgumentParser(prog=program, description=promise)
    parser.add_argument("--check", action="store_true", help="only check the settings")
    options = parser.parse_args(argv)
    settings = Settings()
    refusals = unsafe_for_production(settings)
    if refusals:
        sys.stderr.write("\n".join(refusals) + "\n")
        return EXIT_REFUSED
    if options.check:
        return 0
    configure_logging(settings.log_level)
    return settings
