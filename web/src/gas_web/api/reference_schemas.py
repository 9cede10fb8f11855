"""What the API takes and gives about references, in JSON."""

from enum import Enum
from typing import Annotated

from pydantic import Field, StringConstraints

from gas.domain.file_header import LONGEST_NAME, LONGEST_TEXT, MOST_CONTIGS, MOST_TEXTS
from gas.domain.reference_choice import Verdict
from gas_web.api.schema_kinds import LARGEST_TOLD, Given, Moment, Taken


class Fit(Enum):
    """How much of a file a reference fits: all or most of it, the smaller part, nothing that can be told, or at most a scrap."""

    FITS = "fits"
    PARTLY = "partly"
    UNKNOWN = "unknown"
    NOT = "not"


class ReferenceSource(Given):
    """What a bundle was built from."""

    what: str
    """Such as sequence, genes, or known variants."""
    name: str
    release: str
    date: str
    licence: str


class Bundle(Given):
    """A release of a reference."""

    digest: str
    gene_release: str
    sources: list[ReferenceSource]
    sentence: str
    """What is newer in it, and what to do."""


class Withdrawal(Given):
    """That the release of a result was retired: it is given to no new job."""

    time: Moment
    sentence: str
    """Since when, and what new jobs get instead."""


class Reference(Given):
    """A reference that new jobs may have, in its newest release."""

    name: str
    """What a job is submitted with."""
    title: str
    assembly: str
    gene_release: str
    sources: list[ReferenceSource]
    digest: str
    """The bundle that a job submitted now is annotated with."""
    size_bytes: int
    default: bool
    """Whether it is taken where nothing speaks for another."""


class ReferenceList(Given):
    """The references of this installation, the default first."""

    references: list[Reference]


ContigName = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
HeaderText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class Header(Taken):
    """What a VCF's header says of its reference."""

    contigs: Annotated[
        dict[ContigName, Annotated[int, Field(ge=1, le=LARGEST_TOLD)] | None],
        Field(
            default_factory=dict,
            max_length=MOST_CONTIGS,
            json_schema_extra={"examples": [{"chr1": 248956422, "chrM": 16569}]},
        ),
    ]
    """The contigs of its `##contig` lines with their lengths, null where a length is not told; without such lines, those of the
    first records."""
    texts: list[HeaderText] = Field(default_factory=list, max_length=MOST_TEXTS)
    """What its `##reference` and `##assembly` lines say, and the `assembly` of its contigs."""


class ReferenceFit(Given):
    """One reference, held against a header."""

    name: str
    fit: Fit
    contigs: int
    """How many contigs of the header are in it."""
    sentence: str
    """Why."""


class ReferenceChoice(Given):
    """Which reference a file was made on, as far as its header tells."""

    verdict: Verdict
    reference: str | None
    """The name to submit the file with; null where nothing fits."""
    sentence: str
    """Why, in words."""
    fits: list[ReferenceFit]
    """Every reference of this installation, the best first."""
