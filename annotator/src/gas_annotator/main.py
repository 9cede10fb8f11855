"""Starts the annotator: settings in, one loop, probes, and an orderly end on SIGTERM."""

import os
import resource
import signal
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import structlog

from gas.bootstrap import Ports, aws_ports, plans_of
from gas.config import Settings
from gas.domain.names import Bucket
from gas.lines import own_line
from gas.metrics import tell_build, tell_clock
from gas.ports.runner import Runner
from gas.ports.shelf import Shelf
from gas.probes import ProbeServer
from gas.services.await_reference import AwaitReference
from gas.services.find_reference import FindReference
from gas.services.run_job import RunJob, RunSettings
from gas.startup import settings_or_exit_code, start_traces
from gas_annotator import child_user, metrics, sandbox
from gas_annotator.cage import own, this_kernel
from gas_annotator.child import ChildLimits
from gas_annotator.engine import EngineLimits
from gas_annotator.loop import Loop, StopRequest
from gas_annotator.nursery import Nursery
from gas_annotator.pace import PacedRunner
from gas_annotator.run_notes import RunNotes
from gas_annotator.runner import ChildRunner
from gas_annotator.shelf import Fetch, NodeShelf, Places, Room
from gas_annotator.work_folder import references_folder, work_folder

log = structlog.get_logger()

REFERENCES = ("rCRS",)
"""The references in this image; others are fetched."""

DEAF_SECONDS = 60.0
"""An idle loop turns every few seconds; one that has not for a minute hangs."""


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after an orderly end, 2 when the settings are refused."""
    settings = settings_or_exit_code(
        "gas-annotator", "Annotates one job at a time.", argv, cage_refused, cautions=cautions
    )
    if isinstance(settings, int):
        return settings
    nursery = Nursery(REFERENCES)
    nursery.start()
    tell_cage()
    ports = aws_ports(settings)
    stopping = StopRequest(ports.clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # A child must not read the settings and credentials of the process that sends it out.
    sandbox.shield_parent()
    # A dump of this process would hold a stranger's variants.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tell_build("annotator")
    tell_clock(ports.clock.ahead)
    start_traces("gas-annotator")
    with (
        work_folder(settings.annotator.work_dir) as folder,
        closing(nursery),
        closing(shelf_of(settings, ports)) as shelf,
    ):
        nursery.await_ready()
        loop = build(settings, ports, nursery, stopping, folder, shelf=shelf)
        probes = ProbeServer(
            live=lambda: None if loop.silence_seconds < DEAF_SECONDS else "the loop hangs",
            ready=lambda: "stopping" if stopping.is_set() else ports.clock.trouble(),
            host=settings.annotator.probe_host,
            port=settings.annotator.probe_port,
        )
        with probes:
            loop.run()
    return 0


def cage_lacks(_: Settings) -> list[str]:
    """One sentence when this kernel lacks a part of the cage."""
    lacks = this_kernel().lacks()
    return [] if lacks is None else [lacks]


def cage_refused(settings: Settings) -> list[str]:
    """The same where the settings demand the whole cage."""
    lacks = cage_lacks(settings) if settings.annotator.require_cage else []
    return [f"GAS_ANNOTATOR__REQUIRE_CAGE is set. {sentence}" for sentence in lacks]


def cautions(settings: Settings) -> list[str]:
    """What `--check` tells of the cage: a part that this kernel lacks, and children that stay root."""
    lacks = child_user.lacks()
    return [*cage_lacks(settings), *([] if lacks is None else [lacks])]


def tell_cage() -> None:
    """Say of what the cage of children is made here, in the metrics, and in the log if something is missing."""
    kernel = this_kernel()
    for part, there in kernel.parts.items():
        metrics.CAGE.labels(part).set(there)
    if (lacks := kernel.lacks()) is not None:
        log.warning("cage is incomplete", error=lacks)
    metrics.OWN_USER.set(child_user.can_be_given() and child_user.readable_by_all(own(())))
    if (lacks := child_user.lacks()) is not None:
        log.warning("children stay root", error=lacks)


def shelf_of(settings: Settings, ports: Ports) -> NodeShelf:
    """The bundles of this node, in the folder that the settings name."""
    ours = settings.annotator
    root = ours.references_dir or references_folder(ours.work_dir, ports.names.instance)
    places = Places(root)
    room = Room(places, ours.references_bytes, told=lambda _: metrics.EVICTIONS.inc())
    return NodeShelf(Fetch(ports.references, places, room), ports.clock)


def build(
    settings: Settings, ports: Ports, nursery: Nursery, stopping: StopRequest, folder: Path, *, shelf: Shelf
) -> Loop:
    """Put the annotator together; it works in the folder, with the bundles of the shelf."""
    ours = settings.annotator
    line = own_line(ours.line, former=ours.premium)
    queue, notes = ports.queue(line.channel), RunNotes()
    find = FindReference(ports.references, shelf, ports.clock)
    await_reference = AwaitReference(find, ports.jobs, queue, ports.publisher)
    metrics.DRAINING.set_function(stopping.seconds_ago)
    run_job = RunJob(
        jobs=ports.jobs,
        objects=ports.objects,
        queue=queue,
        publisher=ports.publisher,
        runner=_runner(settings, ports, nursery),
        clock=ports.clock,
        settings=RunSettings(
            holder=f"{socket.gethostname()}:{os.getpid()}",
            results_bucket=ports.names.bucket(Bucket.RESULTS),
            key_prefix=ports.key_prefix,
            lease=timedelta(seconds=ours.lease_seconds),
            drain=timedelta(seconds=ours.drain_seconds),
            plans=plans_of(settings),
            work_dir=folder,
        ),
        stop_time=stopping.time,
        onlooker=notes,
        await_reference=await_reference,
    )
    return Loop(
        queue,
        run_job,
        stopping,
        notes,
        clock=ports.clock,
        wait_seconds=ours.wait_seconds,
        lease_seconds=ours.lease_seconds,
        await_reference=await_reference,
    )


def _runner(settings: Settings, ports: Ports, nursery: Nursery) -> Runner:
    ours = settings.annotator
    runner = ChildRunner(nursery, _engine_limits(settings), _child_limits(settings), ours.command_folders)
    pace = timedelta(seconds=ours.pace_seconds)
    return PacedRunner(runner, ports.clock, pace) if pace else runner


def _engine_limits(settings: Settings) -> EngineLimits:
    ours = settings.annotator
    return EngineLimits(
        max_records=ours.max_records,
        max_line_bytes=ours.max_line_bytes,
        max_uncompressed_bytes=ours.file_bytes,
    )


def _child_limits(settings: Settings) -> ChildLimits:
    ours = settings.annotator
    return ChildLimits(
        cpu_seconds=int(ours.wall_seconds),
        memory_bytes=ours.memory_bytes,
        file_bytes=ours.file_bytes,
        wall_seconds=ours.wall_seconds,
    )
