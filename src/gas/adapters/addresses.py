"""Which texts can be an e-mail address."""


def is_one_address(text: str) -> bool:
    """True when the text can be one address: a mail service may take a list, and a line break would add a header."""
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and text.isprintable() and not any(c in ' ,;:<>"()[]\\' for c in text)
