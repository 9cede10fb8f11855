"""The cage that a child gets for a reference: our engine's, or that of the command which its bundle names."""

from collections.abc import Sequence
from pathlib import Path

from gas_annotator.cage import Cage, command, own
from gas_annotator.engine import Reference

COMMAND_TASKS = 256
"""Processes and threads of a bundle's command: a JVM has some thirty, and one for each processor on top."""


def cage_of(reference: Reference, command_folders: Sequence[Path]) -> Cage:
    """The cage of a child that annotates against a reference: that of its command, where it names one that may be run."""
    folder, named = reference.folder, reference.bundle.command
    if named is None or named.refusal(command_folders) is not None:
        return own((folder,))  # In which what may not be run could not be.
    runs = named.folders(named.runs, folder)
    program = Path(named.started_as(command_folders, folder)[0])
    return command((*runs, program), COMMAND_TASKS, (folder, *named.folders(named.reads, folder)))
