"""What keeps the promise of the queue: ring again, take back from lost workers, say that this worker is alive.

Every step is one conditional statement, so any number of worker processes may do them at once.
"""

import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from wrangler.config import Settings
from wrangler.extensions import db
from wrangler.models import Worker
from wrangler.queues import JobQueues
from wrangler.services.clock import database_now
from wrangler.services.jobs import leases

FORGET_WORKERS_AFTER = timedelta(days=1)
LONGEST_PERIOD_SECONDS = 5.0
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Upkeep:
    """The regular round of one worker process."""

    app: Flask
    settings: Settings
    queues: JobQueues
    worker: str
    serves: tuple[str, ...]

    def run_until(self, stopping: threading.Event) -> None:
        """Make the round until told to stop; a database that is away for a while does not end it."""
        period = min(LONGEST_PERIOD_SECONDS, self.settings.job_dispatch_seconds, self.settings.job_lease_seconds / 3)
        while True:
            try:
                self.round()
            except DBAPIError as trouble:
                logger.warning("upkeep waits for the database", trouble=str(trouble.orig))
            if stopping.wait(period):
                return

    def round(self) -> None:
        """One round: alive, reap, ring."""
        with self.app.app_context():
            self._say_alive()
            reaped = leases.reap()
            if reaped:
                logger.warning("jobs taken back from lost workers", jobs=reaped)
            due = leases.due_for_a_ring(again_after_seconds=self.settings.job_dispatch_seconds)
        for job_id, queue, priority in due:
            self.queues.ring(queue, job_id, priority)

    def _say_alive(self) -> None:
        now = database_now()
        row = db.session.scalar(select(Worker).where(Worker.name == self.worker))
        if row is None:
            row = Worker(id=uuid.uuid4(), name=self.worker, queues=list(self.serves), seen_at=now)
            db.session.add(row)
        row.seen_at = now
        db.session.execute(delete(Worker).where(Worker.seen_at < now - FORGET_WORKERS_AFTER))
        db.session.commit()
