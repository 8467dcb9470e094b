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
logger = structlog.get_logger(__name__)


class Heartbeat:
    """A thread that beats three times a lease, and at each progress; `verdict` is what the database last answered."""

    def __init__(self, app: Flask, held: Claim, lease_seconds: int, stopping: threading.Event) -> None:
        self.verdict = Verdict.CONTINUE
        self._app = app
        self._held = held
        self._lease_seconds = lease_seconds
        self._stopping = stopping
        self._progress = Progress(heading="starting")
        self._held_until = time.monotonic() + lease_seconds
        self._ended = threading.Event()
        self._beating = threading.Lock()
        self._thread = threading.Thread(target=self._pulse, name=f"heartbeat {held.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def tell(self, progress: Progress) -> bool:
        """Take progress up; False when the run must end: cancelled, lost to another worker, or the worker stops."""
        if self._stopping.is_set():
            return False
        self._progress = progress
        self._beat()
        return self.verdict is Verdict.CONTINUE

    def _pulse(self) -> None:
        while not self._ended.wait(self._lease_seconds / BEATS_PER_LEASE):
            self._beat()

    def _beat(self) -> None:
        """Renew the lease. A database that does not answer is waited for, but never longer than the lease.

        After that the job may be another worker's already, and this one must publish nothing.
        """
        with self._beating, self._app.app_context():
            asked_at = time.monotonic()
            try:
                self.verdict = leases.beat(
                    self._held,
                    lease_seconds=self._lease_seconds,
                    progress=self._progress.fraction,
                    stage=self._progress.heading,
                )
            except DBAPIError as trouble:
                logger.warning("heartbeat not heard", job_id=str(self._held.job_id), trouble=str(trouble.orig))
                if asked_at >= self._held_until:
                    self.verdict = Verdict.LOST
            else:
                self._held_until = asked_at + self._lease_seconds
