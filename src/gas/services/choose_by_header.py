"""Choosing the reference of an uploaded file by its header, where nobody reads a sentence before a job is made."""

from gas.domain.catalogue import Entry
from gas.domain.errors import UsageError
from gas.domain.file_header import START_BYTES, header_facts
from gas.domain.reference_choice import Choice
from gas.domain.spec import InputRef
from gas.ports.objects import ObjectStore
from gas.ports.references import References
from gas.services.judge_header import judge_header


def choose_by_header(objects: ObjectStore, references: References, place: InputRef) -> Entry:
    """The reference that the file fits, or the only one that there is where nothing speaks against it.

    Raises:
        NotFoundError: the file is not there.
        UsageError: nothing fits, or it would be a guess.
        GasError: the file or the catalogue could not be read.
    """
    choice = judge_header(references, header_facts(objects.read_start(place.bucket, place.key, START_BYTES)))
    if choice.unasked is None:
        raise UsageError(_refusal(choice, place.file_name))
    return choice.unasked


def _refusal(choice: Choice, file_name: str) -> str:
    if choice.entry is None:
        return (
            f"{choice.sentence} No job was made. If you know that {file_name} fits one of them, submit it with that "
            "reference's name."
        )
    return (
        f"It cannot be told which reference {file_name} was made on, and no job was made of a guess. {choice.fits[0].sentence} "
        f'It may be {" or ".join(choice.candidates)}: submit it with "reference": "NAME", the one that you know it fits.'
    )
