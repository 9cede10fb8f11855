"""Moves bytes to and from the object store by the forms and links that GAS gives, without holding a file in memory."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from gas_cli.client import as_it_is
from gas_cli.errors import CommandError, misused, refused, unreachable

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
"""For each part of an answer; after a large upload the store thinks for a while."""

_CHUNK = 256 * 1024
_BOUNDARY = "gas-cli-9f1d4be27c5a4e0c"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500

Progress = Callable[[int], None]
"""Is told how many more bytes have moved."""


@dataclass(frozen=True)
class _Form:
    """A multipart form whose last part is a file; its length is known before it is read."""

    fields: Mapping[str, str]
    path: Path
    size: int
    progress: Progress

    @property
    def head(self) -> bytes:
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in self.fields.items()
        ]
        file = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
        return ("".join(parts) + file).encode()

    @property
    def tail(self) -> bytes:
        return f"\r\n--{_BOUNDARY}--\r\n".encode()

    def __len__(self) -> int:
        return len(self.head) + self.size + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        left = self.size
        with self.path.open("rb") as file:
            # A file that grows meanwhile is sent as it was measured, or the form would not end where it says.
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
                self.progress(len(chunk))
        yield self.tail


def send(url: str, fields: Mapping[str, str], path: Path, size: int, progress: Progress) -> None:
    """Upload a file by a form.

    Raises:
        CommandError: the store refused it or did not answer.
    """
    form = _Form(fields, path, size, progress)
    try:
        answer = requests.post(
            url,
            data=form,
            auth=as_it_is,
            headers={"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise unreachable(
            f"{path} could not be uploaded: the object store does not answer. Try again."
        ) from error
    except OSError as error:
        raise misused(f"{path} cannot be read ({error.strerror}).") from error
    if answer.status_code >= _SERVER_ERROR:
        raise unreachable(
            f"{path} could not be uploaded: the object store answers {answer.status_code}. Try again."
        )
    if answer.status_code >= _CLIENT_ERROR:
        raise refused(
            f"The object store refused {path} ({answer.status_code}): the form has expired, or the file changed "
            "while it was sent. Try again."
        )


def fetch(url: str, path: Path, sha256: str | None, progress: Progress, *, replace: bool = False) -> None:
    """Download a file; it appears under its name only when it is complete, and is the one that was annotated.

    Raises:
        CommandError: the store refused, did not answer, or gave other bytes; or the file exists or cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            raise misused(f"{path} is no regular file: choose another name with -o.")
        if path.exists() and not replace:
            raise misused(f"{path} exists: choose another name with -o, or overwrite it with --force.")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    except OSError as error:
        raise misused(f"{path} cannot be written ({error.strerror}).") from error
    try:
        with os.fdopen(handle, "wb") as file:
            digest = _copy(url, file.write, progress)
        if sha256 is not None and digest != sha256:
            raise unreachable(f"{path} arrived with other bytes than were stored: download it again.")
        # mkstemp's file is for its owner alone; a download is like any other new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except OSError as error:
        raise misused(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        Path(name).unlink(missing_ok=True)


def read(url: str, limit: int) -> bytes:
    """A small file.

    Raises:
        CommandError: the store refused or did not answer, or the file is larger than the limit.
    """
    content = bytearray()

    def take(chunk: bytes) -> None:
        content.extend(chunk)
        if len(content) > limit:
            raise refused(f"The file has more than {limit:,} bytes: use `gas download`.")

    _copy(url, take, lambda _count: None)
    return bytes(content)


def _copy(url: str, write: Callable[[bytes], object], progress: Progress) -> str:
    digest = hashlib.sha256()
    try:
        with requests.get(url, auth=as_it_is, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as answer:
            if answer.status_code >= _CLIENT_ERROR:
                raise _not_given(answer.status_code)
            for chunk in answer.iter_content(_CHUNK):
                digest.update(chunk)
                write(chunk)
                progress(len(chunk))
    except requests.RequestException as error:
        raise unreachable("The download broke off: the object store does not answer. Try again.") from error
    return digest.hexdigest()


def _not_given(status: int) -> CommandError:
    if status >= _SERVER_ERROR:
        return unreachable(f"The object store answers {status}: try again.")
    return refused(f"The object store refused the link ({status}): it may have expired. Try again.")
