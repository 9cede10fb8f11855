"""The use cases behind pages and API, with their ports: made once for the whole application."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from gas.bootstrap import Ports, plans_of
from gas.config import Settings
from gas.domain.names import Bucket
from gas.domain.offer import Offer
from gas.ports.objects import ObjectStore
from gas.ports.references import References
from gas.ports.stores import JobStore
from gas.services.ask_job import AskJob
from gas.services.hold_upload import HoldUpload
from gas.services.open_file import OpenFile
from gas.services.start_upload import StartUpload
from gas.services.submit_job import SubmitJob
from gas.services.take_place import TakePlace


@dataclass(frozen=True)
class UseCases:
    """What people can do with jobs. `jobs`, `objects` and `references` are for reading alone."""

    jobs: JobStore
    objects: ObjectStore
    references: References
    offer: Offer
    start_upload: StartUpload
    submit_job: SubmitJob
    ask_job: AskJob
    open_file: OpenFile
    keeps_versions: bool
    """Whether versioned buckets keep what people delete."""

    @classmethod
    def from_ports(cls, ports: Ports, settings: Settings) -> "UseCases":
        """The use cases over these ports."""
        offer = offer_of(settings)
        inputs = ports.names.bucket(Bucket.INPUTS)
        take_place = TakePlace(ports.quotas, ports.jobs)
        hold_upload = HoldUpload(ports.uploads, ports.jobs, ports.objects, inputs)
        # A link that outlives the hot bytes of an archived result would break in the middle of a click.
        link_seconds = max(1, min(settings.web.link_seconds, settings.lifecycle.link_seconds))
        return cls(
            jobs=ports.jobs,
            objects=ports.objects,
            references=ports.references,
            offer=offer,
            start_upload=StartUpload(
                links=ports.links,
                hold_upload=hold_upload,
                clock=ports.clock,
                offer=offer,
                inputs_bucket=inputs,
                key_prefix=ports.key_prefix,
                lifetime=timedelta(seconds=settings.web.upload_seconds),
                submit_within=timedelta(seconds=settings.lifecycle.unsubmitted_seconds),
                new_id=lambda: str(uuid.uuid4()),
            ),
            submit_job=SubmitJob(
                jobs=ports.jobs,
                objects=ports.objects,
                references=ports.references,
                publisher=ports.publisher,
                take_place=take_place,
                hold_upload=hold_upload,
                clock=ports.clock,
                offer=offer,
                inputs_bucket=inputs,
                key_prefix=ports.key_prefix,
            ),
            ask_job=AskJob(ports.jobs, ports.publisher, take_place, ports.clock, offer),
            open_file=OpenFile(
                ports.jobs,
                ports.objects,
                ports.links,
                ports.publisher,
                ports.clock,
                timedelta(seconds=link_seconds),
                offer.plans,
            ),
            keeps_versions=settings.lifecycle.keep_versions,
        )


def offer_of(settings: Settings) -> Offer:
    """What these settings offer."""
    return Offer(plans_of(settings))
