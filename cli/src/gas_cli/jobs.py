"""What the commands do with jobs: submitting, waiting, fetching."""

import os
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from stat import S_ISREG
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from gas_cli import transfer
from gas_cli.client import Client
from gas_cli.display import moving, say, watching
from gas_cli.errors import CommandError, Exit, misused, refused
from gas_cli.header import header_facts
from gas_cli.parameters import is_text

FIRST_LOOK = 1.0
LONGEST_LOOK = 15.0
"""Seconds between two looks at a job: it is looked at less and less often."""

SLOWER = 1.5

PATIENCE = 300.0
"""How many seconds nobody may answer before waiting for a job is given up: a new release of the service takes less."""

LONGEST_TEXT = 32 * 1024 * 1024
"""The largest log or preview that is shown rather than downloaded."""

AUTO = "auto"
"""The reference that the file's header speaks for."""

RESULT = "result"
"""The file that is downloaded where none is named."""

_FOLDERS = frozenset({"", os.curdir, os.pardir})
"""Last parts of a path that no file can have."""

Job = dict[str, Any]


def submit(
    client: Client,
    path: Path,
    reference: str = AUTO,
    idempotency_key: str | None = None,
    *,
    own: Path | None = None,
) -> Job:
    """Upload a file, and what comes with it, and make a job of it; the key is a new one unless it is told.

    Where the reference is to be chosen, that is done by the file's header before anything is sent, and said.

    Raises:
        CommandError: the file cannot be read, or GAS refuses it.
    """
    size = _size(path, "annotate")
    own_size = None if own is None else _size(own, "look up")
    offer = client.get("/service-info")
    _check_taken(client, offer, path.name, reference)
    if own is not None:
        _check_own(offer, own.name)
        _check_input(client, path.name, size)
    if reference == AUTO:
        reference = _chosen(client, path)
    body = {"reference": reference}
    if own is not None and own_size is not None:
        # First what comes along: where it is refused, the larger file was not sent for nothing.
        body["ownKey"] = _sent(client, own, own_size, {"use": "own"})
    body["key"] = _sent(client, path, size)
    # Whatever is lost on the way there or back, sending this again names the same job.
    key = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    job: Job = client.post("/jobs", body, key)
    return job


def _size(path: Path, to_do: str) -> int:
    """How much is to be sent of a file that can be."""
    if not is_text(path.name):
        raise misused(f"The name of {path} is no text in UTF-8: rename the file first.")
    try:
        found = path.stat()
        # A pipe has no size, and would be waited for when it is opened.
        if not S_ISREG(found.st_mode):
            raise misused(f"{path} is no regular file: write what it gives to a file, and submit that.")
        with path.open("rb"):
            pass
    except OSError as error:
        raise misused(f"{path} cannot be read ({error.strerror}).") from error
    size = found.st_size
    if not size:
        raise refused(f"{path} is empty: there is nothing to {to_do}.")
    return size


def _sent(client: Client, path: Path, size: int, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """Upload a file; the key that a submission names."""
    form = client.post("/uploads", {"fileName": path.name, "sizeBytes": size, **more})
    with moving(path.name, size) as progress:
        transfer.send(form["url"], form["fields"], path, size, progress)
    return str(form["key"])


def _check_own(offer: dict[str, Any], name: str) -> None:
    """Refuse what cannot come along before anything is sent."""
    endings = offer.get("ownFileNames")
    if endings is None:
        raise refused("This service is older than --own, and looks no file of your own up.")
    if not name.lower().endswith(tuple(endings)):
        raise misused(
            f"{name} is not called like a VCF or BED file: its name has to end with {', '.join(endings)}."
        )


def _check_input(client: Client, name: str, size: int) -> None:
    """Refuse an input that the plan does not take before the file that comes along is sent, and takes a place."""
    try:
        me = client.get("/me")
    except CommandError as error:
        if error.code is Exit.REFUSED:
            return  # The token may not read: the service judges the size when the input's turn comes.
        raise
    most = me["limits"]["maxInputBytes"]
    if size > most:
        raise refused(
            f"{name} has {size:,} bytes, and the {me['plan']} plan takes files of up to {most:,} bytes. Nothing was sent."
        )


def _check_taken(client: Client, offer: dict[str, Any], name: str, reference: str) -> None:
    """Refuse a wrong argument before anything is sent."""
    if reference not in {AUTO, *offer["references"]}:
        _check_published(client, offer, reference)
    endings = offer["fileNames"]
    if not name.lower().endswith(tuple(endings)):
        raise misused(f"{name} is not called like a VCF file: its name has to end with {', '.join(endings)}.")


def _check_published(client: Client, offer: dict[str, Any], reference: str) -> None:
    """Ask for one that is not on offer: that may be a minute old, and a large file is not sent for a slip of the pen."""
    unknown = misused(f"There is no reference {reference}: use {' or '.join(offer['references'])}.")
    if not reference[:1].isalnum():
        raise unknown
    try:
        client.get(f"/references/{quote(reference, safe='')}")
    except CommandError as error:
        if error.code is Exit.REFUSED:
            raise unknown from error
        raise


def _chosen(client: Client, path: Path) -> str:
    choice = client.post("/references/choose", header_facts(path))
    name: str | None = choice["reference"]
    if name is None:
        raise refused(
            f"{choice['sentence']} Nothing was sent. If you know that {path.name} fits one of them, name it: --reference NAME."
        )
    say(f"reference {name}: {choice['sentence']}")
    return name


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


def download(client: Client, job_id: str, output: str | None, *, file: str = RESULT, replace: bool) -> Path:
    """Download a file of a job, into a folder or under a name; returns where it is. A slash or dots at the end make the folder.

    Raises:
        CommandError: there is no such file to download now, or it cannot be written.
    """
    job = client.get(f"/jobs/{job_id}")
    link = client.get(f"/jobs/{job_id}/{file}", redirect="false")
    # Of the other files the service tells neither.
    size, sha256 = (job["resultBytes"], job["resultSha256"]) if file == RESULT else (None, None)
    # The service is believed about bytes and not about places: the name stays in the folder.
    name = Path(link["fileName"]).name
    path = _destination(output, name)
    with moving(name, size) as progress:
        transfer.fetch(link["url"], path, sha256, progress, replace=replace)
    return path


def _destination(output: str | None, name: str) -> Path:
    if not output:
        return Path(name)
    folder = Path(output)
    if os.path.basename(output) in _FOLDERS:  # noqa: PTH119 - a Path forgets its last slash, and its last dot
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise misused(f"The folder {output} cannot be made ({error.strerror}).") from error
    return folder / name if os.path.isdir(output) else folder  # noqa: PTH112 - a Path fails on a name that is too long


def text(client: Client, job_id: str, file: str) -> str:
    """A small file of a job."""
    link = client.get(f"/jobs/{job_id}/{file}", redirect="false")
    return transfer.read(link["url"], LONGEST_TEXT).decode("utf-8", "replace")
