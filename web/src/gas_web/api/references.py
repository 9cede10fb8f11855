"""References: what there is, and which of them a file was made on."""

from typing import Any

from gas.domain.access_token import Scope
from gas.domain.catalogue import Entry
from gas.domain.errors import NotFoundError
from gas.domain.reference_choice import Fit, HeaderContig, HeaderFacts
from gas.services.judge_header import judge_header
from gas.services.read_catalogue import read_catalogue
from gas_web.api import reference_schemas as schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.services import web_services


@blueprint.get("/references")
@blueprint.output(schemas.ReferenceList, description="The references, the default first.")
@blueprint.doc(operation_id="listReferences", tags=["references"])
def get_references() -> dict[str, Any]:
    """List the references of this installation, each in its newest release. For everybody."""
    return {"references": web_services().cases.references.catalogue().offered}


@blueprint.get("/references/<string:name>")
@requires(Scope.READ, unless=lambda **_: Scope.WRITE in caller().scopes)
@blueprint.output(schemas.Reference, description="The reference in its newest release.")
@blueprint.doc(operation_id="getReference", tags=["references"])
def get_reference(name: str) -> Entry:
    """Tell of one reference, also of one that was published just now."""
    catalogue = read_catalogue(web_services().cases.references, name)
    found = catalogue.current(name)
    if found is None:
        raise NotFoundError(catalogue.unknown(name))
    return found


@blueprint.post("/references/choose")
@requires(Scope.READ, unless=lambda **_: Scope.WRITE in caller().scopes)
@blueprint.input(schemas.Header, location="json", arg_name="header")
@blueprint.output(schemas.ReferenceChoice, description="What fits, and why.")
@blueprint.doc(operation_id="chooseReference", tags=["references"])
def choose(header: schemas.Header) -> dict[str, Any]:
    """Tell which reference a file was made on, by what its header says, before any of the file is sent. Nothing is kept."""
    contigs = tuple(HeaderContig(name, length) for name, length in header.contigs.items())
    facts = HeaderFacts(contigs, tuple(header.texts))
    choice = judge_header(web_services().cases.references, facts)
    return {
        "verdict": choice.verdict,
        "reference": None if choice.entry is None else choice.entry.name,
        "sentence": choice.sentence,
        "fits": [_fit(fit) for fit in choice.fits],
    }


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.entry.name,
        "fit": schemas.Fit[fit.grade.name],
        "contigs": fit.placed,
        "sentence": fit.sentence,
    }
