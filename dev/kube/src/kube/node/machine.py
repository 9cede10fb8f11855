"""What a machine looks like: everything that a node could leave behind, read so that before and after can be compared."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from kube.node import cgroups

Snapshot = Mapping[str, Mapping[str, str]]
"""Of each kind of thing, what there is, by its name."""

VOLATILE = re.compile(
    r"^(fs/(dentry-state|file-nr|inode-nr|inode-state|quota/.*|aio-nr)"
    r"|kernel/(ns_last_pid|random/.*|pty/nr|sched_domain/.*|cap_last_cap)"
    r"|net/netfilter/nf_conntrack_count)$"
)
"""Counters among the kernel's settings: they move by themselves."""

NODE_GROUPS = ("gas-node", "kubepods", "k8s.io", "containerd")
"""What the control groups of a node, its pods and its runtime are called."""

_SECONDS = 20.0


def snapshot() -> Snapshot:
    """The machine as it is now: links, addresses, routes, rules, settings, mounts, groups, processes' namespaces, /etc."""
    looks: dict[str, Callable[[], Mapping[str, str]]] = {
        "link": _links,
        "route": _routes,
        "firewall rule": _firewall,
        "kernel setting": _kernel_settings,
        "mount": _mounts,
        "control group": control_groups,
        "file of /etc": _configuration,
        "entry": _entries,
    }
    return {kind: look() for kind, look in looks.items()}


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """A sentence for each thing that is not as it was; empty when all is."""
    found = []
    for kind, was in before.items():
        now = after[kind]
        found += [f"{kind} {name} is new: {now[name]}" for name in sorted(now.keys() - was.keys())]
        found += [f"{kind} {name} is gone: {was[name]}" for name in sorted(was.keys() - now.keys())]
        found += [
            f"{kind} {name} was {was[name]} and is {now[name]}"
            for name in sorted(was.keys() & now.keys())
            if was[name] != now[name]
        ]
    return found


def processes_of(holder: int, cgroup: str) -> frozenset[tuple[int, str]]:
    """The processes in a node's namespaces or control groups, each by its id and the time that it started at."""
    own = [_namespace(holder, kind) for kind in ("net", "mnt", "pid")]
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        inside = any(
            _namespace(pid, kind) == each for kind, each in zip(("net", "mnt", "pid"), own, strict=True)
        )
        if inside or cgroup in _text(folder / "cgroup"):
            found.add((pid, _start_time(pid)))
    return frozenset(found)


def still_there(processes: frozenset[tuple[int, str]]) -> list[int]:
    """Those of the processes that have not ended."""
    return [pid for pid, started in sorted(processes) if _start_time(pid) == started]


def _namespace(pid: int, kind: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/{kind}").readlink())
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """When the process started, in ticks of the kernel; empty when it is gone."""
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    # The name before it may hold spaces, so fields are counted behind its bracket.
    return fields[19] if fields else ""


def _links() -> Mapping[str, str]:
    links = json.loads(_run("ip", "-json", "address"))
    return {
        link["ifname"]: " ".join(
            [*link["flags"], *(f"{each['local']}/{each['prefixlen']}" for each in link["addr_info"])]
        )
        for link in links
    }


def _routes() -> Mapping[str, str]:
    lines = [line for family in ("-4", "-6") for line in _run("ip", family, "route").splitlines()]
    rules = _run("ip", "rule").splitlines()
    return {re.sub(r" expires \d+sec", "", line).strip(): "" for line in (*lines, *rules)}


def _firewall() -> Mapping[str, str]:
    """Every rule, without the counters and the time that the listing begins with."""
    rules = {}
    for program in ("iptables-save", "ip6tables-save"):
        for line in _run(program).splitlines():
            if not line.startswith("#"):
                rule = re.sub(r"\[\d+:\d+\]", "", line).strip()
                rules[f"{program}: {rule}"] = ""
    return rules


def _kernel_settings() -> Mapping[str, str]:
    root = Path("/proc/sys")
    found = {}
    for folder, _, files in os.walk(root):
        for file in files:
            path = Path(folder, file)
            name = str(path.relative_to(root))
            if not VOLATILE.match(name):
                found[name] = _text(path)
    return found


def _mounts() -> Mapping[str, str]:
    lines = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return {fields[1]: f"{fields[0]} {fields[2]} {fields[3]}" for fields in lines}


def control_groups() -> Mapping[str, str]:
    """Those that a node makes, and what the roots hand on; others come and go with every service and every session."""
    mounts = cgroups.hierarchies()
    folders = (folder for mount in mounts for folder, _, _ in os.walk(mount))
    found = {folder: "" for folder in folders if any(name in folder for name in NODE_GROUPS)}
    return found | {str(mount): " ".join(sorted(cgroups.handed_on(mount))) for mount in mounts}


def _configuration() -> Mapping[str, str]:
    found = {}
    for folder, _, files in os.walk("/etc"):
        for file in files:
            path = Path(folder, file)
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[str(path)] = f"{path.lstat().st_mode:o} {hashlib.sha256(content).hexdigest()}"
    return found


def _entries() -> Mapping[str, str]:
    """What lies directly in the folders where programs keep their state."""
    folders = ("/run", "/run/netns", "/var/lib", "/var/log", "/var/lib/cni", "/opt/cni")
    return {str(each): "" for folder in folders if Path(folder).is_dir() for each in Path(folder).iterdir()}


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        # Some can only be written.
        return ""


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS).stdout
