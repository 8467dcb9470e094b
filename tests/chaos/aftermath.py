"""After the last fault: wait until all is quiet, let some days pass, and have the workers tidy up."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, select, update

from tests.chaos.evidence import read_jobs
from tests.chaos.installation import Installation, sqlalchemy_url
from tests.chaos.records import FINAL_STATES
from wrangler.models import MaintenanceTask

QUIET_SECONDS = 60
SWEEP_SECONDS = 60
LOOK_SECONDS = 0.5
DAYS = timedelta(days=2)


def wait_for_quiet(ground: Installation) -> None:
    """Until every job has ended, or none has for a long time."""
    url = sqlalchemy_url(ground)
    left, give_up_at = -1, time.monotonic() + QUIET_SECONDS
    while time.monotonic() < give_up_at:
        still = sum(job.state not in FINAL_STATES for job in read_jobs(url))
        if still == 0:
            return
        if still != left:
            left, give_up_at = still, time.monotonic() + QUIET_SECONDS
        time.sleep(LOOK_SECONDS)


def sweep(ground: Installation) -> None:
    """Everything looks older than the sweep spares, and new workers do what is due when they start."""
    for name in ("runs", "artifacts", "datasets", "uploads"):
        for path in (ground.data_dir / name).rglob("*"):
            _age(path)
    engine = create_engine(sqlalchemy_url(ground))
    with engine.begin() as connection:
        connection.execute(update(MaintenanceTask).values(started_at=datetime.now(UTC) - DAYS, finished_at=None))
    for worker in ground.workers:
        worker.signal(signal.SIGTERM)
    give_up_at = time.monotonic() + SWEEP_SECONDS
    finished = None
    while finished is None and time.monotonic() < give_up_at:
        time.sleep(LOOK_SECONDS)
        with engine.connect() as connection:
            finished = connection.execute(
                select(MaintenanceTask.finished_at).where(MaintenanceTask.name == "sweep")
            ).scalar()
    engine.dispose()


def _age(path: Path) -> None:
    then = time.time() - DAYS.total_seconds()
    os.utime(path, (then, then))
