"""Telling what this installation offers, before anybody uploads anything."""

from typing import Any

from gas.domain.catalogue import Catalogue
from gas.domain.offer import Offer
from gas.domain.own_file import MAX_OWN_BYTES
from gas.domain.plan import PlanTerms
from gas.services.start_upload import CONTENT_TYPES, OWN_CONTENT_TYPES


def describe_service(offer: Offer, catalogue: Catalogue, version: str, address: str) -> dict[str, Any]:
    """Limits in bytes, times in seconds; None where there is no end. The outer fields are GA4GH service-info's."""
    return {
        "id": "io.gas",
        "name": "GAS, the Genomics Annotation Service",
        "type": {"group": "io.gas", "artifact": "annotation", "version": "1.0.0"},
        "organization": {"name": "GAS", "url": address},
        "version": version,
        "references": list(catalogue.names),
        "fileNames": list(CONTENT_TYPES),
        "ownFileNames": list(OWN_CONTENT_TYPES),
        "maxOwnBytes": MAX_OWN_BYTES,
        "plans": {terms.word: _plan(terms) for terms in offer.plans.terms},
    }


def _plan(terms: PlanTerms) -> dict[str, int | None]:
    return {
        "maxInputBytes": terms.max_input_bytes,
        "maxActiveJobs": terms.max_active_jobs,
        "maxCpuSeconds": terms.max_cpu_seconds,
        "maxOpenUploads": terms.max_open_uploads,
        "retentionSeconds": None if terms.retention is None else int(terms.retention.total_seconds()),
    }
