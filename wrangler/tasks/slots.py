"""How many jobs this process may run at once in each queue, and how many it does."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """A thread that runs a job holds a slot of its queue, whether a notification or a look at the table started it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._capacity: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self._is_closed = False

    def open(self, queue: str, number: int = 1) -> None:
        """Allow so many more jobs of a queue at once."""
        with self._changed:
            self._capacity[queue] += number
            self._changed.notify_all()

    @property
    def number(self) -> int:
        """How many jobs this process may run at once, all queues together; at least one."""
        with self._changed:
            return max(1, self._capacity.total())

    def close(self) -> None:
        """Give no more slots: the process is about to end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def take(self, queue: str) -> bool:
        """Take a slot if one is free."""
        with self._changed:
            if self._is_closed or self._taken[queue] >= self._capacity[queue]:
                return False
            self._taken[queue] += 1
            return True

    def give_back(self, queue: str) -> None:
        with self._changed:
            self._taken[queue] -= 1
            self._changed.notify_all()

    @contextmanager
    def waited_for(self, queue: str) -> Iterator[bool]:
        """Wait for a slot and hold it; False when the process ends before one is free."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._taken[queue] < self._capacity[queue])
            is_mine = not self._is_closed
            self._taken[queue] += is_mine
        try:
            yield is_mine
        finally:
            if is_mine:
                self.give_back(queue)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no job runs here; False when some still do after that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._taken.total(), seconds)
