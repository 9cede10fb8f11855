"""Pages are compressed on their way; the files that are the same for everybody were compressed at the start."""

import gzip

from flask import Flask, Response, request

from gas_web.asked.marks import Mark, marked

SMALLEST_BYTES = 1024
"""What is shorter fits into one packet as it is."""

_LEVEL = 6
"""Of gzip: a page takes it less than a tenth of a millisecond; the highest level saves nothing more."""


def install(app: Flask) -> None:
    """Compress pages for browsers that can unpack them. Answers to a POST are not: they may hold what was typed."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.method != "GET" or response.mimetype != "text/html" or marked(Mark.SECRETIVE):
            return response
        response.vary.add("Accept-Encoding")
        content = response.get_data()
        if "gzip" not in request.accept_encodings or len(content) < SMALLEST_BYTES:
            return response
        response.set_data(gzip.compress(content, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        tag, _ = response.get_etag()
        if tag is not None:
            # The same page in another form: such a tag is weak (RFC 9110, 8.8.1).
            response.set_etag(tag, weak=True)
        return response
