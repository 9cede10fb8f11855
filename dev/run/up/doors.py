"""The two doors of GAS as their users go through them: the web's API with an access token, and `kubectl apply`."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gas.domain.keys import InputKey
from gas_cli import jobs
from gas_cli.client import Client
from gas_cli.credentials import Credentials
from gas_cli.header import header_facts
from kube.kubectl import Kubectl

REFERENCE = "rCRS"


@dataclass(frozen=True)
class WebDoor:
    """One user at the web's API, with the calls that the `gas` command makes."""

    client: Client

    @classmethod
    def with_token(cls, web: str, token: str) -> "WebDoor":
        """The door at this address, for the user whom the token stands for."""
        return cls(Client(Credentials(web, token)))

    def user_id(self) -> str:
        """Who the user is to GAS.

        Raises:
            CommandError: the web refused or did not answer; the same of the other calls.
        """
        return str(self.client.get("/me")["id"])

    def submit(self, path: Path, idempotency_key: str, reference: str = REFERENCE) -> str:
        """Upload a file by a form and make a job of it; the job's id."""
        return str(jobs.submit(self.client, path, reference, idempotency_key)["id"])

    def reference_for(self, path: Path) -> str:
        """The reference that a file's header speaks for; the one that is always there where it speaks for none."""
        return str(self.client.post("/references/choose", header_facts(path))["reference"] or REFERENCE)

    def download(self, job_id: str, path: Path) -> str:
        """Download a result by a fresh link; the SHA-256 of the bytes that arrived."""
        path.parent.mkdir(parents=True, exist_ok=True)
        jobs.download(self.client, job_id, str(path), replace=True)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def page(self, job_id: str) -> str:
        """Where a browser sees the job."""
        return self.client.page(job_id)


@dataclass(frozen=True)
class KubectlDoor:
    """Operations at the cluster: the file is put into its bucket, and the job applied."""

    kubectl: Kubectl
    s3: Any
    instance: str

    def submit(self, path: Path, job_id: str, user_id: str) -> None:
        """Upload a file in a user's name and apply a job for it."""
        bucket, key = f"{self.instance}-inputs", str(InputKey(self.instance, user_id, job_id, path.name))
        self.s3.upload_file(str(path), bucket, key)
        manifest = {
            "apiVersion": "gas.io/v1alpha1",
            "kind": "AnnotationJob",
            "metadata": {"name": job_id},
            "spec": {
                "userID": user_id,
                "input": {"bucket": bucket, "key": key, "fileName": path.name},
                "reference": REFERENCE,
            },
        }
        self.kubectl.run("apply", "--validate=strict", "--filename=-", stdin=json.dumps(manifest))
