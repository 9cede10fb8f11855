"""Whether the watch still watches the cluster that it was begun in."""

from collections.abc import Callable

import pytest

from gas.adapters.memory.clock import FakeClock
from gas_controllers.cluster.errors import NotServedError
from gas_controllers.cluster.watched_cluster import WatchedCluster
from tests.support.fake_cluster import Backup, FakeCluster
from tests.support.jobs import NOW

EMPTY = Backup({}, 0)


class Watched:
    """A cluster, whoever looks at it, and how often the watch was to begin anew."""

    def __init__(self) -> None:
        self.cluster = FakeCluster(FakeClock(NOW))
        self.anew = self.set_back = 0
        self.looks = WatchedCluster(self.cluster, self._set_back)  # type: ignore[arg-type]

    def begin(self) -> None:
        """A watch begins."""
        self.looks.begin(self._begin_anew)

    def _begin_anew(self) -> None:
        self.anew += 1

    def _set_back(self) -> None:
        self.set_back += 1


CHANGES: dict[str, Callable[[FakeCluster], None]] = {
    "crd": lambda cluster: cluster.make_anew(crd=True),
    "namespace": lambda cluster: cluster.make_anew(namespace=True),
    "backup": lambda cluster: cluster.set_back(EMPTY),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_cluster_is_watched_anew(name: str) -> None:
    """A cluster made anew, or set back, is another one: the watch begins anew, once. Only a backup lacks what was made since."""
    watched = Watched()
    watched.begin()
    for _ in range(3):
        watched.looks.look()

    CHANGES[name](watched.cluster)
    for _ in range(3):
        watched.looks.look()

    assert watched.anew == 1
    assert watched.set_back == (name == "backup")


def test_the_same_cluster_is_left_alone() -> None:
    """However far a cluster has come, the watch goes on."""
    watched = Watched()
    watched.begin()

    for _ in range(3):
        watched.looks.look()

    assert watched.anew == 0


def test_a_watch_that_begins_in_another_cluster_is_not_begun_twice() -> None:
    """What changed before a watch begins is no reason to begin it again."""
    watched = Watched()
    watched.begin()
    watched.looks.look()

    watched.cluster.make_anew(crd=True, namespace=True)
    watched.cluster.set_back(EMPTY)
    watched.begin()
    watched.looks.look()

    assert watched.anew == 0


def test_a_cluster_that_cannot_be_read_is_learned_later() -> None:
    """Without the kind a look fails, and the first one after it is where the next counts from."""
    watched = Watched()
    watched.cluster.served = False
    watched.begin()
    with pytest.raises(NotServedError):
        watched.looks.look()

    watched.cluster.served = True
    watched.looks.look()
    watched.looks.look()
    watched.cluster.set_back(EMPTY)
    watched.looks.look()

    assert watched.anew == 1


@pytest.mark.parametrize("name", CHANGES)
def test_what_happened_while_nobody_looked_is_noticed(name: str) -> None:
    """Controllers that start go on from what those before them saw, and so does a watch that begins after another."""
    watched, later = Watched(), Watched()
    for _ in range(3):
        watched.looks.look()
    CHANGES[name](watched.cluster)
    later.cluster = later.looks._cluster = watched.cluster  # type: ignore[assignment]

    later.looks.resume(watched.looks.sight)
    later.looks.look()
    watched.begin()

    assert later.set_back == watched.set_back == (name == "backup")
    assert later.anew == watched.anew == 0
