"""Figures as people read them."""

from typing import assert_never

from dev.write.dashboards.board import Unit

KIB = 1024


def shown(value: float, unit: Unit) -> str:
    """A figure as people read it: with its unit, and no more digits than they need."""
    match unit:
        case Unit.SECONDS:
            return _seconds(value)
        case Unit.BYTES | Unit.BYTES_PER_SECOND:
            return _scaled(value, KIB, ("B", "KiB", "MiB", "GiB", "TiB")) + (
                "/s" if unit is Unit.BYTES_PER_SECOND else ""
            )
        case Unit.SHARE:
            return f"{value * 100:.4g} %"
        case Unit.REQUESTS_PER_SECOND | Unit.PER_SECOND:
            return f"{_plain(value)}/s"
        case Unit.PER_MINUTE:
            return f"{_plain(value)}/min"
        case Unit.CORES | Unit.COUNT:
            return _plain(value)
        case _:
            assert_never(unit)


def _seconds(value: float) -> str:
    for name, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(value) >= 1.5 * length:
            return f"{value / length:.3g} {name}"
    return f"{value:.3g} s" if abs(value) >= 1 or value == 0 else f"{value * 1000:.3g} ms"


def _scaled(value: float, by: int, names: tuple[str, ...]) -> str:
    for name in names[:-1]:
        if abs(value) < by:
            return f"{value:.3g} {name}"
        value /= by
    return f"{value:.3g} {names[-1]}"


def _plain(value: float) -> str:
    thousand = 1000
    return _scaled(value, thousand, ("", "K", "M", "G")).strip() if abs(value) >= thousand else f"{value:.3g}"
