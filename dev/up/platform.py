"""The whole platform on one machine: starts every part, remembers it in `up.json`, and stops it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dev.issuer.issuer import CLIENT_ID
from dev.issuer.people import OPERATOR_SUBJECT
from dev.kube import processes
from dev.kube.binaries import ensure_binaries
from dev.kube.control_plane import ControlPlane
from dev.kube.kubectl import Kubectl
from dev.kube.ports import free_ports
from dev.up.entrance import EntranceError, make_tokens
from dev.up.options import ROOT, Options
from gas.config import LOCAL_CLIENT_SECRET

PARTS = ("controllers", "annotator")
"""Our programs, in the order in which they start."""

READY_SECONDS = 60.0
"""A part that does not answer its probe by then has failed; usually it takes two seconds."""


class PlatformError(Exception):
    """The platform could not be started; the text says which part, why, and where its log is."""


@dataclass(frozen=True)
class Part:
    """One of our programs under way."""

    name: str
    pid: int
    probe: str | None
    mark: str


def _say(text: str) -> None:
    print(text, flush=True)


class Platform:
    """One running local platform. What is needed to find and stop it again stands in `up.json`."""

    def __init__(self, options: Options, up: dict[str, Any]) -> None:
        self.options = options
        self.up = up
        self._children: list[subprocess.Popen[bytes]] = []
        self._plane: ControlPlane | None = None

    @classmethod
    def start(
        cls, options: Options, say: Callable[[str], None] = _say, parts: tuple[str, ...] = PARTS
    ) -> "Platform":
        """Start the local AWS, the control plane and our programs, and return when every one answers.

        Raises:
            PlatformError: a part did not start, or the platform runs already.
        """
        if options.up_file.exists():
            raise PlatformError(f"{options.up_file} says that it runs already: `make down` first.")
        binaries = ensure_binaries(say=say)
        # The local AWS keeps nothing, so resources that an older run left in etcd would be windows on nothing.
        shutil.rmtree(options.state_dir, ignore_errors=True)
        platform = cls(options, {"instance": options.instance, "startedAt": _now(), "parts": {}})
        try:
            platform._start_all(binaries, parts)
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
        return self.options.settings(self.endpoint)

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
        label = label or name
        port = free_ports(1)[0]
        settings = {**self.settings, f"GAS_{name.upper()}__PROBE_PORT": str(port)}
        if name == "web":
            settings = {**self.settings, **self._web_settings(port)}
        settings |= more or {}
        if name == "controllers":
            settings["KUBECONFIG"] = self.up["controllersKubeconfig"]
        if name == "annotator":
            settings["GAS_ANNOTATOR__WORK_DIR"] = str(self.options.state_dir / "work" / label)
        program = str(Path(sys.executable).parent / f"gas-{name}")
        log = self.options.state_dir / "logs" / f"{label}.log"
        folder = self.options.state_dir / label
        folder.mkdir(parents=True, exist_ok=True)
        child = processes.start([sys.executable, program], log=log, folder=folder, settings=settings)
        self._children.append(child)
        part = Part(label, child.pid, f"http://127.0.0.1:{port}", program)
        self._remember(part)
        if wait:
            _await_ready(part, child, log)
        return part

    def start_entrance(self) -> None:
        """Start the local issuer and the web part, sign its three people in, and keep a token of each.

        Raises:
            PlatformError: one of the two did not start, or somebody could not be signed in.
        """
        command = [sys.executable, "-m", "dev.issuer", "--port", "0"]
        self.up["issuer"] = self._start_server("issuer", command, "address")
        self.up["web"] = self.start_part("web").probe
        # Only now is it known from where pages upload.
        self._setup({"GAS_WEB__PUBLIC_URL": self.up["web"]})
        try:
            self.up["tokens"] = make_tokens(self.up["web"])
        except EntranceError as error:
            raise PlatformError(str(error)) from error
        self._save()

    def _web_settings(self, port: int) -> dict[str, str]:
        return {
            "GAS_WEB__PORT": str(port),
            "GAS_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
            "GAS_WEB__ISSUER_URL": self.up["issuer"],
            "GAS_WEB__CLIENT_ID": CLIENT_ID,
            "GAS_WEB__CLIENT_SECRET": LOCAL_CLIENT_SECRET,
            "GAS_WEB__OPERATORS": json.dumps([OPERATOR_SUBJECT]),
        }

    def signal_part(self, label: str, number: signal.Signals) -> None:
        """Send a signal to a part and everything that it started, such as SIGSTOP and SIGCONT."""
        os.killpg(self.up["parts"][label]["pid"], number)

    def part_runs(self, label: str) -> bool:
        """True while the part's process is there."""
        part = self.up["parts"].get(label)
        self._reap()
        return part is not None and processes.alive(part["pid"], mark=part["mark"])

    def metrics_of(self, label: str) -> str:
        """What the part tells Prometheus."""
        with urllib.request.urlopen(f"{self.up['parts'][label]['probe']}/metrics", timeout=5) as answer:  # noqa: S310 - loopback
            return bytes(answer.read()).decode()

    def stop_part(self, label: str, *, kill: bool = False) -> None:
        """End one part: by SIGTERM, or at once by SIGKILL."""
        part = self.up["parts"].pop(label)
        pid, mark = part["pid"], part["mark"]
        processes.stop(pid, alive=lambda: processes.alive(pid, mark=mark), kill=kill, seconds=40.0)
        self._reap()
        self._save()

    def stop(self) -> None:
        """Stop everything that runs; stopping twice is stopping once."""
        for label in sorted(self.up["parts"], key=_stop_order):
            self.stop_part(label)
        if (self.options.state_dir / "kube" / "control-plane.json").exists():
            self.control_plane.stop()
        self._reap()
        self.options.up_file.unlink(missing_ok=True)

    def _start_all(self, binaries: Any, parts: tuple[str, ...]) -> None:
        state = self.options.state_dir
        cloud = self._start_cloud()
        self.up["aws"] = cloud
        plane = ControlPlane.start(state / "kube", binaries, instance=self.options.instance)
        self._plane = plane
        plane.apply_crds()
        self.up |= {
            "kubernetes": plane.server,
            "kubeconfig": str(plane.admin_kubeconfig),
            "kubectl": str(plane.kubectl),
            "controllersKubeconfig": str(plane.identity_for_controllers(self.namespace)),
            "namespace": self.namespace,
        }
        # People's kubectl then needs no -n.
        self.kubectl.run("config", "set-context", "--current", f"--namespace={self.namespace}")
        self._setup()
        for name in parts:
            self.start_part(name)

    def _start_cloud(self) -> str:
        state = self.options.state_dir / "aws"
        command = [sys.executable, "-m", "dev.cloud", "--port", "0", "--state-dir", str(state)]
        command += ["--thaw-seconds", str(self.options.thaw_seconds)]
        return self._start_server("aws", command, "endpoint")

    def _start_server(self, label: str, command: list[str], address: str) -> str:
        """Start one of the local stand-ins, which write their address to a file when they answer."""
        state = self.options.state_dir / label
        state.mkdir(parents=True, exist_ok=True)
        ready, log = state / "ready.json", self.options.state_dir / "logs" / f"{label}.log"
        ready.unlink(missing_ok=True)
        child = processes.start([*command, "--ready-file", str(ready)], log=log, folder=ROOT)
        self._children.append(child)
        self._remember(Part(label, child.pid, None, str(state)))
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise PlatformError(f"the local {label} did not start; the end of {log}:\n{_tail(log)}")
            time.sleep(0.05)
        return str(json.loads(ready.read_text())[address])

    def _setup(self, more: Mapping[str, str] | None = None) -> None:
        program = str(Path(sys.executable).parent / "gas-setup")
        done = subprocess.run(
            [sys.executable, program],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env={**self.settings, **(more or {}), "PATH": "/usr/bin:/bin"},
        )
        if done.returncode != 0:
            raise PlatformError(f"gas-setup failed: {done.stderr.strip()}")

    def _remember(self, part: Part) -> None:
        self.up["parts"][part.name] = {"pid": part.pid, "probe": part.probe, "mark": part.mark}
        self._save()

    def _save(self) -> None:
        self.options.up_file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.options.up_file.with_suffix(".new")
        unfinished.write_text(json.dumps(self.up, indent=2) + "\n")
        unfinished.replace(self.options.up_file)

    def _reap(self) -> None:
        for child in self._children:
            child.poll()


def _await_ready(part: Part, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{part.probe}/readyz", timeout=2):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise PlatformError(f"{part.name} did not become ready; the end of {log}:\n{_tail(log)}")


def _stop_order(label: str) -> int:
    """The local AWS last: the others say goodbye to it."""
    return 1 if label == "aws" else 0


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
