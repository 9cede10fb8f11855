"""What can go wrong with an input; every message is a sentence for the person who sent it."""


class EngineError(Exception):
    """Base of the engine's errors."""


class InputRefusedError(EngineError):
    """The input is not a file that can be annotated; the message names the line and says what to do.

    It goes into the record, the resource's status and an e-mail, so it quotes nothing of the file, not even a word.
    """


class LimitExceededError(EngineError):
    """The input is larger than the limits allow; the message names the limit."""


class UnknownReferenceError(EngineError, KeyError):
    """No reference bundle has this name; the message lists the names that exist."""

    def __str__(self) -> str:
        """Return the sentence itself, where KeyError would show its quoted form."""
        return str(self.args[0])
