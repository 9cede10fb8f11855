"""Who may talk to whom: the chart's policies, judged connection by connection."""

from typing import Any

import pytest

from dev.run.helm.chart import Rendered
from tests.support.charts import Json, chart
from tests.support.network import Peer, allowed

AWS = Peer(address="52.94.5.1")
METADATA = Peer(address="169.254.169.254")
POD_IDENTITY = Peer(address="169.254.170.23")
API_SERVER = Peer(address="10.96.0.1")
DNS = Peer({"k8s-app": "kube-dns"}, "kube-system")
TRAEFIK = Peer({"app": "traefik"}, "traefik")
PROMETHEUS = Peer({"app": "prometheus"}, "monitoring")
STRANGER = Peer({"app": "other"}, "elsewhere")
NEIGHBOUR = Peer({"app": "other"}, "gas")


def part(component: str) -> Peer:
    """A pod of the release."""
    return Peer(
        {
            "app.kubernetes.io/name": "gas",
            "app.kubernetes.io/instance": "gas",
            "app.kubernetes.io/component": component,
        }
    )


WEB, ANNOTATOR, PREMIUM, CONTROLLERS, TEST = map(
    part, ("web", "annotator", "annotator-premium", "controllers", "test")
)
OTHER_RELEASE = Peer({**WEB.labels, "app.kubernetes.io/instance": "other"})

TABLE: dict[str, tuple[Peer, Peer, int, str, bool]] = {
    "pages from the ingress controller": (TRAEFIK, WEB, 8080, "TCP", True),
    "pages from anywhere in the cluster": (STRANGER, WEB, 8080, "TCP", True),
    "metrics of the web": (PROMETHEUS, WEB, 8081, "TCP", True),
    "another port of the web": (TRAEFIK, WEB, 22, "TCP", False),
    "the web asks AWS": (WEB, AWS, 443, "TCP", True),
    "the web asks DNS": (WEB, DNS, 53, "UDP", True),
    "the web asks OpenShift's DNS": (WEB, Peer({"dns": "default"}, "openshift-dns"), 5353, "UDP", True),
    "the web sends to a mail server": (WEB, AWS, 25, "TCP", False),
    "the web asks the Kubernetes API": (WEB, API_SERVER, 6443, "TCP", False),
    "the web calls an annotator": (WEB, ANNOTATOR, 8082, "TCP", False),
    "metrics of an annotator": (PROMETHEUS, ANNOTATOR, 8082, "TCP", True),
    "metrics of a premium annotator": (PROMETHEUS, PREMIUM, 8082, "TCP", True),
    "an annotator's shell": (STRANGER, ANNOTATOR, 22, "TCP", False),
    "an annotator asks AWS": (ANNOTATOR, AWS, 443, "TCP", True),
    "a premium annotator asks AWS": (PREMIUM, AWS, 443, "TCP", True),
    "an annotator asks for the node's role": (ANNOTATOR, METADATA, 80, "TCP", False),
    "an annotator asks for its own role": (ANNOTATOR, POD_IDENTITY, 80, "TCP", True),
    "an annotator opens a page": (ANNOTATOR, WEB, 8080, "TCP", False),
    "an annotator scans the cluster": (ANNOTATOR, STRANGER, 8080, "TCP", False),
    "an annotator asks the Kubernetes API": (ANNOTATOR, API_SERVER, 6443, "TCP", False),
    "the controllers ask the Kubernetes API": (CONTROLLERS, API_SERVER, 6443, "TCP", True),
    "the controllers ask AWS": (CONTROLLERS, AWS, 443, "TCP", True),
    "metrics of the controllers": (PROMETHEUS, CONTROLLERS, 8083, "TCP", True),
    "the controllers open a page": (CONTROLLERS, WEB, 8080, "TCP", False),
    "another release is none of ours": (OTHER_RELEASE, AWS, 25, "TCP", True),
}


def policies(rendered: Rendered) -> list[Any]:
    """The policies of a render."""
    return [each for each in rendered.objects if each["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize(("source", "target", "port", "protocol", "passes"), TABLE.values(), ids=TABLE)
def test_who_may_talk_to_whom(source: Peer, target: Peer, port: int, protocol: str, *, passes: bool) -> None:
    """By default: pages and metrics in, DNS and AWS out, and between the parts nothing."""
    given = policies(chart({"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}}))

    assert allowed(given, source, target, port, protocol) is passes


FROM_TRAEFIK: Json = {
    "web": {
        "networkPolicy": {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}]
        }
    }
}


@pytest.mark.parametrize(
    ("source", "passes"),
    [(TRAEFIK, True), (TEST, True), (STRANGER, False), (NEIGHBOUR, False)],
    ids=["traefik", "helm test", "stranger", "neighbour"],
)
def test_pages_only_through_the_ingress_controller(source: Peer, *, passes: bool) -> None:
    """When it is named, nobody else reaches the pods but the release's own test."""
    assert allowed(policies(chart(FROM_TRAEFIK)), source, WEB, 8080) is passes


def test_a_local_aws_and_issuer_are_reached_on_their_ports() -> None:
    """What the settings name is let through: the endpoint from every part, the issuer from the web alone."""
    given = policies(chart(name="local"))
    local = Peer({"app": "aws"}, "local-aws")

    assert [allowed(given, who, local, 5000) for who in (WEB, CONTROLLERS)] == [True, True]
    assert [allowed(given, who, local, 8090) for who in (WEB, CONTROLLERS)] == [True, False]


def test_more_rules_are_added() -> None:
    """What an installation needs beside is its own."""
    rule = {"ports": [{"port": 5432, "protocol": "TCP"}]}
    more = {"controllers": {"networkPolicy": {"egress": [rule], "ingress": [rule]}}}
    given = policies(chart(more))

    assert allowed(given, CONTROLLERS, AWS, 5432)
    assert allowed(given, STRANGER, CONTROLLERS, 5432)
    assert not allowed(given, ANNOTATOR, AWS, 5432)
