"""The pulse of whoever holds a lease: renews it and carries news up and the answer down, whatever goes on meanwhile."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

BEATS_PER_LEASE = 3
News = TypeVar("News")
Answer = TypeVar("Answer")
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Lease:
    """For how long whoever holds something is believed to live after each beat."""

    seconds: int
    taken_at: float
    """The monotonic time just before it was taken."""


class Pulse(Generic[News, Answer]):
    """A thread that beats three times a lease, and whenever it is told something, with a pause in between.

    Whoever works never waits for the database: `tell` leaves the news and gives the last answer. A database that does
    not answer is waited for, but never longer than the lease: after that somebody else may hold it already, and this
    one must publish nothing.

    `beat` renews the lease, with what is new or None, and gives the database's answer. The answer is `held` until the
    first beat, and `lost` when the last is older than the lease. `whose` names the work in the log.
    """

    def __init__(
        self,
        beat: Callable[[News | None], Answer],
        lease: Lease,
        *,
        held: Answer,
        lost: Answer,
        pause_seconds: float,
        **whose: str,
    ) -> None:
        self._renew = beat
        self._lease_seconds = lease.seconds
        self._held_until = lease.taken_at + lease.seconds
        self._last_answer = held
        self._lost = lost
        self._pause_seconds = pause_seconds
        self._log = logger.bind(**whose)
        self._news: News | None = None
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name=f"pulse of {whose}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._wake.set()
        self._thread.join()

    @property
    def answer(self) -> Answer:
        return self._last_answer if time.monotonic() < self._held_until else self._lost

    def tell(self, news: News) -> Answer:
        """Take news up, soon; gives the answer that is known."""
        self._news = news
        self._wake.set()
        return self.answer

    def _beat_on(self) -> None:
        told: News | None = None
        while not self._ended.is_set():
            self._wake.wait(self._lease_seconds / BEATS_PER_LEASE)
            self._wake.clear()
            if self._ended.is_set():
                return
            news = self._news
            if self._beat(news if news != told else None):
                told = news
            self._ended.wait(self._pause_seconds)

    def _beat(self, news: News | None) -> bool:
        """Renew the lease; False when the database did not answer."""
        asked_at = time.monotonic()
        try:
            self._last_answer = self._renew(news)
        except DBAPIError as trouble:
            self._log.warning("beat not heard", trouble=str(trouble.orig))
            return False
        self._held_until = asked_at + self._lease_seconds
        return True
