"""Very many jobs: when the controllers are quiet, how much memory they had, and the curves of the plot."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from dev.measure.load import many_jobs, prometheus
from dev.measure.load.plots import draw_all
from dev.write.dashboards.source import Line

BEGAN = 1000.0


class Stage:
    """A bench whose controllers tell these metrics, one after the other, and the last one for ever."""

    def __init__(self, *told: str) -> None:
        self._told = list(told)
        self.namespace = "gas"
        self.said: list[str] = []
        self.installation = SimpleNamespace(api=None)
        self.watching = SimpleNamespace(shown={"early": BEGAN - 50, "a": BEGAN + 4, "b": BEGAN + 9})

    def controllers_metrics(self) -> str:
        """What they tell now."""
        return self._told.pop(0) if len(self._told) > 1 else self._told[0]

    def say(self, text: str) -> None:
        """Note what a person would read."""
        self.said.append(text)


def told(*, waiting: int, passes: int) -> str:
    """What controllers tell that have made so many passes."""
    lanes = (
        f'gas_controllers_lane_depth{{lane="state"}} {waiting}\ngas_controllers_lane_depth{{lane="copy"}} 0\n'
    )
    return f'{lanes}gas_controllers_reconciles_total{{result="settled"}} {passes}\n'


@dataclass
class Passing:
    """The time, which passes while somebody sleeps and never otherwise."""

    now: float = BEGAN

    def time(self) -> float:
        """The time now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Sleep at once."""
        self.now += seconds


@pytest.fixture
def _passing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_jobs, "time", Passing())


@pytest.mark.usefixtures("_passing")
def test_quiet_is_when_nothing_waits_and_nobody_passes() -> None:
    """A lane that is empty between two passes is not quiet yet, and controllers that do not answer are not known to be."""
    stage = Stage(
        told(waiting=9, passes=1),
        told(waiting=0, passes=2),
        told(waiting=0, passes=3),
        "",
        told(waiting=0, passes=3),
    )

    quiet = many_jobs._await_quiet(stage)  # type: ignore[arg-type]

    assert quiet == BEGAN + 4 * many_jobs.QUIET_LOOK_SECONDS


@pytest.mark.usefixtures("_passing")
def test_a_backlog_without_an_end_is_told() -> None:
    """Then the lag is that of busy controllers, and the report has no time of quiet."""
    stage = Stage(*(told(waiting=1, passes=number) for number in range(1000)))

    assert many_jobs._await_quiet(stage) is None  # type: ignore[arg-type]
    assert stage.said == ["the controllers are not quiet after 420 s"]


def fake_prometheus(patch: pytest.MonkeyPatch, *, kubelet: bool) -> list[str]:
    """A Prometheus that knows containers' memory or only the processes'; what it was asked."""
    asked: list[str] = []

    def seen(_: Any, expr: str, **_more: Any) -> list[Line]:
        asked.append(expr)
        if "container_memory" in expr:
            points = ((BEGAN, 100.0 * 1024**2), (BEGAN + 5, 300.0 * 1024**2), (BEGAN + 10, 200.0 * 1024**2))
            return [Line({}, points)] if kubelet else []
        return [Line({}, ((BEGAN, 50.0 * 1024**2),))] if "process" in expr else [Line({}, ((BEGAN, 7.0),))]

    patch.setattr(prometheus, "seen", seen)
    limits = SimpleNamespace(limits={"memory": "512Mi"})
    container = SimpleNamespace(resources=limits)
    deployment = SimpleNamespace(
        spec=SimpleNamespace(template=SimpleNamespace(spec=SimpleNamespace(containers=[container])))
    )
    apps = SimpleNamespace(read_namespaced_deployment=lambda *_args, **_more: deployment)
    patch.setattr("kubernetes.client.AppsV1Api", lambda _: apps)
    return asked


def test_memory_is_the_most_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the container, between any two looks; not of a few samples."""
    asked = fake_prometheus(monkeypatch, kubelet=True)

    found = many_jobs._memory(Stage(""), BEGAN, BEGAN + 10)  # type: ignore[arg-type]

    assert found == {"mostMiB": 300, "limitMiB": 512, "shareOfLimit": 0.59}
    assert [expr.startswith("max(max_over_time(container_memory_working_set_bytes") for expr in asked] == [
        True
    ]


def test_memory_without_a_kubelets_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process itself tells is the next best."""
    fake_prometheus(monkeypatch, kubelet=False)

    assert many_jobs._memory(Stage(""), BEGAN, BEGAN + 10)["mostMiB"] == 50  # type: ignore[arg-type]


def test_memory_that_nobody_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is no figure, and the aim counts as not measured."""
    fake_prometheus(monkeypatch, kubelet=True)
    monkeypatch.setattr(prometheus, "seen", lambda *_args, **_more: [])

    assert many_jobs._memory(Stage(""), BEGAN, BEGAN + 10) == {"limitMiB": 512}  # type: ignore[arg-type]


def test_the_curves_are_what_the_plot_draws(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Jobs of this run alone, in seconds since its beginning."""
    fake_prometheus(monkeypatch, kubelet=True)

    curves = many_jobs._curves(Stage(""), BEGAN, BEGAN + 10, [BEGAN + 1, BEGAN + 2])  # type: ignore[arg-type]

    assert curves["seconds"] == [0, 5, 10]
    assert curves["made"] == [0, 2, 2]
    assert curves["shown"] == [0, 1, 2]
    assert (curves["waitingSeconds"], curves["waiting"]) == ([0], [7])
    assert (curves["memoryMiBSeconds"], curves["memoryMiB"]) == ([0, 5, 10], [100, 300, 200])
    run = {
        "experiment": {"jobs": 2, "probes": 1},
        "machine": {"loadAverage": [1.0]},
        "memory": {"limitMiB": 512},
        "marks": {"quiet": 5.0},
        "timeline": curves,
    }
    assert len(draw_all({"runs": {"many-jobs": run}}, tmp_path)) == 1


def test_what_kubectl_waited_for_by_itself_is_summed() -> None:
    """Its log has a line for each wait; answers are no waits."""
    log = (
        'request.go:683] "Waited before sending request" delay="153.446666ms" reason="client-side throttling"\n'
        'round_trippers.go:632] "Response" verb="GET" milliseconds=14\n'
        'request.go:683] "Waited before sending request" delay="1.2s" reason="client-side throttling"\n'
    )

    assert many_jobs.held_back(log) == 1.35
    assert many_jobs.held_back("") == 0
