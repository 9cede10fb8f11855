"""Telling what this installation offers, before anybody uploads anything."""

from typing import Any

from gas.domain.offer import Offer
from gas.services.start_upload import CONTENT_TYPES


def describe_service(offer: Offer, version: str, address: str) -> dict[str, Any]:
    """Limits in bytes, times in seconds; None where there is no end. The outer fields are GA4GH service-info's."""
    limits = offer.limits
    return {
        "id": "io.gas",
        "name": "GAS, the Genomics Annotation Service",
        "type": {"group": "io.gas", "artifact": "annotation", "version": "1.0.0"},
        "organization": {"name": "GAS", "url": address},
        "version": version,
        "references": list(offer.references),
        "fileNames": list(CONTENT_TYPES),
        "plans": {
            "free": {
                "maxInputBytes": limits.free_max_input_bytes,
                "maxActiveJobs": offer.free_active_jobs,
                "maxCpuSeconds": limits.free_max_cpu_seconds,
                "maxOpenUploads": offer.free_uploads.uploads,
                "retentionSeconds": int(offer.retention.total_seconds()),
            },
            "premium": {
                "maxInputBytes": limits.premium_max_input_bytes,
                "maxActiveJobs": offer.premium_active_jobs,
                "maxCpuSeconds": limits.premium_max_cpu_seconds,
                "maxOpenUploads": offer.premium_uploads.uploads,
                "retentionSeconds": None,
            },
        },
    }
