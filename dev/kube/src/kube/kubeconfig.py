"""Kubeconfig files: who somebody is and where the API server listens, readable by their owner only."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from kube.certificates import Certificates


def for_administrator(certificates: Certificates) -> dict[str, Any]:
    """The user entry of the administrator, who may do everything."""
    return for_client(certificates, "admin")


def for_client(certificates: Certificates, party: str) -> dict[str, Any]:
    """The user entry of whoever a client certificate was made for."""
    return {
        "client-certificate-data": _encoded(certificates.certificate(party)),
        "client-key-data": _encoded(certificates.key(party)),
    }


def for_token(token: str) -> dict[str, Any]:
    """The user entry of a service account."""
    return {"token": token}


def write_kubeconfig(
    path: Path,
    *,
    server: str,
    certificates: Certificates,
    user: dict[str, Any],
    context: str,
    namespace: str | None = None,
) -> Path:
    """Write a kubeconfig with one context, whole or not at all, with mode 0600; return its path."""
    chosen = {"cluster": context, "user": context} | ({"namespace": namespace} if namespace else {})
    cluster = {"server": server, "certificate-authority-data": _encoded(certificates.authority)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": user}],
        "contexts": [{"name": context, "context": chosen}],
        "current-context": context,
    }
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(document, file)
    unfinished.replace(path)
    return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
