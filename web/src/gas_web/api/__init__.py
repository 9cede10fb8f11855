"""The REST API, at /api/v1: the blueprint, with the operations that these modules add to it."""

from gas_web.api import document, files, jobs, references, service, tokens, uploads
from gas_web.api.blueprint import blueprint

__all__ = ["blueprint", "document", "files", "jobs", "references", "service", "tokens", "uploads"]
