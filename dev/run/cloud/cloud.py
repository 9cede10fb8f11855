"""The whole local AWS as one handler: the order of the layers is the order of their promises."""

from collections.abc import Callable
from functools import cache

from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3 import utils as s3_utils

from dev.run.cloud import events, queues, restores, tables, topics
from dev.run.cloud.checksums import verify_checksums
from dev.run.cloud.classes import enforce_classes
from dev.run.cloud.conditions import check_copy_conditions
from dev.run.cloud.control import PREFIX, Control, RequestCounts, RequestDurations
from dev.run.cloud.cors import apply_cors
from dev.run.cloud.exchange import Handler, Request, Response, wsgi_handler
from dev.run.cloud.faults import FaultBook
from dev.run.cloud.links import enforce_link_expiry
from dev.run.cloud.locks import locked
from dev.run.cloud.mail import Mailbox
from dev.run.cloud.operations import Operation, recognise
from dev.run.cloud.restores import Restores, RetrievalTimes
from dev.run.cloud.timers import Timers
from dev.run.cloud.uploads import enforce_post_policy


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]  # moto is untyped here
    """moto's dispatcher, which otherwise looks through its folder for services on every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.get_backend_for_host = cache(super().get_backend_for_host)


OperationLayer = Callable[[Request, Operation, Handler], Response]


def local_aws(*, thaw_seconds: float, day_seconds: float) -> Handler:
    """A handler that answers as AWS would; each process has at most one, for moto keeps its state in modules."""
    for part in (events, queues, restores, tables, topics):
        part.install()
    # Buckets are named in paths alone. moto would take `10` of 10.244.0.1 for one, which is where pods reach it.
    settings.S3_IGNORE_SUBDOMAIN_BUCKETNAME = s3_utils.S3_IGNORE_SUBDOMAIN_BUCKETNAME = True
    faults, mailbox, counts, durations = FaultBook(), Mailbox(), RequestCounts(), RequestDurations()
    retrievals = Restores(Timers(), faults, RetrievalTimes(thaw_seconds, day_seconds))
    control = Control(faults, mailbox, counts, durations, retrievals)
    aws = _layered(
        [
            counts.count,
            durations.measure,
            apply_cors,  # outside everything that may refuse: pages read refusals too
            faults.apply,  # outside the lock: a delayed request delays nobody else
            enforce_link_expiry,
            enforce_post_policy,
            verify_checksums,
            locked,
            check_copy_conditions,
            enforce_classes,
            retrievals.answer,
            mailbox.keep,
        ],
        wsgi_handler(_Dispatcher()),
    )
    return lambda request: control.answer(request) if request.path.startswith(PREFIX) else aws(request)


def _layered(layers: list[OperationLayer], innermost: Handler) -> Handler:
    def answer(request: Request) -> Response:
        operation = recognise(request)

        def enter(depth: int, current: Request) -> Response:
            if depth == len(layers):
                return innermost(current)
            return layers[depth](current, operation, lambda following: enter(depth + 1, following))

        return enter(0, request)

    return answer
