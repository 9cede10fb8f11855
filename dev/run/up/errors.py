"""What can go wrong with the local platform."""


class PlatformError(Exception):
    """The platform could not be started or used; the text says which part, why, and what to do or where its log is."""
