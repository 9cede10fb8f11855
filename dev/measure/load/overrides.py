"""The chart's values that differ from its defaults in a load run: all of them stand in the report. Pure."""

from collections.abc import Mapping
from typing import Any

from dev.run.cluster.images import LOCAL_REGISTRY
from dev.run.issuer.issuer import CLIENT_ID
from dev.run.issuer.people import OPERATOR_SUBJECT

ACCOUNT = "123456789012"
"""The local AWS's."""

PORTS = {"web": "8081", "annotator": "8082", "controllers": "8083"}
"""Where each part tells its metrics."""


SHORT_LIVES: dict[str, Any] = {
    "lifecycle": {
        "retentionSeconds": 20,
        "linkSeconds": 5,
        "deleteSettlesSeconds": 8,
        "retrievalPollSeconds": 5,
        "expeditedSeconds": 5,
        "standardSeconds": 10,
    }
}
"""Settings by which results are archived, and hot bytes go, within a minute: for the one run that waits for that."""


def overrides(
    *, aws: str, issuer: str, instance: str, host: str, tag: str, pace: float, registry: str = LOCAL_REGISTRY
) -> dict[str, Any]:
    """The values for the local AWS and the local issuer at these addresses, and this pace of the annotators."""
    web, annotator, controllers = (_part(part, tag) for part in PORTS)
    return {
        "imageRegistry": registry,
        "settings": {
            "env": "local",
            "aws": {"endpointUrl": aws, "publicEndpointUrl": aws, "dueShards": 1},
            # One user sends all jobs of a burst.
            "plans": {"premiumMaxActiveJobs": 1000, "jobsInLine": 1000},
            "web": {
                "issuerUrl": issuer,
                "clientId": CLIENT_ID,
                "payments": "one-click",
                "operators": [OPERATOR_SUBJECT],
                "objectStoreOrigins": [aws],
                # All visitors come from one address, which is what the tripwire is there to stop.
                "requestsPerMinute": 1_000_000,
            },
            "annotator": {"paceSeconds": pace},
        },
        "web": {**web, "oidc": {"existingSecret": "oidc"}},
        "annotator": {
            **annotator,
            # Ten pods that request half a core each fit on no machine of two cores.
            "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}},
            "autoscaling": {
                "queueURL": f"{aws}/{ACCOUNT}/{instance}-job-requests",
                "authentication": {"existingSecret": "aws"},
            },
        },
        "controllers": controllers,
        "setup": {"enabled": True, "image": {"tag": tag}, "aws": {"existingSecret": "aws"}},
        "ingress": {"enabled": True, "host": host, "tls": {"secretName": "tls"}},
    }


def with_sections(values: dict[str, Any], sections: Mapping[str, Any]) -> dict[str, Any]:
    """The values with some sections of their settings changed; what was given stays as it was."""
    settings = values["settings"]
    changed = {name: {**settings.get(name, {}), **section} for name, section in sections.items()}
    return {**values, "settings": {**settings, **changed}}


def _part(part: str, tag: str) -> dict[str, Any]:
    scraped = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": PORTS[part],
        "prometheus.io/path": "/metrics",
    }
    return {"image": {"tag": tag}, "aws": {"existingSecret": "aws"}, "podAnnotations": scraped}
