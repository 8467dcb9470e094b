"""The lease renewal of whoever holds a lease: renews it and carries news up and the answer down, whatever goes on meanwhile."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

RENEWALS_PER_LEASE = 3
News = TypeVar("News")
Reply = TypeVar("Reply")
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Lease:
    """For how long whoever holds something is believed to live after each renewal."""

    seconds: int
    taken_at: float
    """The monotonic time just before it was taken."""


class LeaseRenewal(Generic[News, Reply]):
    """A thread that beats three times a lease, and whenever it is reported something, with a pause in between.

    Whoever works never waits for the database: `report` leaves the news and gives the last answer. A database that does
    not answer is waited for, but never longer than the lease: after that somebody else may hold it already, and this
    one must publish nothing.

    `renew` renews the lease, with what is new or None, and gives the database's answer. The answer is `held` until the
    first renewal, and `lost` when the last is older than the lease. `whose` names the work in the log.
    """

    def __init__(
        self,
        renew: Callable[[News | None], Reply],
        lease: Lease,
        *,
        held: Reply,
        lost: Reply,
        pause_seconds: float,
        **whose: str,
    ) -> None:
        self._renew = renew
        self._lease_seconds = lease.seconds
        self._held_until = lease.taken_at + lease.seconds
        self._last_reply = held
        self._lost = lost
        self._pause_seconds = pause_seconds
        self._log = logger.bind(**whose)
        self._news: News | None = None
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, name=f"lease renewal of {whose}", daemon=True)

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
    def reply(self) -> Reply:
        return self._last_reply if time.monotonic() < self._held_until else self._lost

    def report(self, news: News) -> Reply:
        """Take news up, soon; gives the answer that is known."""
        self._news = news
        self._wake.set()
        return self.reply

    def _renew_until_ended(self) -> None:
        reported: News | None = None
        while not self._ended.is_set():
            self._wake.wait(self._lease_seconds / RENEWALS_PER_LEASE)
            self._wake.clear()
            if self._ended.is_set():
                return
            news = self._news
            if self._renew_once(news if news != reported else None):
                reported = news
            self._ended.wait(self._pause_seconds)

    def _renew_once(self, news: News | None) -> bool:
        """Renew the lease; False when the database did not answer."""
        asked_at = time.monotonic()
        try:
            self._last_reply = self._renew(news)
        except DBAPIError as exc:
            self._log.warning("lease not renewed", error=str(exc.orig))
            return False
        self._held_until = asked_at + self._lease_seconds
        return True
