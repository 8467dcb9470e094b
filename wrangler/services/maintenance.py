"""Regular maintenance, noted in the database: done in one place in each period, whatever is started twice."""

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from wrangler.extensions import db
from wrangler.models import MaintenanceTask
from wrangler.services.database_clock import database_now

PERIOD_SECONDS = {"reap": 5, "health": 60, "sweep": 600, "prune": 3600}
ALARM_AFTER_PERIODS = 3
SHORTEST_ALARM_SECONDS = 60
_EARLY = 0.9  # whoever comes a little early, by its own clock, need not wait for a whole period


def begin(name: str, worker: str) -> bool:
    """True for one caller in each period of this maintenance task: that one does it."""
    now = database_now()
    not_since = now - timedelta(seconds=PERIOD_SECONDS[name] * _EARLY)
    due = update(MaintenanceTask).where(MaintenanceTask.name == name, MaintenanceTask.started_at <= not_since)
    result = cast("CursorResult[Any]", db.session.execute(due.values(started_at=now, worker=worker)))
    is_mine = result.rowcount == 1
    if not is_mine and db.session.get(MaintenanceTask, name) is None:
        db.session.add(MaintenanceTask(name=name, started_at=now, worker=worker))
        is_mine = True
    try:
        db.session.commit()
    except IntegrityError:  # somebody else made the row in the same moment
        db.session.rollback()
        return False
    return is_mine


def finish(name: str, **done: int | str) -> None:
    """Note that the maintenance task is done, and what it did."""
    db.session.execute(
        update(MaintenanceTask).where(MaintenanceTask.name == name).values(finished_at=database_now(), done=done)
    )
    db.session.commit()


def ages() -> dict[str, float | None]:
    """Seconds since each maintenance task was last done; None for one that never was."""
    now = database_now()
    finished = {row.name: row.finished_at for row in db.session.scalars(select(MaintenanceTask))}
    return {
        name: None if (at := finished.get(name)) is None else round((now - at).total_seconds(), 1)
        for name in PERIOD_SECONDS
    }


def overdue(found: dict[str, float | None], served_seconds: float, *, is_served: bool) -> list[str]:
    """The maintenance tasks that have not been done for three periods, and not for a minute.

    `served_seconds` is how long there have been workers, who had so much time for a maintenance task that was never
    done. While there are some (`is_served`), it is how long they have been running: they are not late for what was due
    before.
    """
    return [
        name
        for name, age in found.items()
        if (served_seconds if age is None else min(age, served_seconds) if is_served else age)
        > max(SHORTEST_ALARM_SECONDS, PERIOD_SECONDS[name] * ALARM_AFTER_PERIODS)
    ]
