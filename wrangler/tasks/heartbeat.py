"""The pulse of one job: renews its lease from the claim to the last byte of its result, whatever goes on meanwhile."""

import threading
import time
from types import TracebackType
from typing import Self

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from wrangler.notebook import Progress
from wrangler.services.jobs import leases
from wrangler.services.jobs.leases import Claim, Verdict

BEATS_PER_LEASE = 3
SHORTEST_PAUSE_SECONDS = 0.5
logger = structlog.get_logger(__name__)


class Heartbeat:
    """A thread that beats three times a lease, and whenever there is something to tell.

    Whoever supervises the run never waits for the database: `tell` leaves the news and gives the last answer. A
    database that does not answer is waited for, but never longer than the lease: after that the job may be another
    worker's already, and this one must publish nothing.
    """

    def __init__(
        self, app: Flask, held: Claim, lease_seconds: int, stopping: threading.Event, claimed_at: float
    ) -> None:
        """`claimed_at` is the monotonic time just before the lease was taken."""
        self._app = app
        self._held = held
        self._lease_seconds = lease_seconds
        self._stopping = stopping
        self._held_until = claimed_at + lease_seconds
        self._answer = Verdict.CONTINUE
        self._news: Progress | None = Progress(heading="starting")
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._pulse, name=f"heartbeat {held.job_id}", daemon=True)

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
    def verdict(self) -> Verdict:
        """What the database last answered; lost when its last answer is older than the lease."""
        return self._answer if time.monotonic() < self._held_until else Verdict.LOST

    def tell(self, progress: Progress) -> bool:
        """Take progress up; False when the run must end: cancelled, lost to another worker, or the worker stops."""
        self._news = progress
        self._wake.set()
        return not self._stopping.is_set() and self.verdict is Verdict.CONTINUE

    def _pulse(self) -> None:
        told: Progress | None = None
        while not self._ended.is_set():
            self._wake.wait(self._lease_seconds / BEATS_PER_LEASE)
            self._wake.clear()
            if self._ended.is_set():
                return
            news = self._news
            if self._beat(news if news != told else None):
                told = news
            self._ended.wait(SHORTEST_PAUSE_SECONDS)

    def _beat(self, news: Progress | None) -> bool:
        """Renew the lease; False when the database did not answer."""
        asked_at = time.monotonic()
        try:
            with self._app.app_context():
                self._answer = leases.beat(
                    self._held,
                    lease_seconds=self._lease_seconds,
                    progress=news.fraction if news else None,
                    stage=news.heading if news else "",
                )
        except DBAPIError as trouble:
            logger.warning("heartbeat not heard", job_id=str(self._held.job_id), trouble=str(trouble.orig))
            return False
        self._held_until = asked_at + self._lease_seconds
        return True
