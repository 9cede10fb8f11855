"""How the command ends when it does not end well: an exit code for scripts, and a sentence for people."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes; docs/command.md tells them too."""

    OK = 0
    REFUSED = 1
    """The job failed, or the service refused what was asked for."""
    USAGE = 2
    """The command was used wrongly, or a local file, or standard output, cannot be read or written."""
    UNREACHABLE = 3
    """The service, or the object store, did not answer."""
    NOT_SIGNED_IN = 4
    """There is no access token, or it is wrong, revoked or expired."""
    INTERRUPTED = 130
    """Somebody pressed Ctrl-C, or Ctrl-D at a question; what shells say of a program that ends so."""


class CommandError(Exception):
    """Ends the command with a code and a sentence."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def refused(sentence: str) -> CommandError:
    """The service said no."""
    return CommandError(Exit.REFUSED, sentence)


def misused(sentence: str) -> CommandError:
    """The person has to change the command."""
    return CommandError(Exit.USAGE, sentence)


def unreachable(sentence: str) -> CommandError:
    """Nobody answered."""
    return CommandError(Exit.UNREACHABLE, sentence)


def not_signed_in(sentence: str) -> CommandError:
    """A token is needed."""
    return CommandError(Exit.NOT_SIGNED_IN, sentence)
