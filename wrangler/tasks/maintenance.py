"""The maintenance tasks, which keep the promises of the queue beside the jobs themselves.

A thread of every worker records, on the database's clock, that this worker is alive, and takes jobs back from lost
workers. What only tidies up is done by Huey's periodic tasks. Either way the maintenance task's row decides who does
it, so it is done in one place in each period.
"""

import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import delete, select

from wrangler.config import Settings
from wrangler.extensions import db
from wrangler.models import Worker
from wrangler.notebook import end_orphans
from wrangler.queue_names import MAINTENANCE_QUEUE
from wrangler.services import State, Storage, database_now, health, maintenance, orphaned_files
from wrangler.services.imports import leases as import_leases
from wrangler.services.jobs import deletion
from wrangler.services.jobs import leases as job_leases
from wrangler.tasks.loop import repeat

DROP_WORKERS_AFTER = timedelta(days=1)
PERIOD_SECONDS = 5.0
ROUNDS_PER_ORPHAN_SWEEP = 12
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Maintenance:
    """The maintenance tasks as one worker process does them."""

    app: Flask
    settings: Settings
    worker: str
    wake_dispatcher: Callable[[], None]
    _is_known: threading.Event = field(default_factory=threading.Event)

    def run_until(self, ending: threading.Event, serves: tuple[str, ...]) -> None:
        """Make rounds until asked to stop."""
        period = min(PERIOD_SECONDS, self.settings.job_lease_seconds / 3)
        numbers = itertools.count()

        def make_round() -> None:
            number = next(numbers)
            if number % ROUNDS_PER_ORPHAN_SWEEP == 0:
                self._end_orphans()
            self.round(serves)
            if number == 0 and MAINTENANCE_QUEUE in serves:
                self.catch_up()

        repeat("maintenance", make_round, lambda: ending.wait(period), ending)

    def catch_up(self) -> None:
        """What was due while nothing ran, as after a crash."""
        for name in ("sweep", "prune"):
            self.do(name)

    def round(self, serves: tuple[str, ...]) -> None:
        """One round: record that this worker is alive, then reap."""
        with self.app.app_context():
            self._record_alive(serves)
        self.do("reap")
        self._is_known.set()

    def do(self, name: str) -> None:
        """Do a maintenance task, unless somebody did it in this period already.

        Health is not judged before the first round: Huey begins its periodic tasks at once, when the database does not
        know of this worker yet.
        """
        if name == "health" and not self._is_known.is_set():
            return
        with self.app.app_context():
            if not maintenance.begin(name, self.worker):
                return
            tasks = {"reap": self._reap, "sweep": self._sweep, "prune": self._prune, "health": self._check_health}
            maintenance.finish(name, **tasks[name]())

    def _reap(self) -> dict[str, int | str]:
        storage = Storage(self.settings.data_dir)
        reaped = {
            "jobs": job_leases.reap(),
            "imports": import_leases.reap(storage, max_attempts=self.settings.job_max_attempts),
        }
        if any(reaped.values()):
            logger.warning("taken back from lost processes", **reaped)
            self.wake_dispatcher()
        return dict(reaped)

    def _sweep(self) -> dict[str, int | str]:
        removed = orphaned_files.sweep(Storage(self.settings.data_dir))
        if any(removed.values()):
            logger.warning("leftovers of crashes removed", **removed)
        return dict(removed)

    def _prune(self) -> dict[str, int | str]:
        pruned = deletion.prune(Storage(self.settings.data_dir), retention_days=self.settings.retention_days)
        if pruned:
            logger.info("old jobs deleted", jobs=pruned, retention_days=self.settings.retention_days)
        return {"jobs": pruned}

    def _check_health(self) -> dict[str, int | str]:
        """The health check, for those who read the log and not `/health`."""
        found = health.checks(self.settings)
        for name, check in found.items():
            if check.state is not State.OK:
                logger.error("not healthy", part=name, state=check.state.value, error=check.message)
        return {"status": health.overall(found).value}

    def _end_orphans(self) -> None:
        """Processes belong to one machine, so every worker looks for those of its own."""
        ended = end_orphans()
        if ended:
            logger.warning("processes of runs without a supervisor ended", processes=ended)

    def _record_alive(self, serves: tuple[str, ...]) -> None:
        now = database_now()
        if not self._is_known.is_set():  # an earlier process of the same name, as in containers, is not this one
            db.session.execute(delete(Worker).where(Worker.name == self.worker))
        row = db.session.scalar(select(Worker).where(Worker.name == self.worker))
        if row is None:
            row = Worker(id=uuid.uuid4(), name=self.worker, queues=list(serves), seen_at=now, created_at=now)
            db.session.add(row)
        row.seen_at = now
        db.session.execute(delete(Worker).where(Worker.seen_at < now - DROP_WORKERS_AFTER))
        db.session.commit()
