"""A small model of NetworkPolicies: whether a connection is let through, by the rules of networking.k8s.io/v1.

No enforcer can be run on every machine, so the chart's policies are judged by this table-driven model and checked for
their form by the real API server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod in a namespace, or an address outside the cluster."""

    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str = "gas"
    address: str | None = None

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        """What Kubernetes itself puts on a namespace."""
        return {"kubernetes.io/metadata.name": self.namespace}


def allowed(policies: list[Json], source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """True when the source may connect to the port of the target: both ends must let it through."""
    way = (port, protocol)
    return _passes(policies, "Egress", source, target, way) and _passes(
        policies, "Ingress", target, source, way
    )


def _passes(policies: list[Json], direction: str, here: Peer, there: Peer, way: tuple[int, str]) -> bool:
    """Whether one end lets it through: an end that no policy selects does; one that some do needs a rule that fits."""
    if here.address is not None:
        return True
    holding = [each for each in policies if _holds(each, direction, here)]
    if not holding:
        return True
    side, peers = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return any(
        _ports_fit(rule.get("ports"), *way) and _peers_fit(rule.get(peers), there, policy)
        for policy in holding
        for rule in policy["spec"].get(side) or []
    )


def _holds(policy: Json, direction: str, pod: Peer) -> bool:
    spec = policy["spec"]
    return (
        policy["metadata"]["namespace"] == pod.namespace
        and direction in spec["policyTypes"]
        and _selects(spec["podSelector"], pod.labels)
    )


def _ports_fit(ports: Any, port: int, protocol: str) -> bool:
    return not ports or any(each["port"] == port and each["protocol"] == protocol for each in ports)


def _peers_fit(peers: Any, there: Peer, policy: Json) -> bool:
    return not peers or any(_peer_fits(each, there, policy) for each in peers)


def _peer_fits(peer: Json, there: Peer, policy: Json) -> bool:
    if "ipBlock" in peer:
        return there.address is not None and ip_address(there.address) in ip_network(peer["ipBlock"]["cidr"])
    if there.address is not None:
        return False
    inside = (
        _selects(peer["namespaceSelector"], there.namespace_labels)
        if "namespaceSelector" in peer
        else there.namespace == policy["metadata"]["namespace"]
    )
    return inside and _selects(peer.get("podSelector", {}), there.labels)


def _selects(selector: Json, labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and all(
        _expression_fits(each, labels) for each in selector.get("matchExpressions", [])
    )


def _expression_fits(expression: Json, labels: Mapping[str, str]) -> bool:
    if expression["operator"] != "In":
        raise NotImplementedError(expression["operator"])
    return labels.get(expression["key"]) in expression["values"]
