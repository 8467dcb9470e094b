"""Watching jobs change: however many watch in one process, the database is read once each half second."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy import Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError

from wrangler.extensions import reads_only
from wrangler.models import Job, JobState
from wrangler.services.jobs.estimates import expected_seconds_left

LOOK_SECONDS = 0.5
LONGEST_LOOK_SECONDS = 5.0
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobSnapshot:
    """What those who watch a job see of it at one moment."""

    id: uuid.UUID
    state: JobState
    progress: float
    stage: str
    attempt: int
    cancel_requested_at: datetime | None
    started_at: datetime | None
    heartbeat_at: datetime | None
    error: dict[str, Any] | None

    @classmethod
    def of(cls, row: Job | Row[Any]) -> "JobSnapshot":
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})

    @property
    def mark(self) -> str:
        """Eight digits that differ when there is something new to report; a mere heartbeat is nothing new."""
        seen = (self.state.value, self.progress, self.stage, self.attempt, self.cancel_requested_at)
        return f"{crc32(repr(seen).encode()):08x}"

    @property
    def expected_seconds_left(self) -> int | None:
        if self.state is not JobState.RUNNING:
            return None
        return expected_seconds_left(self.started_at, self.heartbeat_at, self.progress)


class Hub:
    """Looks at jobs for all watchers in this process. Its thread lives as long as there is a watcher.

    `streams` and `waits` are the places for those who watch: each of them holds a thread of the web server, and some
    threads must be left for everybody else.
    """

    def __init__(self, engine: Engine, places: int) -> None:
        self.streams = threading.BoundedSemaphore(places)
        self.waits = threading.BoundedSemaphore(max(1, places // 2))
        self.is_closing = False
        self._engine = engine
        self._looked = threading.Condition()
        self._watchers: Counter[uuid.UUID] = Counter()
        self._seen: dict[uuid.UUID, JobSnapshot | None] = {}
        self._looks = 0
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        """End all watching, as the server stops; may be called from a signal handler."""
        self.is_closing = True

    @contextmanager
    def watching(self, job_id: uuid.UUID) -> Iterator[None]:
        """Within this, `next_look` sees the job."""
        with self._looked:
            self._watchers[job_id] += 1
        try:
            yield
        finally:
            with self._looked:
                self._watchers[job_id] -= 1
                if not self._watchers[job_id]:
                    del self._watchers[job_id]
                    self._seen.pop(job_id, None)

    def next_look(self, known: JobSnapshot) -> JobSnapshot | None:
        """The job at the next look; what was known when the database does not answer, None when there is no such job.

        Returns within `LONGEST_LOOK_SECONDS`.
        """
        with self._looked:
            self._start_thread()
            looks = self._looks
            is_seen = self._looked.wait_for(
                lambda: self._looks > looks and known.id in self._seen, timeout=LONGEST_LOOK_SECONDS
            )
            return self._seen[known.id] if is_seen else known

    def wait_for_change(self, known: JobSnapshot, seconds: float) -> None:
        """Return once the job is not as it was known, or when the time is over."""
        give_up_at = time.monotonic() + seconds
        now: JobSnapshot | None = known
        with self.watching(known.id):
            while now is not None and now.mark == known.mark and time.monotonic() < give_up_at and not self.is_closing:
                now = self.next_look(known)

    def _start_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._look_until_unwatched, name="watching jobs", daemon=True)
            self._thread.start()

    def _look_until_unwatched(self) -> None:
        reads_only.set(True)
        while watched := self._watched_now():
            self._look(watched)
            time.sleep(LOOK_SECONDS)

    def _watched_now(self) -> list[uuid.UUID]:
        with self._looked:
            if not self._watchers:
                self._thread = None
            return list(self._watchers)

    def _look(self, watched: Iterable[uuid.UUID]) -> None:
        columns = [getattr(Job, name) for name in JobSnapshot.__dataclass_fields__]
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(select(*columns).where(Job.id.in_(watched))).all()
        except SQLAlchemyError as exc:
            logger.warning("the watched jobs could not be read from the database", error=str(exc))
            return
        found = {row.id: JobSnapshot.of(row) for row in rows}
        with self._looked:
            self._seen = {job_id: found.get(job_id) for job_id in watched if job_id in self._watchers}
            self._looks += 1
            self._looked.notify_all()
