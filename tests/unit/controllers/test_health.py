"""What the controllers say of themselves: dead, deaf and hanging parts are told, and a slow start is none of these."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.domain.decision import Lane
from gas.domain.names import Channel
from gas.services.make_pass import SETTLED, Again
from gas_controllers import health as health_module
from gas_controllers.health import Health, LoopBeat
from gas_controllers.lanes.consumers import Consumer
from gas_controllers.lanes.lanes import Lanes
from gas_controllers.lanes.sweep import Periodic
from tests.support.jobs import NOW
from tests.support.waiting import PATIENCE_SECONDS, until

NEVER = 3600.0


class Patient:
    """All that is judged, started or not; whatever is called waits for `gate`, which is open unless a test shuts it."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.sweep = Periodic("sweep", NEVER, self._call)
        self.resync = Periodic("resync", NEVER, self._call)
        queue = InMemoryQueue(Channel.THAW, FakeClock(NOW))
        self.consumer = Consumer(Channel.THAW, queue, lambda item: None, lambda archive_id: None, 0)
        self.lanes = Lanes(self._work, {Lane.STATE: 1, Lane.COPY: 1})
        self.beat = LoopBeat(beating=True)
        self.health = Health(self.sweep, self.resync, [self.consumer], self.lanes, self.beat)

    def start(self) -> None:
        """Start everything."""
        self.lanes.start()
        for thread in (self.sweep, self.resync, self.consumer):
            thread.start()

    def stop(self) -> None:
        """Stop everything that runs."""
        self.gate.set()
        for thread in (self.sweep, self.resync, self.consumer):
            thread.stop()
            if thread.ident is not None:
                thread.join()
        self.lanes.stop(PATIENCE_SECONDS)

    def _call(self) -> None:
        self.gate.wait()

    def _work(self, item: Hashable, lane: Lane) -> Again:
        self._call()
        return SETTLED


@pytest.fixture
def patient() -> Iterator[Patient]:
    """Something to judge."""
    patient = Patient()
    yield patient
    patient.stop()


def test_well(patient: Patient) -> None:
    """All parts run: live and ready."""
    patient.start()

    assert (patient.health.live(), patient.health.ready()) == (None, None)


def test_slow_start(patient: Patient) -> None:
    """While the first listing is made nothing runs yet: not ready, but no reason to start anew."""
    patient.beat.beating = False
    patient.beat.last = time.monotonic() - 2 * health_module.LOOP_SECONDS

    assert patient.health.live() is None
    assert patient.health.ready() == "the watch has not started yet"


def stop_a_consumer(patient: Patient) -> str:
    """A consumer ends."""
    patient.consumer.stop()
    patient.consumer.join()
    return "these threads have ended: consume-thaw"


def stop_the_sweep(patient: Patient) -> str:
    """The sweep ends."""
    patient.sweep.stop()
    patient.sweep.join()
    return "these threads have ended: sweep"


def stop_the_workers(patient: Patient) -> str:
    """All workers of the lanes end."""
    patient.lanes.stop(PATIENCE_SECONDS)
    return "these threads have ended: state-0, copy-0"


def silence_the_loop(patient: Patient) -> str:
    """The event loop that carries the watch hangs."""
    patient.beat.last = time.monotonic() - 20
    return "the event loop of the watch has not turned for 20 s"


@pytest.mark.parametrize("break_it", [stop_a_consumer, stop_the_sweep, stop_the_workers, silence_the_loop])
def test_dead_part(patient: Patient, break_it: Callable[[Patient], str]) -> None:
    """Whatever has ended or fallen silent is named, by both probes."""
    patient.start()

    sentence = break_it(patient)

    assert (patient.health.live(), patient.health.ready()) == (sentence, sentence)


def hang_a_pass(patient: Patient) -> str:
    """A pass over a job does not come back."""
    patient.start()
    until(lambda: patient.sweep.call_seconds == patient.resync.call_seconds == 0.0)
    assert patient.health.live() is None
    patient.gate.clear()
    patient.lanes.put("job")
    return "a pass has been under way for"


def hang_the_sweep(patient: Patient) -> str:
    """The sweep does not come back."""
    patient.gate.clear()
    patient.start()
    return "the sweep has been under way for"


@pytest.mark.parametrize("hang", [hang_a_pass, hang_the_sweep])
def test_hanging_part(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, hang: Callable[[Patient], str]
) -> None:
    """What does not come back is told, however alive its thread is."""
    monkeypatch.setattr(health_module, "STUCK_SECONDS", 0.2)

    beginning = hang(patient)

    until(lambda: str(patient.health.live()).startswith(beginning))
    assert patient.health.ready() is not None
