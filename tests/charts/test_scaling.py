"""Who says how many pods there are, what ends them, and in which order the times must stand."""

from typing import Any

import pytest

from gas.adapters.aws.session import ATTEMPTS, CONNECT_SECONDS, OBJECT_READ_SECONDS, READ_SECONDS
from gas.config import Settings
from gas.services.heart import BEATS_PER_LEASE
from gas_annotator.loop import PAUSE_SECONDS
from gas_controllers.controllers import STOP_SECONDS
from gas_setup.infrastructure import VISIBILITY_SECONDS
from gas_web.server import GRACEFUL_SECONDS
from tests.support.charts import Json, chart, one

PREMIUM: Json = {"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}}
NO_SCALERS: Json = {
    "web": {"autoscaling": {"enabled": False}},
    "annotator": {"autoscaling": {"enabled": False}},
}


def pod(rendered: Any, name: str) -> Json:
    """The pod template's spec of a Deployment."""
    spec: Json = one(rendered, "Deployment", name)["spec"]["template"]["spec"]
    return spec


def test_no_replicas_where_a_scaler_owns_them() -> None:
    """Helm would take pods away at each upgrade, and the autoscaler bring them back."""
    scaled = {
        each["metadata"]["name"]: each["spec"].get("replicas")
        for each in chart(PREMIUM).objects
        if each["kind"] == "Deployment"
    }
    fixed = {
        each["metadata"]["name"]: each["spec"].get("replicas")
        for each in chart(PREMIUM, NO_SCALERS).objects
        if each["kind"] == "Deployment"
    }

    assert scaled == {
        "gas-web": None,
        "gas-annotator": None,
        "gas-annotator-premium": None,
        "gas-controllers": 1,
    }
    assert fixed == {"gas-web": 2, "gas-annotator": 1, "gas-annotator-premium": 1, "gas-controllers": 1}


def test_without_scalers_there_are_none() -> None:
    """Neither KEDA's resources nor an autoscaler are asked for."""
    kinds = {each["kind"] for each in chart(NO_SCALERS).objects}

    assert kinds & {"ScaledObject", "TriggerAuthentication", "HorizontalPodAutoscaler"} == set()


def test_no_deployment_has_two_scalers() -> None:
    """KEDA makes an autoscaler of its own: a second would fight it."""
    objects = chart(PREMIUM).objects
    targets = [
        each["spec"]["scaleTargetRef"]["name"]
        for each in objects
        if each["kind"] in {"ScaledObject", "HorizontalPodAutoscaler"}
    ]

    assert sorted(targets) == ["gas-annotator", "gas-annotator-premium", "gas-web"]


def test_the_annotators_follow_their_queue() -> None:
    """One message, waiting or under way, is one pod; the queue is asked every five seconds, and unknown is not zero."""
    spec = one(chart(), "ScaledObject", "gas-annotator")["spec"]
    [trigger] = spec["triggers"]

    assert trigger["type"] == "aws-sqs-queue"
    assert trigger["metadata"] == {
        "queueURL": "gas-job-requests",
        "queueLength": "1",
        "activationQueueLength": "0",
        "scaleOnInFlight": "true",
        "scaleOnDelayed": "false",
        "awsRegion": "us-east-1",
    }
    assert 5 <= spec["pollingInterval"] <= 10
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 10)
    assert spec["fallback"] == {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicasIfHigher"}
    up = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleUp"]
    assert up["policies"] == [{"type": "Pods", "value": spec["maxReplicaCount"], "periodSeconds": 15}]
    down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] == 60
    assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 30}]


def test_premium_users_have_their_own_queue_and_a_warm_floor() -> None:
    """The same object with another queue, and never less than one pod."""
    rendered = chart(PREMIUM)
    standard, premium = (
        one(rendered, "ScaledObject", f"gas-annotator{end}")["spec"] for end in ("", "-premium")
    )

    assert premium["triggers"][0]["metadata"]["queueURL"] == "gas-job-requests-premium"
    assert (premium["minReplicaCount"], premium["fallback"]["replicas"]) == (1, 1)
    assert premium["scaleTargetRef"]["name"] == "gas-annotator-premium"
    assert {**premium["advanced"]} == {**standard["advanced"]}


def test_the_fallback_is_never_below_the_floor() -> None:
    """Otherwise a queue that cannot be read would take warm pods away."""
    rendered = chart({"annotator": {"lines": [{"name": "premium", "minReplicas": 4}]}})

    assert one(rendered, "ScaledObject", "gas-annotator-premium")["spec"]["fallback"]["replicas"] == 4


AUTHENTICATIONS: dict[str, tuple[Json, Json]] = {
    "operator": ({}, {"podIdentity": {"provider": "aws"}}),
    "role": (
        {"roleArn": "arn:aws:iam::123456789012:role/k"},
        {"podIdentity": {"provider": "aws", "roleArn": "arn:aws:iam::123456789012:role/k"}},
    ),
    "secret": (
        {"existingSecret": "keys"},
        {
            "secretTargetRef": [
                {"parameter": "awsAccessKeyID", "name": "keys", "key": "AWS_ACCESS_KEY_ID"},
                {"parameter": "awsSecretAccessKey", "name": "keys", "key": "AWS_SECRET_ACCESS_KEY"},
            ]
        },
    ),
}


@pytest.mark.parametrize(("given", "spec"), AUTHENTICATIONS.values(), ids=AUTHENTICATIONS)
def test_how_keda_may_ask_the_queue(given: Json, spec: Json) -> None:
    """As its operator's role, as a role of its own, or by keys in a Secret."""
    rendered = chart({"annotator": {"autoscaling": {"authentication": given}}})

    assert one(rendered, "TriggerAuthentication", "gas-annotator")["spec"] == spec


def test_a_trigger_authentication_that_exists_is_used() -> None:
    """Then none is made."""
    rendered = chart({"annotator": {"autoscaling": {"authentication": {"triggerAuthentication": "theirs"}}}})
    [trigger] = one(rendered, "ScaledObject", "gas-annotator")["spec"]["triggers"]

    assert trigger["authenticationRef"] == {"name": "theirs"}
    assert not [each for each in rendered.objects if each["kind"] == "TriggerAuthentication"]


def test_a_local_aws_is_where_keda_asks() -> None:
    """The endpoint of the settings is KEDA's as well."""
    rendered = chart({"annotator": {"autoscaling": {"enabled": True}}}, name="local")

    [trigger] = one(rendered, "ScaledObject", "gas-annotator")["spec"]["triggers"]

    assert trigger["metadata"]["awsEndpoint"] == "http://aws.local-aws.svc:5000"


def test_web_pods_are_at_least_two() -> None:
    """One may always go."""
    spec = one(chart(), "HorizontalPodAutoscaler", "gas-web")["spec"]

    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    assert pod(chart(), "gas-web")["containers"][0]["resources"]["requests"]["cpu"]


def test_the_controllers_are_one_at_a_time() -> None:
    """The old pod ends before the new one starts."""
    spec = one(chart(), "Deployment", "gas-controllers")["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_times_of_the_annotator_are_in_order() -> None:
    """A beat, a lease, a long poll and a drain all fit into what holds them; so does the pod's grace."""
    settings = Settings().annotator
    grace = pod(chart(), "gas-annotator")["terminationGracePeriodSeconds"]

    beat = settings.lease_seconds / BEATS_PER_LEASE
    # The queue hides a message as long as a lease lives, whoever receives it.
    assert 3 * beat <= min(VISIBILITY_SECONDS, settings.lease_seconds)
    assert settings.lease_seconds <= VISIBILITY_SECONDS
    assert settings.drain_seconds + settings.wait_seconds + PAUSE_SECONDS < grace
    # An S3 call that begins as the drain ends, and never gets an answer, gives up with time left to hand the job back.
    waits = sum(2**turn for turn in range(ATTEMPTS - 1))
    silent = ATTEMPTS * (CONNECT_SECONDS + OBJECT_READ_SECONDS) + waits
    assert settings.drain_seconds + silent + CONNECT_SECONDS + READ_SECONDS < grace


def test_times_of_the_web_are_in_order() -> None:
    """The pod is forgotten by the cluster, then it finishes what it answers, then it is killed."""
    spec = pod(chart(), "gas-web")
    forgotten = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    readiness = spec["containers"][0]["readinessProbe"]

    assert forgotten + GRACEFUL_SECONDS < spec["terminationGracePeriodSeconds"]
    assert forgotten >= readiness["periodSeconds"]


def test_times_of_the_controllers_are_in_order() -> None:
    """The passes under way may end before the pod is killed."""
    assert pod(chart(), "gas-controllers")["terminationGracePeriodSeconds"] > STOP_SECONDS + 5


def test_the_annotator_has_room_for_what_its_child_may_take() -> None:
    """The child's limit strikes, with a sentence, before the kernel does without one."""
    container = pod(chart(), "gas-annotator")["containers"][0]
    limit = container["resources"]["limits"]["memory"]

    assert limit == "3Gi"
    assert Settings().annotator.memory_bytes * 1.4 < 3 * 1024**3


def test_spreading_counts_the_parts_own_pods() -> None:
    """A constraint without a selector would count nothing."""
    for name in ("gas-web", "gas-annotator", "gas-controllers"):
        for constraint in pod(chart(), name)["topologySpreadConstraints"]:
            component = constraint["labelSelector"]["matchLabels"]["app.kubernetes.io/component"]
            assert name == f"gas-{component}"


def test_disruption_budgets_find_their_pods() -> None:
    """Each Deployment has one, by the very labels of its pods."""
    objects = chart(PREMIUM).objects
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in objects
        if each["kind"] == "Deployment"
    }
    budgets = {
        each["metadata"]["name"]: each["spec"]["selector"]["matchLabels"]
        for each in objects
        if each["kind"] == "PodDisruptionBudget"
    }

    assert set(budgets) == set(labels)
    assert all(wanted.items() <= labels[name].items() for name, wanted in budgets.items())
    assert len({tuple(wanted.items()) for wanted in budgets.values()}) == len(budgets)


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PodMonitor"])
def test_metrics_are_read_once(kind: str) -> None:
    """By one kind of monitor, three of them, which find every port by its name."""
    rendered = chart(PREMIUM, {"monitoring": {"kind": kind}})
    monitors = [each for each in rendered.objects if each["kind"].endswith("Monitor")]
    open_to_it = [
        each
        for each in rendered.objects
        if each["kind"] == ("Deployment" if kind == "PodMonitor" else "Service")
        for port in (each["spec"].get("ports") or each["spec"]["template"]["spec"]["containers"][0]["ports"])
        if port["name"] == "probes"
    ]

    assert {each["kind"] for each in monitors} == {kind}
    assert len(monitors) == 3
    endpoints = "endpoints" if kind == "ServiceMonitor" else "podMetricsEndpoints"
    assert {each["spec"][endpoints][0]["port"] for each in monitors} == {"probes"}
    assert len(open_to_it) == 4


def test_metrics_and_probes_stay_inside() -> None:
    """The Service that an Ingress or a balancer leads to has the port of the pages and no other."""
    rendered = chart({"monitoring": {"kind": "ServiceMonitor"}, "web": {"service": {"type": "LoadBalancer"}}})

    assert [port["targetPort"] for port in one(rendered, "Service", "gas-web")["spec"]["ports"]] == ["http"]
    assert one(rendered, "Service", "gas-web-probes")["spec"]["clusterIP"] == "None"
    assert one(rendered, "Service", "gas-web-probes")["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_nobody_is_asked_for_metrics_by_default() -> None:
    """Prometheus' resources are not in every cluster."""
    assert not [each for each in chart().objects if each["apiVersion"].startswith("monitoring.coreos.com")]
