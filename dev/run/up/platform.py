"""The whole platform on one machine: starts every part, remembers it in `up.json`, and stops it."""

import json
import os
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dev.run.installation import CRDS, identity_for_controllers
from dev.run.side_work import beside
from dev.run.up.built_reference import BuiltReference
from dev.run.up.entrance import make_tokens
from dev.run.up.errors import PlatformError
from dev.run.up.options import Options, sign_in_settings
from dev.run.up.programs import Part, Started, run_program, start_program, start_stand_in
from dev.run.up.yeast_reference import prepare_yeast
from kube import processes
from kube.binaries import Binaries, ensure_binaries
from kube.control_plane import ControlPlane
from kube.kubectl import Kubectl
from kube.ports import free_ports

PARTS = ("controllers", "annotator")
"""Our programs that a job needs, in the order in which they start."""

STOP_SECONDS = 40.0
"""How long a part may take to end by itself before it is killed."""


def _say(text: str) -> None:
    print(text, flush=True)


class Platform:
    """One running local platform. What is needed to find and stop it again stands in `up.json`."""

    def __init__(self, options: Options, up: dict[str, Any]) -> None:
        self.options = options
        self.up = up
        self.yeast: BuiltReference | None = None
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._plane: ControlPlane | None = None
        self._saving = threading.Lock()

    @classmethod
    def start(
        cls,
        options: Options,
        say: Callable[[str], None] = _say,
        parts: tuple[str, ...] = PARTS,
        *,
        entrance: bool = False,
        yeast_sample: Path | None = None,
    ) -> "Platform":
        """Start the local AWS, the control plane and our programs, and return when every one answers.

        With `entrance` the web part and the local issuer too, with a token of each of its three people. With `yeast_sample` yeast is
        published beside rCRS, if it can be had (`yeast`), and a file to send against it is written there.

        Raises:
            PlatformError: a part did not start, or the platform runs already.
        """
        if options.up_file.exists():
            raise PlatformError(
                f"{options.up_file} says that it runs already, and `make up` and `make demo` run one at a time: "
                "`make down` first, which forgets every job."
            )
        binaries = ensure_binaries(say=say)
        say("Starting the platform: half a minute or so.")
        # The local AWS keeps nothing, so resources that an older run left in etcd would be windows on nothing.
        shutil.rmtree(options.state_dir, ignore_errors=True)
        platform = cls(options, {"instance": options.instance, "startedAt": _now(), "parts": {}})
        try:
            with beside(partial(prepare_yeast, options.state_dir / "yeast", yeast_sample, say)) as yeast:
                platform._start_all(binaries, parts, yeast, entrance=entrance)
        except BaseException:
            platform.stop()
            raise
        return platform

    @classmethod
    def attach(cls, options: Options) -> "Platform":
        """The platform that another process started.

        Raises:
            PlatformError: none was started.
        """
        if not options.up_file.exists():
            raise PlatformError(f"{options.up_file} does not exist: nothing runs. `make up` starts it.")
        return cls(options, json.loads(options.up_file.read_text()))

    @property
    def endpoint(self) -> str:
        """The address of the local AWS."""
        return str(self.up["aws"])

    @property
    def namespace(self) -> str:
        """The namespace of the instance."""
        return self.options.instance

    @property
    def settings(self) -> dict[str, str]:
        """The environment that our programs are started with."""
        return self.options.settings(self.endpoint, self.up.get("web"))

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator."""
        return Kubectl(Path(self.up["kubectl"]), Path(self.up["kubeconfig"]))

    @property
    def control_plane(self) -> ControlPlane:
        """The control plane."""
        if self._plane is None:
            self._plane = ControlPlane.attach(self.options.state_dir / "kube")
        return self._plane

    def start_part(
        self, name: str, label: str | None = None, *, more: Mapping[str, str] | None = None, wait: bool = True
    ) -> Part:
        """Start one of our programs (`controllers`, `annotator`, or `web`), and wait until it answers its probe.

        `more` is set on top of the platform's settings: another lease, another way to AWS.
        """
        started = self._start(name, label or name, more or {})
        return started.await_probe() if wait else started.part

    def start_entrance(self, more: Mapping[str, str] | None = None) -> None:
        """Start the local issuer and the web part, sign its three people in, and keep a token of each.

        `more` is set on top of the web part's settings.

        Raises:
            PlatformError: one of the two did not start, or somebody could not be signed in.
        """
        self._open_entrance(self._start_stand_in("issuer", "dev.run.issuer"))
        # Only now is it known from where pages upload.
        run_program("setup", settings=self.settings)
        self.start_part("web", more=more)
        self._keep_tokens()

    def signal_part(self, label: str, number: signal.Signals) -> None:
        """Send a signal to a part and everything that it started, such as SIGSTOP and SIGCONT."""
        os.killpg(self.up["parts"][label]["pid"], number)

    def part_runs(self, label: str) -> bool:
        """True while the part's process is there."""
        part = self.up["parts"].get(label)
        return part is not None and self._alive(part["pid"], part["mark"])

    def metrics_of(self, label: str) -> str:
        """What the part tells Prometheus."""
        with urllib.request.urlopen(f"{self.up['parts'][label]['probe']}/metrics", timeout=5) as answer:  # noqa: S310 - loopback
            return bytes(answer.read()).decode()

    def stop_part(self, label: str, *, kill: bool = False) -> None:
        """End one part: by SIGTERM, or at once by SIGKILL."""
        part = self.up["parts"][label]
        pid, mark = part["pid"], part["mark"]
        processes.stop(pid, alive=lambda: self._alive(pid, mark), kill=kill, seconds=STOP_SECONDS)
        with self._saving:
            del self.up["parts"][label]
            self._save()

    def stop(self) -> None:
        """Stop everything that runs; stopping twice is stopping once."""
        others = [label for label in self.up["parts"] if label != "aws"]
        with ThreadPoolExecutor(max(1, len(others))) as threads:
            # Side by side, for each takes the seconds of its long poll. The local AWS is last: they say goodbye to it.
            list(threads.map(self.stop_part, others))
        if "aws" in self.up["parts"]:
            self.stop_part("aws")
        if (self.options.state_dir / "kube" / "control-plane.json").exists():
            self.control_plane.stop()
        self.options.up_file.unlink(missing_ok=True)

    def _start_all(
        self,
        binaries: Binaries,
        parts: tuple[str, ...],
        yeast: Future[BuiltReference | None],
        *,
        entrance: bool,
    ) -> None:
        """All at once where nothing has to wait for another: a start is mostly Python reading its modules."""
        state, thaw = self.options.state_dir, str(self.options.thaw_seconds)
        aws = self._start_stand_in(
            "aws", "dev.run.cloud", "--state-dir", str(state / "aws"), "--thaw-seconds", thaw
        )
        issuer = self._start_stand_in("issuer", "dev.run.issuer") if entrance else None
        self._start_control_plane(binaries)
        self.up["aws"] = aws.await_address()
        if issuer is not None:
            self._open_entrance(issuer)
            parts = (*parts, "web")
        run_program("setup", settings=self.settings)
        # Before anybody reads the catalogue, of which they then believe a copy for a minute.
        self.yeast = yeast.result()
        if self.yeast is not None:
            self.yeast.publish(self.settings)
        for started in [self._start(name, name, {}) for name in parts]:
            started.await_probe()
        if issuer is not None:
            self._keep_tokens()

    def _start_control_plane(self, binaries: Binaries) -> None:
        folder = self.options.state_dir / "kube"
        plane = ControlPlane.start(folder, binaries, instance=self.options.instance)
        self._plane = plane
        plane.apply_crds(CRDS)
        self.up |= {
            "kubernetes": plane.server,
            "kubeconfig": str(plane.admin_kubeconfig),
            "kubectl": str(plane.kubectl),
            "controllersKubeconfig": str(identity_for_controllers(plane, self.namespace)),
            "namespace": self.namespace,
        }
        # People's kubectl then needs no -n.
        self.kubectl.run("config", "set-context", "--current", f"--namespace={self.namespace}")

    def _open_entrance(self, issuer: Started) -> None:
        """Choose the web's address before anything starts that has to know it: e-mails link to it."""
        self.up["issuer"] = issuer.await_address()
        self.up["web"] = f"http://127.0.0.1:{free_ports(1)[0]}"

    def _keep_tokens(self) -> None:
        tokens = make_tokens(self.up["web"], "profile:read")
        with self._saving:
            self.up["tokens"] = tokens
            self._save()

    def _start(self, name: str, label: str, more: Mapping[str, str]) -> Started:
        [port] = free_ports(1)
        settings = {**self.settings, **self.options.settings_of(name, label, port)}
        if name == "web":
            settings |= sign_in_settings(self.up["issuer"])
            settings["GAS_WEB__PORT"] = str(urlsplit(self.up["web"]).port)
        if name == "controllers":
            settings["KUBECONFIG"] = self.up["controllersKubeconfig"]
        program = start_program(name, label, self.options.state_dir, {**settings, **more}, port=port)
        return self._remember(program)

    def _start_stand_in(self, label: str, *arguments: str) -> Started:
        return self._remember(start_stand_in(label, self.options.state_dir, *arguments))

    def _remember(self, started: Started) -> Started:
        part = started.part
        self._children[part.pid] = started.child
        with self._saving:
            self.up["parts"][part.name] = {"pid": part.pid, "probe": part.probe, "mark": part.mark}
            self._save()
        return started

    def _save(self) -> None:
        self.options.up_file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.options.up_file.with_suffix(".new")
        unfinished.write_text(json.dumps(self.up, indent=2) + "\n")
        # up.json holds access tokens.
        unfinished.chmod(0o600)
        unfinished.replace(self.options.up_file)

    def _alive(self, pid: int, mark: str) -> bool:
        return processes.alive(pid, mark=mark, child=self._children.get(pid))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
