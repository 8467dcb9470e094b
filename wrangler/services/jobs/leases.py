"""How one worker at a time holds a job: claim, heartbeat, hand back, try again, reap.

`attempt` is the fence. Each claim raises it by one, and whoever comes back with an older number changes nothing.
All comparisons are made by the database, on its own clock.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Case, ColumnElement, CursorResult, Update, and_, case, func, literal, or_, select, update

from wrangler.extensions import db
from wrangler.models import Instant, Job, JobState, User
from wrangler.services.database_clock import database_now

BACK_OFF_SECONDS = (5, 10, 20)
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


def claim(job_id: uuid.UUID, *, worker: str, lease_seconds: int, most_running_of_user: int = 0) -> Claim | None:
    """Take a queued job; None when somebody else has it, it is cancelled or not due, or its owner runs enough already.

    `most_running_of_user` is the limit of jobs that one user may have running at once; 0 is no limit.
    """
    now = database_now()
    if most_running_of_user and _running_of_owner(job_id) >= most_running_of_user:
        # It is due for a notification as soon as one of theirs has ended.
        db.session.execute(update(Job).where(Job.id == job_id, is_due(now)).values(dispatched_at=None))
        db.session.commit()
        return None
    statement = (
        update(Job)
        .where(Job.id == job_id, is_due(now), Job.attempt < Job.max_attempts)
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


def renew(held: Claim, *, lease_seconds: int, progress: float | None = None, stage: str = "") -> Verdict:
    """Renew the lease and carry progress up, if there is news; the answer carries a cancellation down."""
    now = database_now()
    renewed: dict[str, Any] = {"heartbeat_at": now, "lease_until": now + timedelta(seconds=lease_seconds)}
    if progress is None:
        renewed["updated_at"] = Job.updated_at  # for those who watch, a mere renewal is no change
    else:
        renewed |= {"progress": min(max(progress, 0.0), 1.0), "stage": stage[:200]}
    statement = update(Job).where(is_held(held)).values(**renewed).returning(Job.cancel_requested_at)
    row = db.session.execute(statement).one_or_none()
    db.session.commit()
    if row is None:
        return Verdict.LOST
    return Verdict.CONTINUE if row.cancel_requested_at is None else Verdict.CANCELLED


def note_template(held: Claim, sha256: str) -> None:
    """Say which template is really run: it may have changed since the job was ordered."""
    db.session.execute(update(Job).where(is_held(held)).values(template_sha256=sha256))
    db.session.commit()


def hand_back(held: Claim) -> bool:
    """Put a job back into its queue at once, because its worker must stop; the attempt does not count.

    False when it is not this worker's any more, or was cancelled meanwhile.
    """
    return _requeue(held, available_at=database_now(), max_attempts=Job.max_attempts + 1, stage="handed back")


def try_again(held: Claim, reason: str) -> bool:
    """Put a job back after a failure that was not its own; False when its attempts are used up or it was cancelled."""
    held_and_left = update(Job).where(is_held(held), Job.attempt < Job.max_attempts)
    return _requeue(held, held_and_left, available_at=_after_back_off(database_now()), stage=f"waiting: {reason}")


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
            available_at=_after_back_off(now),
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


def is_due(now: datetime) -> ColumnElement[bool]:
    """True for rows that may be claimed now."""
    return and_(Job.state == JobState.QUEUED, Job.available_at <= now, Job.cancel_requested_at.is_(None))


def is_held(held: Claim) -> ColumnElement[bool]:
    """True for the row while this claim is the newest and nothing has ended it."""
    return and_(Job.id == held.job_id, Job.attempt == held.attempt, Job.state == JobState.RUNNING)


def _requeue(held: Claim, statement: Update | None = None, **values: object) -> bool:
    """Back to the queue, unless its user has cancelled it: nobody would claim it then."""
    statement = update(Job).where(is_held(held)) if statement is None else statement
    statement = statement.where(Job.cancel_requested_at.is_(None)).values(
        state=JobState.QUEUED, dispatched_at=None, lease_until=None, worker=None, progress=0.0, **values
    )
    result = db.session.execute(statement)
    db.session.commit()
    return isinstance(result, CursorResult) and result.rowcount == 1


def _after_back_off(now: datetime) -> Case[datetime]:
    """When a job may be tried again: later after each attempt."""
    *steps, longest = (now + timedelta(seconds=seconds) for seconds in BACK_OFF_SECONDS)
    whens = [(Job.attempt <= attempt, literal(moment, Instant)) for attempt, moment in enumerate(steps, start=1)]
    return case(*whens, else_=literal(longest, Instant))


def _running_of_owner(job_id: uuid.UUID) -> int:
    """How many jobs run whose owner is that of this job; their claims wait for each other until the commit."""
    owner = select(Job.owner_id).where(Job.id == job_id).scalar_subquery()
    db.session.execute(select(User.id).where(User.id == owner).with_for_update(key_share=True))
    running = select(func.count()).select_from(Job).where(Job.owner_id == owner, Job.state == JobState.RUNNING)
    return db.session.scalar(running) or 0
