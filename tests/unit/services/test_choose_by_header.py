"""Which reference a job gets where nobody reads a sentence before it is made."""

from dataclasses import replace

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports, memory_ports
from gas.domain.built_in_references import BUILT_IN, RCRS
from gas.domain.catalogue import Contig, Entry, with_built_in
from gas.domain.errors import UsageError
from gas.domain.spec import InputRef
from gas.services.choose_by_header import choose_by_header
from tests.support.references import an_entry

YEAST = an_entry("yeastI", "c" * 64, contigs=(Contig("chrI", 230_218, ("I",)),))
PLACE = InputRef("gas-inputs", "gas/u/a~a.vcf", "a.vcf")


def chosen(content: bytes, *published: Entry) -> Entry:
    """What is chosen for a file of that content, where that was published."""
    ports: Ports = memory_ports(FakeClock())
    ports.references.replace(ports.references.catalogue(), with_built_in(published, BUILT_IN))
    assert isinstance(ports.objects, InMemoryObjectStore)
    ports.objects.put(PLACE.bucket, PLACE.key, content)
    return choose_by_header(ports.objects, ports.references, PLACE)


@pytest.mark.parametrize(
    "content", [b"", b"\x00junk", b"##fileformat=VCFv4.2\n", b"##contig=<ID=chrM>\n"], ids=repr
)
def test_the_only_reference_is_taken_where_nothing_speaks_against_it(content: bytes) -> None:
    """Its records are judged by whoever annotates them."""
    assert chosen(content) == RCRS


def test_what_fits_is_taken() -> None:
    """By its lengths, whatever else there is."""
    assert chosen(b"##contig=<ID=I,length=230218>\n", YEAST) == YEAST


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00junk", b"##fileformat=VCFv4.2\n", b"#CHROM\tPOS\nI\t7\n", b"##contig=<ID=I>\n"],
    ids=repr,
)
def test_a_guess_among_several_makes_no_job(content: bytes) -> None:
    """Nobody would learn that it was one."""
    with pytest.raises(UsageError, match="no job was made of a guess"):
        chosen(content, YEAST)


def test_a_refused_guess_says_why_and_how_to_insist() -> None:
    """With the names that may be meant."""
    with pytest.raises(UsageError) as refused:
        chosen(b"##fileformat=VCFv4.2\n", YEAST)

    assert str(refused.value) == (
        "It cannot be told which reference a.vcf was made on, and no job was made of a guess. The header lists no contigs to "
        'compare. It may be rCRS or yeastI: submit it with "reference": "NAME", the one that you know it fits.'
    )


def test_several_that_fit_alike_are_named() -> None:
    """Whoever published the same sequence with two kinds of genes knows which is meant; nobody else does."""
    other = replace(YEAST, name="yeastI-SGD", digest="d" * 64)

    with pytest.raises(UsageError, match="It may be yeastI or yeastI-SGD: submit"):
        chosen(b"##contig=<ID=I,length=230218>\n", YEAST, other)


def test_the_smaller_part_of_a_file_is_a_guess_too() -> None:
    """Also where there is but one reference: most records would get no consequences."""
    content = b"".join(b"##contig=<ID=%s>\n" % name for name in (b"x", b"y", b"MT"))

    with pytest.raises(UsageError, match="It may be rCRS: submit"):
        chosen(content)


def test_what_nothing_fits_makes_no_job() -> None:
    """The sentence says what there is."""
    with pytest.raises(UsageError, match="no reference of this installation fits it") as refused:
        chosen(b"##contig=<ID=x,length=7>\n", YEAST)

    assert str(refused.value).endswith(
        "No job was made. If you know that a.vcf fits one of them, submit it with that reference's name."
    )
