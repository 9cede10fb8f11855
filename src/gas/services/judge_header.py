"""Telling which reference a file was made on, by what its header says."""

from gas.domain.reference_choice import Choice, HeaderFacts, choose_reference
from gas.ports.references import References


def judge_header(references: References, facts: HeaderFacts) -> Choice:
    """What is chosen for a file with that header, and why.

    Raises:
        GasError: the catalogue could not be read.
    """
    choice = choose_reference(facts, references.catalogue())
    if choice.entry is not None:
        return choice
    # What is known may be a minute old: before anybody is told that nothing fits, it is looked what was published since.
    return choose_reference(facts, references.catalogue(anew=True))
