"""Queued jobs that no worker has picked up, because their notification was lost or could not be sent."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select, update

from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.services.database_clock import database_now
from wrangler.services.jobs.leases import is_due


def take_unnotified(queue: str, *, again_after_seconds: float, most_running_of_user: int = 0) -> uuid.UUID | None:
    """The most urgent job of a queue whose notification was lost; it is marked as notified, so that others leave it."""
    now = database_now()
    chosen = _unnotified(now, again_after_seconds, most_running_of_user).where(Job.queue == queue).limit(1)
    # Compared by `=`: PostgreSQL may run the subquery of an IN once for each row, and take another job each time.
    statement = (
        update(Job)
        .where(Job.id == chosen.with_for_update(skip_locked=True).scalar_subquery(), Job.state == JobState.QUEUED)
        .values(dispatched_at=now, updated_at=Job.updated_at)
        .returning(Job.id)
    )
    found = db.session.execute(statement, execution_options={"synchronize_session": False}).scalar_one_or_none()
    db.session.commit()
    return found


def mark_not_notified(job_id: uuid.UUID) -> None:
    """Its notification could not be sent: the worker that looks next finds it at once."""
    db.session.execute(update(Job).where(Job.id == job_id, Job.state == JobState.QUEUED).values(dispatched_at=None))
    db.session.commit()


def _unnotified(now: datetime, again_after_seconds: float, most_running_of_user: int) -> Select[uuid.UUID]:
    """Due jobs without a recent notification, most urgent first, except of users who run as many as they may."""
    stale = now - timedelta(seconds=again_after_seconds)
    chosen = select(Job.id).where(is_due(now), or_(Job.dispatched_at.is_(None), Job.dispatched_at < stale))
    if most_running_of_user:
        busy = (
            select(Job.owner_id)
            .where(Job.state == JobState.RUNNING)
            .group_by(Job.owner_id)
            .having(func.count() >= most_running_of_user)
        )
        chosen = chosen.where(Job.owner_id.not_in(busy))
    return chosen.order_by(Job.priority.desc(), Job.available_at)
