"""What every program does first: read its settings, and refuse what production must not have."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec

import structlog
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gas.config import Settings, unsafe_for_production, wrong_addresses
from gas.lines import former_settings, wrong_plans
from gas.logs import configure_logging

log = structlog.get_logger()

EXIT_REFUSED = 2

COLLECTOR = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The standard variables that say where traces go. They are OpenTelemetry's own, and so are all others of tracing."""


def settings_or_exit_code(
    program: str,
    promise: str,
    argv: list[str] | None,
    *more: Callable[[Settings], list[str]],
    cautions: Callable[[Settings], list[str]] | None = None,
) -> Settings | int:
    """The settings to start with, or the exit code to end with: 2 when they are refused, 0 after `--check`.

    `more` are the refusals of this program alone. `--check` also asks AWS for the time, and refuses a wrong clock.
    `cautions` are what it tells besides, and nobody is refused for.
    """
    parser = argparse.ArgumentParser(prog=program, description=promise)
    parser.add_argument(
        "--check",
        action="store_true",
        help="only check settings and clock, and of the controllers also what others set on the buckets",
    )
    options = parser.parse_args(argv)
    try:
        settings = Settings()
        configure_logging(settings.log_level)
        refusals = [
            *unknown_variables(os.environ),
            *names_refused(settings),
            *wrong_addresses(settings),
            *wrong_plans(settings),
            *traces_refused(os.environ),
        ]
    except ValidationError as wrong:
        refusals = [_sentence(error) for error in wrong.errors()]
    except ValueError as wrong:
        refusals = [f"GAS_LOG_LEVEL: {wrong}."]
    if not refusals:
        refusals = [sentence for unsafe in (unsafe_for_production, *more) for sentence in unsafe(settings)]
    if not refusals and options.check:
        refusals = clock_refused(settings)
    if refusals:
        sys.stderr.write("\n".join(refusals) + "\n")
        return EXIT_REFUSED
    if not options.check:
        for sentence in former_settings(settings):
            log.warning("a setting of the last release", said=sentence)
        return settings
    told = [*former_settings(settings), *(cautions(settings) if cautions else [])]
    sys.stderr.writelines(f"{caution}\n" for caution in told)
    return 0


def start_traces(program: str) -> None:
    """Send traces to the collector that the environment names, if it names one."""
    if _collector(os.environ) is not None:
        from gas.trace_export import send_traces  # noqa: PLC0415 - only here is the SDK needed

        send_traces(program)


def traces_refused(environment: Mapping[str, str]) -> list[str]:
    """One sentence when a collector is named, and what sends traces to it is not installed."""
    name = _collector(environment)
    if name is None or (find_spec("opentelemetry.sdk") and find_spec("opentelemetry.exporter")):
        return []
    return [f"{name} is set, and nothing is installed that sends traces: install gas[traces], or unset it."]


def _collector(environment: Mapping[str, str]) -> str | None:
    """The variable that names the collector, as OpenTelemetry's SDK reads it."""
    return next((name for name in COLLECTOR if environment.get(name)), None)


def clock_refused(settings: Settings) -> list[str]:
    """One sentence when this machine's clock is wrong by AWS's; nothing is known where AWS does not answer."""
    from gas.bootstrap import aws_clients, aws_clock  # noqa: PLC0415 - only a check needs the SDK here

    clock = aws_clock(aws_clients(settings))
    clock.ask()
    trouble = clock.trouble()
    return [] if trouble is None else [trouble]


def names_refused(settings: Settings) -> list[str]:
    """One sentence when the instance cannot name buckets and a namespace."""
    try:
        settings.names  # noqa: B018 - asking is the check
    except ValueError as wrong:
        return [f"GAS_INSTANCE: {wrong}."]
    return []


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """One sentence for each variable that looks like a setting and is none: it is mistyped, and would do nothing."""
    known = {
        f"GAS_{section}__{field}".upper()
        for section, info in Settings.model_fields.items()
        if isinstance(info.default, BaseModel)
        for field in type(info.default).model_fields
    }
    unknown = sorted(
        name for name in environment if name.startswith("GAS_") and "__" in name and name not in known
    )
    return [f"{name} is no setting: docs/settings.md lists them all." for name in unknown]


def _sentence(error: ErrorDetails) -> str:
    name = "GAS_" + "__".join(str(part) for part in error["loc"]).upper()
    return f"{name} is {error['input']!r}: {error['msg'][:1].lower()}{error['msg'][1:]}."
