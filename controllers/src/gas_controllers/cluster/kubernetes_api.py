"""The controllers' side of the Kubernetes API: reads, status, creation and removal of AnnotationJobs, and Events."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from gas.domain.absence import SeenHome
from gas.domain.errors import (
    ConflictError,
    FatalError,
    GasError,
    NotFoundError,
    NotTakenError,
    UsageError,
)
from gas.domain.record import Home
from gas_controllers.cluster.annotation_job import GROUP, PLURAL, VERSION
from gas_controllers.cluster.errors import NOT_FOUND, NotServedError, kubernetes_errors, status_of

TIMEOUT_SECONDS = (3, 10)
"""To connect, and to read: one call never holds a worker for longer."""

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
"""The annotation by which a ReplicaSet chooses the pods that it takes away: the cheap ones first."""

CRD = f"{PLURAL}.{GROUP}"

METADATA_ALONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""Who and since when, without the 400 lines of the schema."""

LIST_CHUNK = 500
"""Resources a page: 10,000 of them in one answer would cost the API server and us tens of megabytes."""


class Cluster:
    """One namespace of one cluster. Every method raises the errors of `kubernetes_errors`."""

    def __init__(self, api_client: client.ApiClient, namespace: str) -> None:
        self._custom = client.CustomObjectsApi(api_client)
        self._core = client.CoreV1Api(api_client)
        self._apps = client.AppsV1Api(api_client)
        self._namespace = namespace
        self._where = {"group": GROUP, "version": VERSION, "namespace": namespace, "plural": PLURAL}

    def list_all(self) -> Iterator[dict[str, Any]]:
        """Every resource, read in pages."""
        token: str | None = None
        while token != "":
            more = {"_continue": token} if token else {}
            page = self._page(LIST_CHUNK, more)
            yield from page["items"]
            token = page["metadata"].get("continue", "")

    def _page(self, limit: int, more: dict[str, str]) -> dict[str, Any]:
        try:
            with kubernetes_errors("listing annotationjobs"):
                return dict(
                    self._custom.list_namespaced_custom_object(
                        **self._where, limit=limit, _request_timeout=TIMEOUT_SECONDS, **more
                    )
                )
        except NotFoundError as error:
            raise NotServedError(f"{error}: there is no CustomResourceDefinition {CRD}") from error

    def get(self, name: str) -> dict[str, Any] | None:
        """The resource, or None.

        Raises:
            NotServedError: the kind is not served, which tells nothing of the resource.
        """
        with kubernetes_errors(f"reading annotationjob {name}"):
            try:
                return dict(
                    self._custom.get_namespaced_custom_object(
                        **self._where, name=name, _request_timeout=TIMEOUT_SECONDS
                    )
                )
            except ApiException as error:
                if error.status != NOT_FOUND:
                    raise
                _tell_apart(error, name)
                return None

    def home(self) -> SeenHome:
        """The CRD and the namespace as they are now.

        Raises:
            NotServedError: one of the two is not there, or the kind is not served yet.
        """
        try:
            with kubernetes_errors(f"reading CustomResourceDefinition {CRD}"):
                crd = self._custom.get_cluster_custom_object(
                    "apiextensions.k8s.io",
                    "v1",
                    "customresourcedefinitions",
                    CRD,
                    _headers={"Accept": METADATA_ALONE},
                    _request_timeout=TIMEOUT_SECONDS,
                )["metadata"]
            with kubernetes_errors(f"reading namespace {self._namespace}"):
                namespace = self._core.read_namespace(
                    self._namespace, _request_timeout=TIMEOUT_SECONDS
                ).metadata
        except NotFoundError as error:
            raise NotServedError(str(error)) from error
        return SeenHome(
            Home(crd["uid"], namespace.uid),
            max(datetime.fromisoformat(crd["creationTimestamp"]), namespace.creation_timestamp),
            terminating="deletionTimestamp" in crd or namespace.deletion_timestamp is not None,
        )

    def serves(self) -> None:
        """Make sure that resources can be listed.

        Raises:
            NotServedError: they cannot.
        """
        self._page(1, {})

    def version(self) -> int:
        """How many changes the cluster has seen: a number that grows, unless it is made anew or set back.

        Clients may compare these numbers since Kubernetes 1.35; before that they grew as well, being etcd's revisions.

        Raises:
            NotServedError: resources cannot be listed.
        """
        return int(self._page(1, {})["metadata"]["resourceVersion"])

    def write_status(
        self, name: str, current: dict[str, Any], wanted: dict[str, Any], resource_version: str
    ) -> dict[str, Any]:
        """Replace a status, on condition that the resource is still the version in which it was `current`.

        A merge patch with the version in it: a stale version answers 409, a status that the schema refuses 422.

        Raises:
            ConflictError: it is another version now. NotFoundError: it is gone.
            NotServedError: the kind is not served, which tells nothing of the resource.
        """
        patch = {
            "metadata": {"resourceVersion": resource_version},
            "status": {**dict.fromkeys(current), **wanted},
        }
        with kubernetes_errors(f"writing the status of annotationjob {name}"):
            try:
                return dict(
                    self._custom.patch_namespaced_custom_object_status(
                        **self._where, name=name, body=patch, _request_timeout=TIMEOUT_SECONDS
                    )
                )
            except ApiException as error:
                _tell_apart(error, name)
                raise

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Make a resource; the one that is there already when the name is taken.

        Raises:
            NotServedError: the kind, or the namespace, is not there.
            NotTakenError: the API server refuses this very resource: by the schema, a policy, a quota, or for want of a right.
        """
        name = manifest["metadata"]["name"]
        try:
            with kubernetes_errors(f"making annotationjob {name}"):
                return dict(
                    self._custom.create_namespaced_custom_object(
                        **self._where, body=manifest, _request_timeout=TIMEOUT_SECONDS
                    )
                )
        except ConflictError:
            found = self.get(name)
            if found is None:
                raise
            return found
        except NotFoundError as error:
            raise NotServedError(f"{error}: there is no {CRD}, or no namespace {self._namespace}") from error
        except (UsageError, FatalError) as error:
            raise NotTakenError(str(error), refused=True) from error

    def remove(self, name: str, uid: str) -> None:
        """Remove the resource if it is still the one with that uid; one that is gone is no error."""
        options = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=uid))
        with (
            contextlib.suppress(NotFoundError, ConflictError),
            kubernetes_errors(f"removing annotationjob {name}"),
        ):
            self._custom.delete_namespaced_custom_object(
                **self._where, name=name, body=options, _request_timeout=TIMEOUT_SECONDS
            )

    def ready_pods(self, deployment: str) -> int:
        """How many pods of a Deployment are ready."""
        with kubernetes_errors(f"reading deployment {deployment}"):
            found = self._apps.read_namespaced_deployment(
                deployment, self._namespace, _request_timeout=TIMEOUT_SECONDS
            )
        return int(found.status.ready_replicas or 0)

    def set_deletion_cost(self, pod: str, cost: int | None) -> None:
        """Say what it costs to take a pod away; None for nothing. A pod that is gone is no error."""
        value = None if cost is None else str(cost)
        patch = {"metadata": {"annotations": {DELETION_COST: value}}}
        with contextlib.suppress(NotFoundError), kubernetes_errors(f"marking pod {pod}"):
            self._core.patch_namespaced_pod(pod, self._namespace, patch, _request_timeout=TIMEOUT_SECONDS)

    def post_event(self, manifest: dict[str, Any]) -> None:
        """Post an Event; one of that name already posted is no error, and nor is a refusal: Events are a courtesy."""
        with contextlib.suppress(GasError), kubernetes_errors("posting an event"):
            self._core.create_namespaced_event(self._namespace, manifest, _request_timeout=TIMEOUT_SECONDS)


def _tell_apart(error: ApiException, name: str) -> None:
    """Raise NotServedError where a 404 is about the kind and not about the resource of that name."""
    if error.status == NOT_FOUND and not _names(error, name):
        raise NotServedError(f"the API server does not serve {CRD}") from error


def _names(error: ApiException, name: str) -> bool:
    """True when an answer says that this very resource is not there, and not that nothing of its kind can be."""
    details = status_of(error).get("details")
    return isinstance(details, dict) and details.get("name") == name
