"""How people are told the size of a bundle."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


def size_words(size_bytes: int) -> str:
    """A size as people say it: `29.8 GB`."""
    size, unit = float(size_bytes), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"
