"""Tells stories that do not disturb each other side by side: on the running platform most of a story is waiting."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.support.desk import Desk

Story = Callable[[Desk], None]
Told = dict[str, Future[None]]


class Stories(dict[str, Story]):
    """The stories of a module by their names, in the order in which they were written."""

    def story(self, tell: Story) -> Story:
        """Add a story; a decorator."""
        self[tell.__name__] = tell
        return tell

    @contextmanager
    def telling(self, desk: Desk, more_annotators: int) -> Iterator[Told]:
        """All stories, told at once in a thread each, with annotators enough that some may be held meanwhile."""
        for number in range(more_annotators):
            desk.start_annotator(f"annotator-{number}")
        with ThreadPoolExecutor(len(self)) as threads:
            yield {name: threads.submit(tell, desk) for name, tell in self.items()}
        desk.heal()
