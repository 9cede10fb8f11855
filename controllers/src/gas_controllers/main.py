"""Starts the controllers: settings in, lanes, consumers, sweep and kopf's watch as the thin edge."""

import asyncio
import contextlib
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import kopf
from kubernetes import client, config

from gas.bootstrap import Ports, aws_ports, plans_of, storage_cautions
from gas.config import Settings
from gas.domain.decision import Rules
from gas.domain.line import EVERYBODY, Line
from gas.domain.names import Bucket
from gas.domain.spec import RetrievalTier
from gas.launch import hear_stops
from gas.lines import FORMER_LINE, further_lines
from gas.metrics import tell_build, tell_clock
from gas.probes import ProbeServer
from gas.startup import settings_or_exit_code, start_traces
from gas_controllers.cluster.annotation_job import GROUP, PLURAL, VERSION
from gas_controllers.cluster.errors import NOT_FOUND
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.unremembered import Unremembered
from gas_controllers.controllers import Controllers


def main(argv: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after an orderly end, 2 when the settings are refused."""
    settings = settings_or_exit_code(
        "gas-controllers", "Takes every job through its states.", argv, cautions=storage_cautions
    )
    if isinstance(settings, int):
        return settings
    api = kubernetes_client(settings)
    ports = aws_ports(settings)
    controllers = build(settings, ports, api)
    health = controllers.health
    tell_build("controllers")
    tell_clock(ports.clock.ahead)
    start_traces("gas-controllers")
    with ProbeServer(
        health.live, health.ready, host=settings.controllers.probe_host, port=settings.controllers.probe_port
    ):
        controllers.start()
        try:
            if controllers.await_kind():
                controllers.compare()
            while watch(controllers, api.configuration.host, settings.names.namespace):
                # Kopf has put the signals back to what ends a program at once, and in a container to nothing.
                hear_stops()
                controllers.await_kind()
                controllers.compare()
        finally:
            controllers.stop()
    return 0


def watch(controllers: Controllers, server: str, namespace: str) -> bool:
    """Watch until told to stop; True when it is to begin anew: the kind is gone, or the cluster is another one."""
    end = WatchEnd()
    controllers.begin_watch(end.ask)
    try:
        kopf.run(
            registry=watch_registry(controllers, server, end),
            settings=watch_settings(),
            namespaces=[namespace],
            standalone=True,
            identity=own_identity(),
            stop_flag=end.flag,
        )
    except Exception as error:
        if getattr(error, "status", None) != NOT_FOUND:
            raise
        return True
    return end.asked


def own_identity() -> Any:
    """What kopf may call this process: a pod's host is called like the pod.

    Left to itself, kopf asks for the user's name, which the numeric user of a container need not have.
    """
    return socket.gethostname()


def build(settings: Settings, ports: Ports, api: client.ApiClient) -> Controllers:
    """Put the controllers together."""
    return Controllers(
        ports=ports,
        cluster=Cluster(api, settings.names.namespace),
        rules=rules(settings, ports),
        lines=deployments(settings),
        settings=settings.controllers,
        public_url=str(settings.web.public_url),
    )


def deployments(settings: Settings) -> dict[Line, str]:
    """Every line, with the Deployment of its annotators as far as it is known."""
    ours = settings.controllers
    further = {line: said.deployment for line, said in further_lines(settings).items()}
    if FORMER_LINE in further and not further[FORMER_LINE]:
        further[FORMER_LINE] = ours.premium_annotator_deployment
    return {EVERYBODY: ours.annotator_deployment, **further}


def rules(settings: Settings, ports: Ports) -> Rules:
    """The settings that decisions depend on, in the words of the domain."""
    lifecycle = settings.lifecycle
    return Rules(
        inputs_bucket=ports.names.bucket(Bucket.INPUTS),
        key_prefix=ports.key_prefix,
        plans=plans_of(settings),
        retention=timedelta(seconds=lifecycle.retention_seconds),
        longest_link=timedelta(seconds=lifecycle.link_seconds),
        retrieval_poll=timedelta(seconds=lifecycle.retrieval_poll_seconds),
        form_lands=timedelta(seconds=lifecycle.forget_seconds),
        delete_settles=timedelta(seconds=lifecycle.delete_settles_seconds),
        second_look=timedelta(seconds=settings.controllers.second_look_seconds),
        expected_retrieval={
            RetrievalTier.EXPEDITED: timedelta(seconds=lifecycle.expedited_seconds),
            RetrievalTier.STANDARD: timedelta(seconds=lifecycle.standard_seconds),
            RetrievalTier.BULK: timedelta(seconds=lifecycle.bulk_seconds),
        },
        hot_look=timedelta(seconds=lifecycle.hot_look_seconds) if lifecycle.hot_look_seconds else None,
        keep_versions=lifecycle.keep_versions,
        jobs_in_line=settings.plans.jobs_in_line,
        annotators_counted=bool(settings.controllers.annotator_deployment),
        leftover_delay=timedelta(seconds=settings.annotator.lease_seconds * 5),
    )


class WatchEnd:
    """Ends a watch from any thread, as nothing else but a signal or an error would.

    Kopf takes a thread's event too, but waits for it in a thread that it cannot end: a watch that failed would hang there.
    """

    def __init__(self) -> None:
        self.flag = asyncio.Event()
        self.asked = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self) -> None:
        """End the watch, be it now or as soon as it begins."""
        self.asked = True
        if self._loop is not None:
            # A loop that was closed has ended its watch already.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.flag.set)

    def listen(self) -> None:
        """Take notice of who asks, from within the loop of the watch."""
        self._loop = asyncio.get_running_loop()
        if self.asked:
            self.flag.set()


def watch_registry(controllers: Controllers, server: str, end: WatchEnd) -> kopf.OperatorRegistry:
    """The one handler that kopf calls: it only notes what was seen and asks for a pass. The API server is that address."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def login(**details: Any) -> kopf.ConnectionInfo | None:
        found = kopf.login_with_service_account(**details) or kopf.login_with_kubeconfig(**details)
        # In a pod kopf would ask DNS for a name, which fails where a NetworkPolicy lets no pod ask, or not yet.
        return replace(found, server=server) if found else None

    @kopf.on.startup(registry=registry)
    async def start_beat(memo: kopf.Memo, **_: Any) -> None:
        end.listen()
        memo.beat = asyncio.create_task(controllers.beat.beat())

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
    async def seen(event: kopf.RawEvent, **_: Any) -> None:
        controllers.resource_seen(str(event["type"]), dict(event["object"]))

    return registry


def watch_settings() -> kopf.OperatorSettings:
    """Kopf with bounded connections and workers, no annotations, no peering and no scanning."""
    settings = kopf.OperatorSettings()
    # The namespace and the kind are known: a scan of the cluster would need rights that we do not ask for.
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = Unremembered()
    # Fifty workers that free their slot at once took 3,000 jobs with 85 MB; the default has no bound.
    settings.queueing.worker_limit = 50
    settings.queueing.idle_timeout = 0.2
    settings.watching.server_timeout = 300
    settings.watching.connect_timeout = 5
    return settings


def kubernetes_client(settings: Settings) -> client.ApiClient:
    """A client of the API server that this process is a pod of, or that its kubeconfig names."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        config.load_kube_config()
    configuration = client.Configuration.get_default_copy()
    configuration.connection_pool_maxsize = (
        settings.controllers.state_workers + settings.controllers.copy_workers + 4
    )
    # One try a call: the lanes repeat whole passes, with a growing pause.
    configuration.retries = False
    return client.ApiClient(configuration)
