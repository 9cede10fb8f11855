"""What `helm test` runs: one small file through the web API, from the upload to the annotated result.

It stands alone, with nothing but Python's own library. GAS_URL, GAS_TOKEN and GAS_TIMEOUT say where, as whom and how long.
"""

import gzip
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

VCF = b"""##fileformat=VCFv4.2
##contig=<ID=chrM,length=16569>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
chrM\t8860\t.\tA\tG\t.\tPASS\t.
"""
SECONDS = 10
PAUSE = 1.0
PATIENCE = 30.0
"""Where NetworkPolicies are enforced, a new pod is let through only once its address is known, a moment after its start."""

SCOPES = {"jobs:read", "jobs:write"}
"""What the test needs."""

GOOD = {"Completed", "Archived", "Restored"}


class FailedError(Exception):
    """The test failed; the text says at what."""


class SilentError(FailedError):
    """Nobody answered."""


def main() -> int:
    """Run the job; 0 when its result is there and right, else 1 and a sentence."""
    address, timeout = os.environ["GAS_URL"].rstrip("/"), float(os.environ.get("GAS_TIMEOUT", "300"))
    try:
        reach(address, min(PATIENCE, timeout))
        check_token(address)
        job_id = submit(address)
        job = wait(address, job_id, timeout)
        check(address, job_id, job)
        call(address, "DELETE", f"/jobs/{job_id}")
    except FailedError as failed:
        print(f"FAILED: {failed}", file=sys.stderr)
        return 1
    print(f"job {job_id} is annotated, downloaded and deleted again")
    return 0


def reach(address: str, patience: float) -> None:
    """Wait until the web answers at all."""
    deadline = time.monotonic() + patience
    while True:
        try:
            call(address, "GET", "/service-info")
        except SilentError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


def check_token(address: str) -> None:
    """It goes through the cluster in plain HTTP, so it must be worth nothing but jobs."""
    more = sorted(set(call(address, "GET", "/me")["scopes"]) - SCOPES)
    if more:
        raise FailedError(
            f"the token of the test may do more than the test needs ({', '.join(more)}): make one with the scopes "
            f"{' and '.join(sorted(SCOPES))} alone, of a user who has no jobs of their own, and revoke this one"
        )


def submit(address: str) -> str:
    """Upload the file and make a job of it."""
    form = call(address, "POST", "/uploads", {"fileName": "helm-test.vcf", "sizeBytes": len(VCF)})
    upload(form["url"], form["fields"])
    job = call(address, "POST", "/jobs", {"key": form["key"], "reference": "rCRS"})
    print(f"job {job['id']} is submitted")
    return str(job["id"])


def wait(address: str, job_id: str, timeout: float) -> dict[str, Any]:
    """Wait until no annotator works on the job any more."""
    deadline, shown = time.monotonic() + timeout, ""
    while True:
        job: dict[str, Any] = call(address, "GET", f"/jobs/{job_id}")
        if job["reason"] != shown:
            shown = job["reason"]
            print(f"job {job_id} is {job['state']} ({shown}): {job['sentence']}")
        if job["finished"]:
            return job
        if time.monotonic() > deadline:
            raise FailedError(f"the job is still {job['state']} ({shown}) after {timeout:.0f} seconds")
        time.sleep(PAUSE)


def check(address: str, job_id: str, job: dict[str, Any]) -> None:
    """The result says what the variant does to its gene."""
    if job["state"] not in GOOD:
        raise FailedError(f"the job ended as {job['state']}: {job['sentence']}")
    if job["state"] == "Archived":
        print("its result is archived already: it was there, and is not downloaded")
        return
    link = call(address, "GET", f"/jobs/{job_id}/result?redirect=false")
    with opened(urllib.request.Request(link["url"])) as answer:
        text = gzip.decompress(answer.read()).decode()
    [record] = [line for line in text.splitlines() if line.startswith("chrM\t8860\t")]
    if "MT-ATP6" not in record or "missense" not in record:
        raise FailedError(f"the result does not say what the variant does: {record}")


def call(address: str, method: str, path: str, body: object = None) -> Any:
    """One call of the API."""
    request = urllib.request.Request(
        f"{address}/api/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['GAS_TOKEN'].strip()}",
            "Content-Type": "application/json",
        },
    )
    with opened(request) as answer:
        return json.load(answer)


def upload(url: str, fields: dict[str, str]) -> None:
    """Send the file by the form: every field as it is, then the file."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="helm-test.vcf"\r\n\r\n'
    body = b"".join([*parts, head.encode(), VCF, f"\r\n--{boundary}--\r\n".encode()])
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with opened(urllib.request.Request(url, method="POST", data=body, headers=headers)):
        pass


def opened(request: urllib.request.Request) -> Any:
    """The answer to a request, when it is a good one."""
    where = f"{request.get_method()} {request.full_url.partition('?')[0]}"
    try:
        return urllib.request.urlopen(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        raise FailedError(
            f"{where} answered {error.code}: {error.read()[:300].decode(errors='replace')}"
        ) from error
    except OSError as error:
        raise SilentError(f"{where} did not answer: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
