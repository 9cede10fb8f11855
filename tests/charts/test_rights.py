"""What the chart lets anybody do, asked of the real API server by each identity itself."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from dev.run.helm.chart import Release, render
from gas.domain.errors import FatalError, NotFoundError, NotTakenError, UsageError
from gas_controllers.cluster.errors import NotServedError
from gas_controllers.cluster.kubernetes_api import DELETION_COST, Cluster
from gas_controllers.cluster.pod_costs import BUSY_COST
from kube.control_plane import ControlPlane
from kube.kubeconfig import for_token, write_kubeconfig
from kube.kubectl import Answer, Kubectl
from tests.support.charts import Json, chart, values
from tests.support.kube import annotation_job, create, patch
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.kube

VIEWER, EDITOR = "olga", "eve"
POLICY_SECONDS = PATIENCE_SECONDS
"""The API server learns of a new policy, role or binding from a watch, within a second or two."""

Rules = set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]


class Installation:
    """The chart's identities and policies in a namespace, and kubectl as each of them."""

    def __init__(self, kube: ControlPlane, folder: Path, release: Release, *more: Json) -> None:
        self.kube, self.folder, self.release = kube, folder, release
        people = {
            "rbac": {
                "viewers": [{"kind": "User", "name": VIEWER}],
                "editors": [{"kind": "User", "name": EDITOR}],
            }
        }
        rendered = render(values("minimal", people, *more), release)
        kinds = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
        kinds |= {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
        self.kube.admin.run(
            "apply",
            "--server-side",
            "-f",
            "-",
            stdin=yaml.safe_dump_all([each for each in rendered.objects if each["kind"] in kinds]),
        )

    def as_account(self, name: str) -> Kubectl:
        """Kubectl as a service account."""
        path = self.folder / f"{name}.kubeconfig"
        token = self.kube.admin.run("create", "token", name, f"--namespace={self.release.namespace}").strip()
        write_kubeconfig(
            path,
            server=self.kube.server,
            certificates=self.kube.certificates,
            user=for_token(token),
            context=name,
            namespace=self.release.namespace,
        )
        return Kubectl(self.kube.kubectl, path)

    def rules(self, kubectl: Kubectl, *impersonation: str) -> Rules:
        """The API server's own list of an identity's rights, without what everybody may do."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": self.release.namespace},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        text = kubectl.run("create", "--raw", path, "-f", "-", *impersonation, stdin=json.dumps(review))
        return {
            (group, resource, tuple(rule.get("resourceNames", [])), tuple(sorted(rule["verbs"])))
            for rule in json.loads(text)["status"]["resourceRules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            if group not in {"authorization.k8s.io", "authentication.k8s.io"}
        }


@pytest.fixture(scope="module")
def installation(
    kube: ControlPlane, shared_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The chart as it is usually installed."""
    premium = {"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}}
    return Installation(kube, tmp_path_factory.mktemp("rights"), shared_release, premium)


@pytest.fixture(scope="module")
def controllers(installation: Installation) -> Kubectl:
    """The controllers where their right to mark pods holds, policy and all."""
    probe = pod(installation.release.namespace)
    assert create(installation.kube.admin, installation.release.namespace, probe).code == 0
    account = installation.as_account("gas-controllers")
    tries = itertools.count(1)
    # It holds when it is the policy that refuses. Until then a try may succeed, and the same again would change nothing.
    until(
        lambda: "may change no annotation but" in annotate(account, probe, {"try": str(next(tries))}).stderr,
        POLICY_SECONDS,
        0.2,
    )
    return account


CONTROLLERS: Rules = {
    ("gas.io", "annotationjobs", (), ("create", "delete", "get", "list", "watch")),
    ("gas.io", "annotationjobs/status", (), ("get", "patch")),
    ("", "events", (), ("create",)),
    ("", "namespaces", (), ("get",)),
    ("apiextensions.k8s.io", "customresourcedefinitions", ("annotationjobs.gas.io",), ("get",)),
}


def test_the_controllers_may_do_what_they_need(installation: Installation, controllers: Kubectl) -> None:
    """Their rights are these lines and no other."""
    deployments = ("gas-annotator", "gas-annotator-premium")
    wanted = {
        *CONTROLLERS,
        ("apps", "deployments", deployments, ("get",)),
        ("", "pods", (), ("patch",)),
    }

    until(lambda: installation.rules(controllers) == wanted, POLICY_SECONDS, 0.2)


def test_without_marks_nobody_may_touch_pods(
    kube: ControlPlane, cluster: Kubectl, release: Release, tmp_path: Path
) -> None:
    """The right comes and goes with the value, and so does its policy."""
    off = {"controllers": {"podDeletionCost": {"enabled": False}}}
    here = Installation(kube, tmp_path, release, off)
    wanted = {*CONTROLLERS, ("apps", "deployments", ("gas-annotator",), ("get",))}
    controllers = here.as_account("gas-controllers")

    until(lambda: here.rules(controllers) == wanted, POLICY_SECONDS, 0.2)
    policies = chart(off).of("controllers/admissionpolicy.yaml")
    assert policies == []


def _restore(seconds: float) -> dict[str, Any]:
    """A restore request of so many seconds from now."""
    time = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"restore": {"requestTime": time.strftime("%Y-%m-%dT%H:%M:%SZ")}}


def test_a_restore_from_the_future_is_refused(installation: Installation) -> None:
    """At the door, made or edited, with what to do; the present, a clock a little fast, and other edits are let in."""
    admin, namespace = installation.kube.admin, installation.release.namespace
    numbers = itertools.count(1)

    def made(seconds: float) -> Answer:
        return create(admin, namespace, annotation_job(f"restore-{next(numbers)}", **_restore(seconds)))

    until(lambda: made(3600).code != 0, POLICY_SECONDS, 0.2)
    future, present, fast = made(3600), made(0), made(120)
    plain = create(admin, namespace, annotation_job("edited"))
    edits = [
        patch(admin, namespace, "edited", {"spec": change})
        for change in (_restore(3600), _restore(60), _restore(0), {"suspend": True}, _restore(3600))
    ]

    assert "spec.restore.requestTime lies in the future: set it to the present time" in future.stderr
    assert [answer.code for answer in (present, fast, plain)] == [0, 0, 0]
    assert [answer.code == 0 for answer in edits] == [False, True, True, True, False]


@pytest.mark.parametrize("values", [{}, {"rbac": {"create": False}}], ids=["roles-too", "policy-alone"])
def test_the_door_has_a_switch_of_its_own(values: dict[str, Any]) -> None:
    """Whoever gives the rights themselves is guarded all the same, and whoever may make no policy can leave it out."""
    off = {**values, "admission": {"create": False}}

    kinds = [each["kind"] for each in chart(values).of("annotationjob-restores.yaml")]

    assert kinds == ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
    assert chart(off).of("annotationjob-restores.yaml") == []


@pytest.mark.parametrize("name", ["gas-web", "gas-annotator"])
def test_web_and_annotators_may_do_nothing(installation: Installation, name: str) -> None:
    """Their accounts exist for AWS alone."""
    assert installation.rules(installation.as_account(name)) == set()


PEOPLE: dict[str, tuple[str, str, Rules]] = {
    "viewer": (
        VIEWER,
        "",
        {
            ("gas.io", "annotationjobs", (), ("get", "list", "watch")),
            ("gas.io", "annotationjobs/status", (), ("get",)),
            ("", "events", (), ("get", "list", "watch")),
        },
    ),
    "editor": (
        EDITOR,
        "",
        {
            ("gas.io", "annotationjobs", (), ("create", "delete", "get", "list", "patch", "update", "watch")),
            ("gas.io", "annotationjobs/status", (), ("get",)),
            ("", "events", (), ("get", "list", "watch")),
        },
    ),
}


@pytest.mark.parametrize(("user", "group", "wanted"), PEOPLE.values(), ids=PEOPLE)
def test_what_people_may_do(installation: Installation, user: str, group: str, wanted: Rules) -> None:
    """Operations see jobs, or change them as well; nobody but the controllers writes a status."""
    admin = installation.kube.admin

    until(lambda: installation.rules(admin, f"--as={user}") == wanted, POLICY_SECONDS, 0.2)


@pytest.mark.parametrize("role", ["admin", "edit", "view"])
def test_clusters_own_roles_gain_nothing(installation: Installation, role: str) -> None:
    """Who may edit a namespace may not make jobs in other people's names: nothing is aggregated."""
    labels = [
        each["metadata"].get("labels", {})
        for each in chart(name="everything").objects
        if each["kind"] == "ClusterRole"
    ]

    assert not [one for one in labels if f"rbac.authorization.k8s.io/aggregate-to-{role}" in one]
    assert all(
        "gas.io" not in str(rule)
        for rule in json.loads(installation.kube.admin.run("get", "clusterrole", role, "--output=json")).get(
            "rules"
        )
        or []
    )


_pods = itertools.count(1)


def pod(namespace: str, component: str = "annotator") -> Json:
    """A small pod of a part."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{component}-{next(_pods)}",
            "namespace": namespace,
            "labels": {"app.kubernetes.io/component": component},
            "annotations": {"note": "theirs"},
        },
        "spec": {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "c",
                    "image": "none:1",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }


@pytest.fixture
def marked(installation: Installation, controllers: Kubectl) -> tuple[Kubectl, Json]:
    """The controllers, and a pod of an annotator."""
    body = pod(installation.release.namespace)
    assert create(installation.kube.admin, installation.release.namespace, body).code == 0
    return controllers, body


def annotate(kubectl: Kubectl, body: Json, annotations: Json) -> Answer:
    """Patch a pod's annotations."""
    return changed(kubectl, body, {"metadata": {"annotations": annotations}})


def changed(kubectl: Kubectl, body: Json, patch: Any) -> Answer:
    """Patch a pod as the controllers do: one request, which reads nothing first."""
    path = f"/api/v1/namespaces/{body['metadata']['namespace']}/pods/{body['metadata']['name']}"
    api = config.new_client_from_config(config_file=str(kubectl.kubeconfig))
    try:
        client.CoreV1Api(api).patch_namespaced_pod(
            body["metadata"]["name"], body["metadata"]["namespace"], patch, _request_timeout=PATIENCE_SECONDS
        )
    except client.ApiException as error:
        return Answer(error.status, "", f"{path}: {error.body}")
    return Answer(0, "", "")


def annotations(kube: ControlPlane, body: Json) -> Json:
    """A pod's annotations as the API server holds them."""
    text = kube.admin.run(
        "get",
        "pod",
        body["metadata"]["name"],
        f"--namespace={body['metadata']['namespace']}",
        "--output=json",
    )
    found: Json = json.loads(text)["metadata"]["annotations"]
    return found


def test_the_controllers_mark_busy_pods(kube: ControlPlane, marked: tuple[Kubectl, Json]) -> None:
    """Their own code, by their own account: the mark is written, written again, removed, and a pod that is gone is no error."""
    controllers, body = marked
    name = body["metadata"]["name"]
    api = config.new_client_from_config(config_file=str(controllers.kubeconfig))
    cluster = Cluster(api, body["metadata"]["namespace"])

    cluster.set_deletion_cost(name, BUSY_COST)
    cluster.set_deletion_cost(name, BUSY_COST)
    busy = annotations(kube, body)
    cluster.set_deletion_cost(name, None)
    cluster.set_deletion_cost("gone", BUSY_COST)

    assert busy == {"note": "theirs", DELETION_COST: "100"}
    assert annotations(kube, body) == {"note": "theirs"}


CHANGES: dict[str, tuple[Any, str]] = {
    "another annotation": ({"metadata": {"annotations": {"more": "1"}}}, "may change no annotation but"),
    "an annotation's removal": (
        {"metadata": {"annotations": {"note": None}}},
        "may change no annotation but",
    ),
    "a label": ({"metadata": {"labels": {"more": "1"}}}, "may change nothing else of a pod"),
    "a finalizer": ({"metadata": {"finalizers": ["example.org/hold"]}}, "may change nothing else of a pod"),
    "the image": (
        {"spec": {"containers": [{"name": "c", "image": "theirs:1"}]}},
        "may change nothing else of a pod",
    ),
    "the mark and more": (
        {"metadata": {"annotations": {DELETION_COST: "1"}, "labels": {"more": "1"}}},
        "may change nothing else of a pod",
    ),
}


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_the_controllers_can_change_nothing_else(
    marked: tuple[Kubectl, Json], change: Any, said: str
) -> None:
    """The role lets them patch pods; the policy leaves of it one annotation."""
    controllers, body = marked

    answer = changed(controllers, body, change)

    assert answer.code == 422
    assert said in answer.stderr


def test_other_parts_pods_are_out_of_reach(kube: ControlPlane, marked: tuple[Kubectl, Json]) -> None:
    """Only annotators are marked."""
    controllers, body = marked
    web = pod(body["metadata"]["namespace"], "web")
    assert create(kube.admin, body["metadata"]["namespace"], web).code == 0

    answer = annotate(controllers, web, {DELETION_COST: "1"})

    assert answer.code == 422
    assert "may only touch pods of annotators" in answer.stderr


def test_the_policy_is_for_the_controllers_alone(kube: ControlPlane, marked: tuple[Kubectl, Json]) -> None:
    """Everybody else may do with pods what they might before."""
    _, body = marked

    answer = kube.admin.ask(
        "label", "pod", body["metadata"]["name"], f"--namespace={body['metadata']['namespace']}", "more=1"
    )

    assert (answer.code, answer.stderr) == (0, "")


def test_the_controllers_tell_apart_why_a_resource_is_not_taken(installation: Installation) -> None:
    """One that a policy refuses, one that finds no place, one without the right, and a status of one that is gone."""
    api = config.new_client_from_config(config_file=str(installation.kube.admin.kubeconfig))
    namespace = installation.release.namespace
    here, nowhere = Cluster(api, namespace), Cluster(api, "nowhere-at-all")
    unable = installation.as_account("gas-annotator").kubeconfig
    without_rights = Cluster(config.new_client_from_config(config_file=str(unable)), namespace)
    numbers = itertools.count(1)

    def refused() -> NotTakenError | None:
        try:
            here.create(annotation_job(f"refused-{next(numbers)}", **_restore(3600)))
        except NotTakenError as error:
            return error
        return None

    error = until(refused, POLICY_SECONDS, 0.2)
    with pytest.raises(NotServedError) as unserved:
        nowhere.create(annotation_job("unplaced"))
    with pytest.raises(NotTakenError) as forbidden:
        without_rights.create(annotation_job("forbidden"))
    with pytest.raises(NotFoundError):
        here.write_status("gone", {}, {"phase": "Pending"}, "1")

    assert error is not None
    assert (error.refused, forbidden.value.refused, unserved.value.refused) == (True, True, False)
    assert "lies in the future" in str(error)
    assert 'cannot create resource "annotationjobs"' in str(forbidden.value)


def test_the_controllers_see_whether_annotators_are_up(
    installation: Installation, controllers: Kubectl
) -> None:
    """They read the Deployments of annotators, and no other."""
    namespace = installation.release.namespace
    rendered = render(
        values("minimal", {"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}}),
        installation.release,
    )
    deployments = [each for each in rendered.objects if each["kind"] == "Deployment"]
    installation.kube.admin.run("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(deployments))
    cluster = Cluster(config.new_client_from_config(config_file=str(controllers.kubeconfig)), namespace)
    until(lambda: _ready(cluster, "gas-annotator") == 0, POLICY_SECONDS, 0.2)

    installation.kube.admin.run(
        "patch",
        "deployment",
        "gas-annotator-premium",
        f"--namespace={namespace}",
        "--subresource=status",
        "--type=merge",
        '--patch={"status":{"replicas":2,"readyReplicas":2}}',
    )

    assert cluster.ready_pods("gas-annotator") == 0
    assert cluster.ready_pods("gas-annotator-premium") == 2
    with pytest.raises(FatalError):
        cluster.ready_pods("gas-web")


def _ready(cluster: Cluster, name: str) -> int | None:
    try:
        return cluster.ready_pods(name)
    except (FatalError, UsageError):
        return None


def test_editors_make_jobs_and_viewers_do_not(installation: Installation) -> None:
    """What the roles promise works."""
    namespace = installation.release.namespace
    job = json.dumps(annotation_job("by-hand"))
    admin = installation.kube.admin

    def submitted(user: str) -> Answer:
        return admin.ask("create", f"--as={user}", f"--namespace={namespace}", "-f", "-", stdin=job)

    until(lambda: submitted(EDITOR).code == 0, POLICY_SECONDS, 0.2)
    assert "forbidden" in submitted(VIEWER).stderr
    seen = admin.ask("get", "aj", "by-hand", f"--as={VIEWER}", f"--namespace={namespace}", "--output=name")
    assert seen.stdout.strip() == "annotationjob.gas.io/by-hand"
