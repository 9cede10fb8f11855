"""Forms and links to the objects in memory, refused as the store refuses them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from gas.adapters.lifetimes import seconds_within
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.domain.uploads import LONGEST_UPLOAD
from gas.ports.clock import Clock
from gas.ports.links import LONGEST_DOWNLOAD, Link, UploadForm, UploadPermit

SEE_OTHER, CREATED, OK = 303, 201, 200
TOO_LARGE_OR_SMALL, FORBIDDEN, NOT_FOUND = 400, 403, 404


@dataclass
class InMemoryLinks:
    """Implements `Links`. `receive` and `fetch` do what the store does with a form and a link."""

    objects: InMemoryObjectStore
    clock: Clock
    base_url: str = "https://objects.example"
    _forms: dict[str, tuple[UploadPermit, UploadForm]] = field(default_factory=dict)
    _links: dict[str, tuple[str, str, Link]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def upload(self, permit: UploadPermit, lifetime: timedelta) -> UploadForm:
        """A form that is remembered under its signature."""
        seconds = seconds_within(lifetime, LONGEST_UPLOAD)
        signature = f"form-{next(self._numbers)}"
        ending = (
            {"success_action_status": str(CREATED)}
            if permit.redirect is None
            else {"success_action_redirect": permit.redirect}
        )
        metadata = {f"x-amz-meta-{name}": value for name, value in permit.metadata.items()}
        named = {"key": permit.key, "Content-Type": permit.content_type, **metadata, **ending}
        form = UploadForm(
            f"{self.base_url}/{permit.bucket}",
            {**named, "x-amz-signature": signature},
            self.clock.now() + timedelta(seconds=seconds),
        )
        self._forms[signature] = permit, form
        return form

    def download(self, bucket: str, key: str, file_name: str, lifetime: timedelta) -> Link:
        """A link that is remembered under its signature."""
        seconds = seconds_within(lifetime, LONGEST_DOWNLOAD)
        signature = f"link-{next(self._numbers)}"
        link = Link(
            f"{self.base_url}/{bucket}?{urlencode({'signature': signature})}",
            file_name,
            self.clock.now() + timedelta(seconds=seconds),
        )
        self._links[signature] = bucket, key, link
        return link

    def receive(self, url: str, fields: Mapping[str, str], content: bytes) -> int:
        """The store's status for a form that was sent with a file: 201 or 303 when it was taken."""
        permit, form = self._forms.get(fields.get("x-amz-signature", ""), (None, None))
        if permit is None or form is None or dict(fields) != form.fields or url != form.url:
            return FORBIDDEN
        if self.clock.now() >= form.expires:
            return FORBIDDEN
        if not permit.min_bytes <= len(content) <= permit.max_bytes:
            return TOO_LARGE_OR_SMALL
        self.objects.put(permit.bucket, permit.key, content)
        return CREATED if permit.redirect is None else SEE_OTHER

    def fetch(self, url: str) -> tuple[int, str, bytes]:
        """The store's answer to a link: its status, the name to save under, and the bytes."""
        signature = parse_qs(urlsplit(url).query).get("signature", [""])[0]
        bucket, key, link = self._links.get(signature, ("", "", None))
        if link is None or link.url != url or self.clock.now() >= link.expires:
            return FORBIDDEN, "", b""
        stored = self.objects.objects.get((bucket, key))
        if stored is None:
            return NOT_FOUND, "", b""
        return OK, link.file_name, stored.content
