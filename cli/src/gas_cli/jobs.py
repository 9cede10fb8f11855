"""What the commands do with jobs: submitting, waiting, fetching."""

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gas_cli import transfer
from gas_cli.client import Client
from gas_cli.display import moving, watching
from gas_cli.errors import CommandError, Exit, misused, refused

FIRST_LOOK = 1.0
LONGEST_LOOK = 15.0
"""Seconds between two looks at a job: it is looked at less and less often."""

SLOWER = 1.5

PATIENCE = 300.0
"""How many seconds nobody may answer before waiting for a job is given up: a new release of the service takes less."""

LONGEST_TEXT = 32 * 1024 * 1024
"""The largest log or preview that is shown rather than downloaded."""

_SLASHES = tuple(filter(None, (os.sep, os.altsep)))

Job = dict[str, Any]


def submit(client: Client, path: Path, reference: str, idempotency_key: str | None = None) -> Job:
    """Upload a file and make a job of it; the key is a new one unless it is told.

    Raises:
        CommandError: the file cannot be read, or GAS refuses it.
    """
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise misused(f"{path} cannot be read ({error.strerror}).") from error
    if not size:
        raise refused(f"{path} is empty: there is nothing to annotate.")
    _check_taken(client.get("/service-info"), path.name, reference)
    form = client.post("/uploads", {"fileName": path.name, "sizeBytes": size})
    with moving(path.name, size) as progress:
        transfer.send(form["url"], form["fields"], path, size, progress)
    # Whatever is lost on the way there or back, sending this again names the same job.
    key = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    job: Job = client.post("/jobs", {"key": form["key"], "reference": reference}, key)
    return job


def _check_taken(offer: dict[str, Any], name: str, reference: str) -> None:
    """Refuse a wrong argument before anything is sent."""
    if reference not in offer["references"]:
        raise misused(f"There is no reference {reference}: use {' or '.join(offer['references'])}.")
    endings = offer["fileNames"]
    if not name.lower().endswith(tuple(endings)):
        raise misused(f"{name} is not called like a VCF file: its name has to end with {', '.join(endings)}.")


def wait(client: Client, job_id: str, sleep: Callable[[float], None] = time.sleep) -> Job:
    """The job once no annotator will work on it any more.

    Raises:
        CommandError: GAS refuses to tell, or has not answered for minutes.
    """
    etag: str | None = None
    pause, silent = FIRST_LOOK, 0.0
    with watching(job_id) as show:
        while True:
            job = None
            try:
                job, etag = client.get_if_changed(f"/jobs/{job_id}", etag)
                silent = 0.0
            except CommandError as error:
                if error.code is not Exit.UNREACHABLE or silent >= PATIENCE:
                    raise
                silent += pause
            if job is not None:
                show(job)
                if job["finished"]:
                    found: Job = job
                    return found
            sleep(pause)
            pause = min(pause * SLOWER, LONGEST_LOOK)


def download(client: Client, job_id: str, output: str | None, *, replace: bool) -> Path:
    """Download the result, into a folder or under a name; returns where it is. A slash at the end makes the folder.

    Raises:
        CommandError: there is no result to download now, or it cannot be written.
    """
    job = client.get(f"/jobs/{job_id}")
    link = client.get(f"/jobs/{job_id}/result", redirect="false")
    # The service is believed about bytes and not about places: the name stays in the folder.
    name = Path(link["fileName"]).name
    path = _destination(output, name)
    with moving(name, job["resultBytes"]) as progress:
        transfer.fetch(link["url"], path, job["resultSha256"], progress, replace=replace)
    return path


def _destination(output: str | None, name: str) -> Path:
    if not output:
        return Path(name)
    folder = Path(output)
    if output.endswith(_SLASHES):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise misused(f"The folder {output} cannot be made ({error.strerror}).") from error
    return folder / name if folder.is_dir() else folder


def text(client: Client, job_id: str, file: str) -> str:
    """A small file of a job."""
    link = client.get(f"/jobs/{job_id}/{file}", redirect="false")
    return transfer.read(link["url"], LONGEST_TEXT).decode("utf-8", "replace")
