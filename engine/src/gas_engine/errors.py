"""What can go wrong; every message is a sentence for the person at whose file or bundle it happened."""


class EngineError(Exception):
    """Base of the engine's errors."""


class InputRefusedError(EngineError):
    """The input is not a file that can be annotated; the message names the line and says what to do.

    It goes into records, statuses and e-mails, so it quotes nothing of the file, not even a word.
    """


class ReferenceMismatchError(InputRefusedError):
    """No record of the input lies on the reference; the message names the contigs, which is all that it quotes."""


class LimitExceededError(EngineError):
    """The input needs more than the limits allow; the message names the limit."""


class BundleError(EngineError):
    """A reference bundle is missing, damaged or of another format; the message says which."""


class SourceError(EngineError):
    """The files that a bundle is built from cannot be used; the message names file and line."""


class CommandFailedError(EngineError):
    """The command that a bundle names did not do its work; the message names it and says what it printed last.

    `signal` is the number of the signal that ended it, if one did: of some the reason is a limit. `what` is the message without
    `quoted`, the words of the command: these may quote the file.
    """

    def __init__(self, what: str, signal: int | None = None, quoted: str = "") -> None:
        super().__init__(what + quoted)
        self.what = what
        self.signal = signal
        self.quoted = quoted
