"""Forms as browsers send them; one that no browser sends is refused before it costs a pod seconds."""

from typing import IO

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MAX_BOUNDARY = 70
"""The longest boundary between a form's parts (RFC 2046, 5.1.1). The body is searched for it by a pattern, in a time that grows with
both lengths multiplied."""

MAX_FIELDS = 100
"""Several times as many as a form of any page has: the page of an error repeats what was typed."""


class FormParser(FormDataParser):  # type: ignore[misc]  # Werkzeug is not looked into.
    """Reads the fields of a form."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """The fields that a body holds.

        Raises:
            BadRequest: the boundary is too long; nothing of the body was read.
            RequestEntityTooLarge: there are too many fields.
        """
        if len((options or {}).get("boundary", "")) > MAX_BOUNDARY:
            raise BadRequest(
                f"The form cannot be read: the boundary between its parts has more than {MAX_BOUNDARY} characters."
            )
        rest, fields, files = super().parse(stream, mimetype, content_length, options)
        if sum(map(len, fields.listvalues())) > MAX_FIELDS:
            raise RequestEntityTooLarge(f"A form has at most {MAX_FIELDS} fields here.")
        return rest, fields, files
