"""What carries a trace from part to part: W3C's traceparent, a bounded text."""

import re

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def known_traceparent(text: object) -> str | None:
    """The text if it is a traceparent of the version that we write, else None: no work fails for its trace."""
    return text if isinstance(text, str) and _TRACEPARENT.fullmatch(text) else None
