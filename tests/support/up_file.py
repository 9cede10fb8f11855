"""What the file of a running local platform says, where none runs."""

from typing import Any

UP: dict[str, Any] = {
    "instance": "gas",
    "aws": "http://127.0.0.1:1",
    "web": "http://127.0.0.1:2",
    "kubeconfig": "/a folder/admin.kubeconfig",
    "kubectl": "/a folder/kubectl",
    "tokens": {"free": "gas_free", "premium": "gas_premium", "operator": "gas_operator"},
}
