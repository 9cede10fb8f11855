"""The REST API, at /api/v1."""

from gas_web.api.blueprint import blueprint as blueprint
