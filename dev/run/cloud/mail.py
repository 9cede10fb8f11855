"""The e-mails that SES accepted, as their readers would see them."""

import base64
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs

from dev.run.cloud.deliveries import copies
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.operations import Operation


class Mailbox:
    """Keeps what was sent; a fault may lose a mail or deliver it twice."""

    def __init__(self) -> None:
        self._mails: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def keep(self, request: Request, operation: Operation, inner: Handler) -> Response:
        """Pass the request on, and keep the mail if SES accepted it."""
        response = inner(request)
        if operation.service == "ses" and operation.name in {"SendEmail", "SendRawEmail"} and response.ok:
            form = {k: v[0] for k, v in parse_qs(request.body.decode(), keep_blank_values=True).items()}
            mail = _raw(form) if operation.name == "SendRawEmail" else _simple(form)
            with self._lock:
                self._mails.extend([mail] * copies())
        return response

    def sent(self) -> list[dict[str, Any]]:
        """All mails, oldest first: from, to, subject, text, html."""
        with self._lock:
            return list(self._mails)


def _simple(form: dict[str, str]) -> dict[str, Any]:
    recipients = [v for k, v in sorted(form.items()) if k.startswith("Destination.")]
    return {
        "from": form.get("Source", ""),
        "to": recipients,
        "subject": form.get("Message.Subject.Data", ""),
        "text": form.get("Message.Body.Text.Data", ""),
        "html": form.get("Message.Body.Html.Data", ""),
    }


def _raw(form: dict[str, str]) -> dict[str, Any]:
    message = message_from_bytes(base64.b64decode(form["RawMessage.Data"]), policy=policy.default)
    destinations = [v for k, v in sorted(form.items()) if k.startswith("Destinations.")]
    return {
        "from": form.get("Source") or str(message["From"]),
        "to": destinations or [part.strip() for part in str(message["To"] or "").split(",") if part.strip()],
        "subject": str(message["Subject"]),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
