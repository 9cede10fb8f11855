"""While S3 is slow or does not answer, one thread asks it for the catalogue, and the others go on with the last one."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gas.adapters.aws.references_s3 import S3References
from gas.adapters.memory.clock import FakeClock
from gas.adapters.wire_catalogue import catalogue_to_json
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import Catalogue, with_built_in
from gas.domain.errors import FatalError, TransientError
from tests.support.references import an_entry
from tests.support.waiting import PATIENCE_SECONDS, until

OLD, NEW = (with_built_in((an_entry(digest=digit * 64),), BUILT_IN) for digit in "ab")
SECOND = timedelta(seconds=1)


class SlowS3:
    """S3 with a catalogue: it counts who asks, and answers when it is let, or not at all."""

    def __init__(self) -> None:
        self.document = catalogue_to_json(OLD)
        self.asked = 0
        self.down = False
        self.let = threading.Event()
        self.let.set()

    def get_object(self, **_: Any) -> dict[str, Any]:
        """What lies there when it is asked, told when it is let."""
        self.asked += 1
        document = self.document
        assert self.let.wait(PATIENCE_SECONDS)
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://s3")
        return {"Body": io.BytesIO(document), "ETag": f'"{self.asked}"'}


class World:
    """A program's references, and the threads that ask for the catalogue."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.s3, self.clock, self.pool = SlowS3(), FakeClock(), pool
        self.references = S3References(self.s3, "gas-references", "gas", self.clock)

    def slowly(self, ask: Callable[[], Catalogue]) -> Any:
        """Ask in another thread, which waits for S3 now."""
        self.s3.let.clear()
        before = self.s3.asked
        answer = self.pool.submit(ask)
        until(lambda: self.s3.asked == before + 1)
        return answer

    def here(self, *, anew: bool = False) -> Any:
        """Ask in a third thread, so that one who waits for ever is seen."""
        return self.pool.submit(lambda: self.references.catalogue(anew=anew))


@pytest.fixture
def world() -> Any:
    """A program that has read the catalogue, and nothing since for over a minute."""
    with ThreadPoolExecutor(4) as pool:
        made = World(pool)
        made.references.catalogue()
        made.clock.advance(61 * SECOND)
        made.s3.document = catalogue_to_json(NEW)
        yield made
        made.s3.let.set()


def test_nobody_waits_for_the_one_who_reads(world: World) -> None:
    """Who comes meanwhile gets the last catalogue at once; when S3 has answered, all get the new one."""
    reading = world.slowly(world.references.catalogue)

    assert world.here().result(PATIENCE_SECONDS) == OLD
    assert not reading.done()
    world.s3.let.set()
    assert reading.result(PATIENCE_SECONDS) == NEW
    assert world.references.catalogue() == NEW


def test_what_is_too_old_is_waited_for(world: World) -> None:
    """A job with an hour old catalogue might get a bundle that was removed: all wait, for one and the same answer."""
    world.clock.advance(timedelta(hours=1))
    answers = [world.slowly(world.references.catalogue), world.here(), world.here()]
    world.s3.let.set()

    assert [answer.result(PATIENCE_SECONDS) for answer in answers] == [NEW] * 3
    assert world.s3.asked == 2


def test_anew_is_read_after_it_was_asked(world: World) -> None:
    """What another thread began to read before may lack what was published since."""
    world.s3.document = catalogue_to_json(OLD)
    reading = world.slowly(lambda: world.references.catalogue(anew=True))
    world.s3.document = catalogue_to_json(NEW)
    anew = world.here(anew=True)
    world.s3.let.set()

    assert (reading.result(PATIENCE_SECONDS), anew.result(PATIENCE_SECONDS)) == (OLD, NEW)
    assert world.references.catalogue() == NEW


def test_a_failed_try_is_not_repeated_at_once(world: World) -> None:
    """For some seconds the last catalogue holds, and S3 is not asked; then it is, until what is known is too old."""
    world.s3.down = True

    assert [world.references.catalogue() for _ in range(3)] == [OLD] * 3
    assert world.s3.asked == 2
    world.clock.advance(10 * SECOND)
    assert world.references.catalogue() == OLD
    assert world.s3.asked == 3

    world.clock.advance(60 * SECOND)
    for _ in range(2):
        with pytest.raises(TransientError, match="cannot be reached"):
            world.references.catalogue()
    assert world.s3.asked == 4

    world.s3.down = False
    world.clock.advance(10 * SECOND)
    assert world.references.catalogue() == NEW


def test_who_asks_anew_is_told_of_the_failure(world: World) -> None:
    """The last catalogue is no answer to them, nor does each of them ask a store that does not answer."""
    world.s3.down = True

    for _ in range(2):
        with pytest.raises(TransientError):
            world.references.catalogue(anew=True)
    assert world.s3.asked == 2


def test_what_cannot_be_read_is_said_at_once(world: World) -> None:
    """It is no trouble that passes."""
    world.s3.document = b"no JSON"

    with pytest.raises(FatalError, match="publish anew"):
        world.references.catalogue()
