"""One reference is the default, and any may be made it."""

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.references import InMemoryReferences
from gas.services.prefer_reference import prefer_reference
from tests.support.references import an_entry, publish


def test_the_default_goes_there_and_back() -> None:
    """To what was published, and back to what annotators bring; again changes nothing."""
    references = InMemoryReferences(FakeClock())
    publish(references, an_entry())

    changed = [prefer_reference(references, name) for name in ("GRCh38", "GRCh38", "rCRS")]

    assert changed == [True, False, True]
    assert references.catalogue().names == ("rCRS", "GRCh38")
