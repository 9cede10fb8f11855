"""What `gas-absences` says, read as a person reads it."""


def list_id(listed: str) -> str:
    """What the end of a list calls it."""
    return listed.split("--meant ")[1].split(maxsplit=1)[0]
