"""What deletes resources and no job: a CRD, a namespace, or a whole cluster made anew, and more deletions than people mean.

A platform of its own, for each of these takes every resource away. All of it is done with the controllers running and with
the controllers stopped, to the same jobs: some that wait, and some whose data would go with their resources.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from dev.run.installation import CRDS, identity_for_controllers
from dev.run.up.platform import Platform
from gas.domain.job import Job, created
from gas.domain.overview import Overview, PauseCause
from gas.domain.plan import Plan
from gas.domain.spec import InputRef, JobPolicy
from tests.platform.conftest import OPTIONS
from tests.support.absence_lists import list_id
from tests.support.desk import KEPT, Desk
from tests.support.resource_watch import GROUP, PLURAL, VERSION
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kube

WINDOW, SECOND_LOOK, LIMIT = 4.0, 3.0, 10
"""So few, for on a busy machine the watch tells of no more than some tens of deletions in so short a window."""

MANY, SOME = 60, 20
WRITES = 100
"""An API server that starts makes fewer."""
WAITING = "waiting for the AnnotationJob resource"
COMMAND = "import sys; from gas_controllers.decide_absences import main; sys.exit(main())"


@dataclass
class Standing:
    """What there is of some jobs."""

    states: dict[str, list[str]]
    """Where each record has been."""
    hashes: dict[str, str]
    """Of those results that are there."""
    policies: dict[str, str]
    """The mutable part of each spec, as the resource shows it."""
    uids: dict[str, str]


class Town:
    """A platform with jobs whose resources are taken away."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        user = desk.user(Plan.PREMIUM)
        self.waiting, self.done = desk.names("waiting", 2), desk.names("done", 2)
        self.names = [*self.waiting, *self.done]
        desk.send(user, *self.waiting, suspend=True, deletionPolicy="Delete")
        desk.send(user, *self.done, deletionPolicy="Delete")
        desk.wait(self.waiting, "Pending")
        desk.wait(self.done, "Completed")
        # An edit that only the record would remember.
        for name in self.names:
            desk.patch(name, {"retentionSeconds": 4321})
        desk.until(lambda: all(self.shown(name) == "2" for name in self.names), "the edits to be taken up")
        desk.until(lambda: all("home" in desk.record(name)["resource"] for name in self.names))

    def shown(self, name: str) -> str:
        """The generation that a resource's status has taken up."""
        return str(self.desk.resources().get(name, {}).get("status", {}).get("observedGeneration"))

    def standing(self) -> Standing:
        """What there is of the jobs now."""
        resources = {name: self.desk.resource(name) for name in self.names}
        return Standing(
            {name: self.desk.history(name) for name in self.names},
            {name: self.desk.result_sha256(name) for name in self.done},
            {name: json.dumps(each["spec"], sort_keys=True) for name, each in resources.items()},
            {name: each["metadata"]["uid"] for name, each in resources.items()},
        )

    def present(self, *, but: Collection[str] = ()) -> bool:
        """Whether every job has a resource that its record knows and that shows it, and none of `but`."""
        seen = self.desk.resources()
        return all(
            name in seen
            and seen[name]["metadata"]["uid"] not in but
            and self.desk.record(name)["resource"].get("uid") == seen[name]["metadata"]["uid"]
            and seen[name].get("status", {}).get("phase") == self.desk.record(name)["job_status"]
            for name in self.names
        )

    def loses_nothing(self, disaster: Callable[["Town"], None]) -> None:
        """After a disaster every job is what it was, and its resource is made again with the same spec."""
        before = self.standing()
        disaster(self)
        self.desk.until(
            lambda: self.present(but=before.uids.values()),
            lambda: f"the resources to be made again: {sorted(self.desk.resources())}",
        )
        # Long enough for whatever would have been believed, and looked at a second time.
        self.wait_for_looks()
        self.desk.until(self.present)
        after = self.standing()
        assert after.states == before.states
        assert after.hashes == before.hashes
        assert after.policies == before.policies
        assert self.desk.platform.part_runs("controllers")

    def wait_for_looks(self) -> None:
        """Wait until a job that is deleted now is believed to be, and has lost its data."""
        user, name = self.desk.user(), self.desk.name("canary")
        self.desk.send(user, name, suspend=True, deletionPolicy="Delete")
        self.desk.wait([name], "Pending")
        # A resource as old as its home may have stood in another one.
        self.desk.until(lambda: "home" in self.desk.record(name)["resource"], "its home to be known")
        self.desk.kubectl("delete", "aj", name)
        self.desk.until(lambda: self.desk.record(name)["job_status"] == "Deleted", "a deletion to be obeyed")

    def delete(self, user: str | None = None) -> None:
        """Somebody deletes many resources at once; kubectl would let itself be slowed down to five a second."""
        self.desk.api.delete_collection_namespaced_custom_object(
            GROUP,
            VERSION,
            self.desk.instance,
            PLURAL,
            **({} if user is None else {"field_selector": f"spec.userID={user}"}),
            _request_timeout=60,
        )

    def waits(self) -> int:
        """How often the log says that the kind is waited for."""
        log = self.desk.platform.options.state_dir / "logs" / "controllers.log"
        return log.read_text().count(WAITING) if log.exists() else 0

    def overview(self) -> Overview:
        """What the controllers last said."""
        overview = self.desk.ports.overviews.read()
        assert overview is not None
        return overview

    def start_controllers(self, *, wait: bool = True, **more: str) -> None:
        """Start the controllers, as the administrator: a namespace made anew has no role for them yet."""
        desk = self.desk
        desk.platform.start_part(
            "controllers",
            more={
                **desk.gates["controllers"].settings,
                "KUBECONFIG": str(desk.platform.kubectl.kubeconfig),
                "GAS_CONTROLLERS__OVERVIEW_SECONDS": "1",
                "GAS_CONTROLLERS__ABSENCE_LIMIT": str(LIMIT),
                **more,
            },
            wait=wait,
        )

    def absences(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `gas-absences` said."""
        kubeconfig = str(self.desk.platform.kubectl.kubeconfig)
        return subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments],
            env={**os.environ, **self.desk.platform.settings, "KUBECONFIG": kubeconfig},
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A platform with short windows, and jobs in it."""
    options = type(OPTIONS)(
        **{
            **vars(OPTIONS),
            "instance": f"a{os.getpid()}",
            "absence_seconds": WINDOW,
            "second_look_seconds": SECOND_LOOK,
        }
    )
    platform = Platform.start(options, say=lambda _: None, parts=())
    desk = Desk(platform, options.state_dir)
    try:
        town = object.__new__(Town)
        town.desk = desk
        town.start_controllers()
        desk.start("annotator")
        Town.__init__(town, desk)
        yield town
    finally:
        desk.close()
        shutil.rmtree(options.state_dir, ignore_errors=True)


def replace_crd(town: Town) -> None:
    """`kubectl replace --force`, which deletes the CRD and makes it anew."""
    town.desk.kubectl("replace", "--force", f"--filename={CRDS}")


def delete_and_apply_crd(town: Town) -> None:
    """The CRD is deleted and applied again."""
    town.desk.kubectl("delete", f"--filename={CRDS}")
    town.desk.kubectl("apply", f"--filename={CRDS}")


def namespace_anew(town: Town) -> None:
    """The namespace is deleted, with all that is in it, and made again."""
    desk = town.desk
    desk.kubectl("delete", "namespace", desk.instance, "--wait=false")
    # What the namespace controller of a whole cluster does: first everything in it goes, then its finalizer.
    desk.kubectl("delete", "aj", "--all")
    bare: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": desk.instance}}
    desk.kubectl(
        "replace",
        "--raw",
        f"/api/v1/namespaces/{desk.instance}/finalize",
        "--filename=-",
        stdin=json.dumps({**bare, "spec": {"finalizers": []}}),
    )
    desk.until(
        lambda: desk.ask_kubectl("create", "namespace", desk.instance).code == 0, "the namespace to go"
    )


def fresh_etcd(town: Town) -> None:
    """Another cluster comes to the same tables: nothing is left of what etcd held."""
    plane = town.desk.platform.control_plane
    folder = town.desk.platform.options.state_dir / "kube" / "etcd"
    plane.stop_apiserver(kill=True)
    plane._stop("etcd", kill=True)
    assert folder.is_dir()
    shutil.rmtree(folder)
    plane._start_etcd()
    plane.start_apiserver()
    plane.apply_crds(CRDS)
    identity_for_controllers(plane, town.desk.instance)


def fresh_etcd_unseen(town: Town) -> None:
    """The same while the controllers are stopped in their tracks: their watch goes on, and no request met the gap."""
    town.desk.signal("controllers", signal.SIGSTOP)
    try:
        fresh_etcd(town)
    finally:
        town.desk.signal("controllers", signal.SIGCONT)


def back_up_etcd(town: Town) -> None:
    """Keep what etcd holds, while it is stopped."""
    _swap_etcd(town, shutil.copytree)


def set_etcd_back(town: Town) -> None:
    """Bring back what was kept."""

    def bring_back(etcd: Path, kept: Path) -> None:
        shutil.rmtree(etcd)
        shutil.copytree(kept, etcd)

    _swap_etcd(town, bring_back)


def come_on(town: Town) -> None:
    """Let the cluster come further than an API server alone brings it while it starts, and the controllers say so."""
    before = town.overview().sight
    assert before is not None
    api = client.CoreV1Api(town.desk.api.api_client)
    for number in range(WRITES):
        note = {"metadata": {"annotations": {"gas.io/note": str(number)}}}
        api.patch_namespace(town.desk.instance, note, _request_timeout=PATIENCE_SECONDS)
    town.desk.until(
        lambda: (seen := town.overview().sight) is not None and seen.version > before.version + WRITES,
        "the controllers to see how far the cluster has come",
    )


def _swap_etcd(town: Town, act: Callable[[Path, Path], object]) -> None:
    plane = town.desk.platform.control_plane
    folder = town.desk.platform.options.state_dir / "kube" / "etcd"
    plane.stop_apiserver(kill=True)
    plane._stop("etcd", kill=True)
    act(folder, folder.with_name("etcd-kept"))
    plane._start_etcd()
    plane.start_apiserver()


DISASTERS = {
    "replaced-crd": replace_crd,
    "deleted-and-applied-crd": delete_and_apply_crd,
    "namespace": namespace_anew,
    "cluster": fresh_etcd,
}


WATCHED = DISASTERS | {"cluster-unseen": fresh_etcd_unseen}


@pytest.mark.parametrize("disaster", WATCHED.values(), ids=WATCHED)
def test_made_anew_while_the_controllers_run(disaster: Callable[[Town], None], town: Town) -> None:
    """Whatever is made anew under running controllers, no job is cancelled, no byte goes, and every resource comes back."""
    town.loses_nothing(disaster)


@pytest.mark.parametrize("disaster", DISASTERS.values(), ids=DISASTERS)
def test_made_anew_while_the_controllers_are_stopped(disaster: Callable[[Town], None], town: Town) -> None:
    """The same while nobody watches: the controllers find out when they start."""

    def stopped(town: Town) -> None:
        town.desk.kill("controllers")
        disaster(town)
        town.start_controllers()

    town.loses_nothing(stopped)


def test_controllers_wait_for_a_deleted_kind(town: Town) -> None:
    """Without the CRD the controllers wait and say so, jobs go on by their records, and all comes back with it."""

    def deleted_for_a_while(town: Town) -> None:
        desk = town.desk
        running, waits = desk.name("running"), town.waits()
        hold = desk.gates["annotator"].hold("GetObject", running)
        desk.send(desk.user(), running, retentionSeconds=KEPT)
        hold.wait()
        desk.kubectl("delete", f"--filename={CRDS}")
        desk.until(lambda: town.overview().unserved, "the operators to be told")
        hold.release()
        desk.until(lambda: desk.record(running)["job_status"] == "Completed", "the run to end")
        desk.until(
            lambda: any(
                claim.startswith("completed") for claim in desk.record(running).get("claimed_mails", ())
            ),
            "its e-mail to be sent without the cluster",
        )
        desk.until(lambda: town.waits() > waits, "the controllers to say that they wait")
        assert desk.platform.part_runs("controllers")
        desk.kubectl("apply", f"--filename={CRDS}")
        desk.wait([running], "Completed")
        desk.until(lambda: not town.overview().unserved, "the trouble to be over")

    town.loses_nothing(deleted_for_a_while)


def test_controllers_start_without_the_kind(town: Town) -> None:
    """Controllers that find no CRD at their start wait for it as well."""

    def absent_at_the_start(town: Town) -> None:
        desk = town.desk
        desk.kill("controllers")
        desk.kubectl("delete", f"--filename={CRDS}")
        waits = town.waits()
        town.start_controllers(wait=False)
        desk.until(lambda: town.waits() > waits, "the controllers to say that they wait")
        # Meanwhile a new job is accepted, run and told of, by its record.
        user, new = desk.user(), desk.name("new")
        desk.put_input(user, new, desk.files["premium"])
        place = InputRef(f"{desk.instance}-inputs", desk.input_key(user, new), f"{new}.vcf")
        kept = JobPolicy(retention=timedelta(seconds=KEPT))
        desk.ports.jobs.create(created(Job(new, user, place, "rCRS", desk.ports.clock.now(), policy=kept)))
        desk.until(lambda: desk.record(new)["job_status"] == "Completed", "a job to go on by its record")
        desk.kubectl("apply", f"--filename={CRDS}")
        desk.wait([new], "Completed")

    town.loses_nothing(absent_at_the_start)


def test_a_mass_deletion_loses_nothing(town: Town) -> None:
    """Of more deletions than people make none is believed, nothing is lost, and the resources can be made again."""
    desk = town.desk
    _many(town, desk.user(), MANY)
    names = list(desk.resources())
    before, states = town.standing(), {name: desk.history(name) for name in names}

    town.delete()
    desk.until(lambda: town.overview().absent >= len(names), lambda: str(town.overview().absent))
    # A restart is no decision: the next controllers go on with the pause.
    desk.until(lambda: town.overview().absences_paused, "the pause to be written down")
    desk.kill("controllers")
    town.start_controllers()
    listed = town.absences()
    wrong = town.absences("--meant", f"{len(names)}-00000000")
    untouched = {name: desk.history(name) for name in names}
    paused = town.overview().absences_paused
    undone = town.absences("--mistake", list_id(listed.stdout))
    assert undone.returncode == 0, undone.stderr
    desk.until(
        lambda: len(desk.resources()) == len(names),
        lambda: f"{len(names)} resources, there are {len(desk.resources())}",
        3 * PATIENCE_SECONDS,
    )
    desk.until(lambda: town.overview().absent == 0 and not town.overview().absences_paused)
    desk.until(town.present)
    after = town.standing()

    assert paused
    assert len(names) > MANY
    assert untouched == states
    assert set(names) <= set(listed.stdout.split())
    assert f"--meant {len(names)}-" in listed.stdout
    assert wrong.returncode == 1
    assert "is not the list of now" in wrong.stderr
    assert (after.states, after.hashes, after.policies) == (before.states, before.hashes, before.policies)


def test_a_cluster_that_is_set_back_loses_nothing(town: Town) -> None:
    """What is younger than the backup is not taken for deleted, and made again when asked for; what is older is edited anew.

    Controllers that were stopped meanwhile know it by how far the cluster had come, those that run by their watch as well.
    """
    desk = town.desk
    older = town.waiting[0]
    desk.until(town.present)
    generation = desk.record(older)["resource"]["generation"]
    back_up_etcd(town)
    desk.until(lambda: town.overview().absent == 0 and not town.overview().absences_paused)
    younger = _many(town, desk.user(), 3)
    states = {name: desk.history(name) for name in [*town.names, *younger]}
    come_on(town)

    desk.kill("controllers")
    set_etcd_back(town)
    town.start_controllers()
    desk.until(lambda: town.overview().absent == len(younger), lambda: str(town.overview()))
    causes = [town.overview().pause_cause]
    make_again(town, younger)

    desk.patch(older, {"retentionSeconds": 60})
    desk.patch(older, {"retentionSeconds": 70})
    desk.until(lambda: town.shown(older) == str(generation + 2), "the edits to be taken up")
    come_on(town)
    set_etcd_back(town)
    desk.until(lambda: town.overview().absent == len(younger), lambda: str(town.overview()))
    causes.append(town.overview().pause_cause)
    desk.until(
        lambda: desk.record(older)["resource"]["generation"] == generation, "what is now to be what is"
    )
    desk.patch(older, {"retentionSeconds": 80})
    desk.until(lambda: town.shown(older) == str(generation + 1), "an edit to be taken up")
    make_again(town, younger)

    assert causes == [PauseCause.SET_BACK] * 2
    assert {name: desk.history(name) for name in states} == states


def make_again(town: Town, names: list[str]) -> None:
    """Say that these are missing by mistake, and wait until they are there and all is well."""
    undone = town.absences("--mistake", list_id(town.absences().stdout))
    assert undone.returncode == 0, undone.stderr
    town.desk.until(lambda: set(names) <= set(town.desk.resources()), "the resources to be made again")
    town.desk.until(lambda: not town.overview().absences_paused, lambda: f"no pause: {town.overview()}")
    town.desk.until(town.present, "every record to know its resource")


def test_a_mass_deletion_that_was_meant(town: Town) -> None:
    """Of what went while the controllers were stopped nothing is believed, until an operator says that it was meant.

    That is carried out, and the rule is as it was before.
    """
    desk = town.desk
    user = desk.user()
    names = _many(town, user, SOME)
    states = {name: desk.history(name) for name in names}

    desk.kill("controllers")
    town.delete(user)
    town.start_controllers()
    desk.until(lambda: town.overview().absent == len(names), lambda: str(town.overview().absent))
    counted = town.overview().time
    listed = town.absences()
    desk.until(lambda: town.overview().time > counted + timedelta(seconds=1.5 * WINDOW), "a whole window")
    untouched = {name: desk.history(name) for name in names}
    paused = town.overview().absences_paused
    said = town.absences("--meant", list_id(listed.stdout))
    desk.until(
        lambda: all(desk.record(name)["job_status"] == "Deleted" for name in names),
        lambda: f"{town.overview().absent} are left",
        2 * PATIENCE_SECONDS,
    )
    desk.until(lambda: town.overview().absent == 0 and not town.overview().absences_paused)

    assert paused
    assert untouched == states
    assert said.returncode == 0
    assert town.present()
    assert town.absences().stdout == "No resource is missing.\n"


def test_names_that_other_jobs_have_now(town: Town) -> None:
    """Who deletes jobs and applies others under their names is asked about all of them, over a restart too, and is obeyed.

    Made again they cannot be under those names: they go on without resources, and the rule is as it was before.
    """
    desk = town.desk
    user = desk.user()
    names = _many(town, user, SOME)
    states = {name: desk.history(name) for name in names}

    town.delete(user)
    desk.send(user, *names, reference="another", suspend=True)
    desk.until(lambda: town.overview().absent == len(names), lambda: f"{town.overview().absent} are told")
    desk.until(lambda: town.overview().absences_paused, "the pause to be written down")
    desk.kill("controllers")
    started = desk.ports.clock.now()
    town.start_controllers()
    desk.until(lambda: town.overview().time > started + timedelta(seconds=1.5 * WINDOW), "a whole window")
    paused = town.overview().absences_paused
    # A sight of the other job's resource uncounts a name until the next pass over it.
    desk.until(
        lambda: town.overview().absent == len(names), lambda: f"{town.overview().absent} are told again"
    )
    still_paused = town.overview().absences_paused
    listed = town.absences()
    untouched = {name: desk.history(name) for name in names}
    said = town.absences("--mistake", list_id(listed.stdout))
    desk.until(
        lambda: town.overview().absent == 0 and not town.overview().absences_paused,
        lambda: f"no pause: {town.overview()}",
    )
    left = {name: desk.history(name) for name in names}
    reasons = {desk.ready(name)["reason"] for name in names}
    town.delete(user)
    desk.until(lambda: not set(names) & set(desk.resources()), "the others to go")
    desk.until(lambda: town.overview().absent == 0 and not town.overview().absences_paused)

    assert (paused, still_paused) == (True, True)
    assert listed.stdout.count(", its name is taken\n") == len(names)
    assert said.returncode == 0, said.stderr
    assert f"But not of {len(names)} jobs: another job's resource has the name" in said.stdout
    assert untouched == left == states
    assert reasons == {"NameTaken"}
    assert town.absences().stdout == "No resource is missing.\n"
    assert town.present()


def test_a_higher_limit_ends_a_pause(town: Town) -> None:
    """Controllers that are started with a higher limit find every resource that is missing, and are done with them soon.

    As many others are there: of more than half of all it would be asked whatever the limit is.
    """
    desk = town.desk
    user = desk.user()
    _many(town, desk.user(), SOME)
    names = _many(town, user, SOME)
    town.delete(user)
    desk.until(lambda: town.overview().absences_paused, "the pause")

    desk.kill("controllers")
    town.start_controllers(GAS_CONTROLLERS__ABSENCE_LIMIT="1000")
    desk.until(lambda: town.overview().absent >= len(names), lambda: f"{town.overview().absent} are told")
    desk.until(
        lambda: all(desk.record(name)["job_status"] in {"Cancelled", "Deleted"} for name in names),
        lambda: f"{town.overview().absent} are left",
    )
    desk.until(lambda: town.overview().absent == 0)

    assert town.present()


def _many(town: Town, user: str, count: int) -> list[str]:
    """So many suspended jobs, whose data would go with their resources."""
    desk, names = town.desk, town.desk.names("many", count)
    desk.send(user, *names, suspend=True, deletionPolicy="Delete")
    desk.until(
        lambda: all("home" in desk.record(name).get("resource", {}) for name in names),
        "the records",
        2 * PATIENCE_SECONDS,
    )
    return names
