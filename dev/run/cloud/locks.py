"""One lock a service, held from the request to the whole answer: moto's backends have none of their own."""

import threading

from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.operations import Operation

S3_LOCK = threading.RLock()
"""Also taken by the timers that complete and end retrievals."""

_LOCKS = {"dynamodb": threading.RLock(), "s3": S3_LOCK, "sns": threading.RLock(), "ses": threading.RLock()}
"""SQS is absent: its queues lock themselves, so that a long poll waits outside every lock."""

_REST = threading.RLock()


def locked(request: Request, operation: Operation, inner: Handler) -> Response:
    """Answer while no other request to the same service runs."""
    if operation.service == "sqs":
        return inner(request)
    with _LOCKS.get(operation.service, _REST):
        return inner(request)
