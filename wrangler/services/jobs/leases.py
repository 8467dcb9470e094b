"""How one worker at a time holds a job: claim, heartbeat, hand back, reap.

`attempt` is the fence. Each claim raises it by one, and whoever comes back with an older number changes nothing.
All comparisons are made by the database, on its own clock.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, CursorResult, Update, and_, or_, select, update

from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.services.clock import database_now

BACK_OFF_SECONDS = 5
WORKER_LOST = {
    "code": "WORKER_LOST",
    "message": "The worker that ran this job stopped answering, and so did those that tried it again. "
    "Ask the operator to look at the workers' log, then run the job again.",
}


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a job."""

    job_id: uuid.UUID
    attempt: int


class Verdict(StrEnum):
    """What a heartbeat is answered."""

    CONTINUE = "continue"
    CANCELLED = "cancelled"
    LOST = "lost"


def claim(job_id: uuid.UUID, *, worker: str, lease_seconds: int) -> Claim | None:
    """Take a queued job; None when somebody else has it, or it is cancelled, or not due yet."""
    now = database_now()
    statement = (
        update(Job)
        .where(
            Job.id == job_id,
            Job.state == JobState.QUEUED,
            Job.available_at <= now,
            Job.cancel_requested_at.is_(None),
            Job.attempt < Job.max_attempts,
        )
        .values(
            state=JobState.RUNNING,
            attempt=Job.attempt + 1,
            worker=worker,
            started_at=now,
            heartbeat_at=now,
            lease_until=now + timedelta(seconds=lease_seconds),
            progress=0.0,
            stage="starting",
            error=None,
        )
        .returning(Job.attempt)
    )
    attempt = db.session.execute(statement).scalar_one_or_none()
    db.session.commit()
    return None if attempt is None else Claim(job_id, attempt)


def beat(held: Claim, *, lease_seconds: int, progress: float, stage: str) -> Verdict:
    """Renew the lease and carry progress up; the answer carries a cancellation down."""
    now = database_now()
    statement = (
        update(Job)
        .where(is_held(held))
        .values(
            heartbeat_at=now,
            lease_until=now + timedelta(seconds=lease_seconds),
            progress=min(max(progress, 0.0), 1.0),
            stage=stage[:200],
        )
        .returning(Job.cancel_requested_at)
    )
    row = db.session.execute(statement).one_or_none()
    db.session.commit()
    if row is None:
        return Verdict.LOST
    return Verdict.CONTINUE if row.cancel_requested_at is None else Verdict.CANCELLED


def hand_back(held: Claim) -> bool:
    """Put a job back into its queue at once, because its worker must stop; the attempt does not count."""
    statement = (
        update(Job)
        .where(is_held(held))
        .values(
            state=JobState.QUEUED,
            available_at=database_now(),
            dispatched_at=None,
            lease_until=None,
            worker=None,
            max_attempts=Job.max_attempts + 1,
            progress=0.0,
            stage="handed back",
        )
    )
    return _changed_one(statement)


def reap() -> int:
    """Re-queue, or give up, every running job whose lease has run out. Any number of reapers may do this at once."""
    now = database_now()
    expired = and_(Job.state == JobState.RUNNING, Job.lease_until < now)
    given_up = update(Job).where(expired, or_(Job.attempt >= Job.max_attempts, Job.cancel_requested_at.is_not(None)))
    reaped = 0
    for statement in (
        given_up.where(Job.cancel_requested_at.is_not(None)).values(state=JobState.CANCELLED, finished_at=now),
        given_up.values(state=JobState.FAILED, finished_at=now, error=WORKER_LOST),
        update(Job)
        .where(expired)
        .values(
            state=JobState.QUEUED,
            available_at=now + timedelta(seconds=BACK_OFF_SECONDS),
            dispatched_at=None,
            lease_until=None,
            worker=None,
            progress=0.0,
            stage="waiting: its worker was lost",
        ),
    ):
        result = db.session.execute(statement)
        reaped += result.rowcount if isinstance(result, CursorResult) else 0
    db.session.commit()
    return reaped


def due_for_a_ring(*, again_after_seconds: int, at_most: int = 500) -> list[tuple[uuid.UUID, str, int]]:
    """Queued jobs that no bell was rung for lately: (id, queue, priority), most urgent first; they count as rung."""
    now = database_now()
    stale = now - timedelta(seconds=again_after_seconds)
    chosen = (
        select(Job.id)
        .where(
            Job.state == JobState.QUEUED,
            Job.available_at <= now,
            or_(Job.dispatched_at.is_(None), Job.dispatched_at < stale),
        )
        .order_by(Job.priority.desc(), Job.available_at)
        .limit(at_most)
    )
    statement = (
        update(Job)
        .where(Job.id.in_(chosen.scalar_subquery()), Job.state == JobState.QUEUED)
        .values(dispatched_at=now)
        .returning(Job.id, Job.queue, Job.priority)
    )
    rows = db.session.execute(statement, execution_options={"synchronize_session": False}).all()
    db.session.commit()
    return sorted(((row.id, row.queue, row.priority) for row in rows), key=lambda row: -row[2])


def is_held(held: Claim) -> ColumnElement[bool]:
    """True for the row while this claim is the newest and nothing has ended it."""
    return and_(Job.id == held.job_id, Job.attempt == held.attempt, Job.state == JobState.RUNNING)


def _changed_one(statement: Update) -> bool:
    result = db.session.execute(statement)
    db.session.commit()
    return isinstance(result, CursorResult) and result.rowcount == 1
