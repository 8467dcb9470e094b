"""How one worker at a time holds a job: claim, renew, hand back, try again, reap."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Case, ColumnElement, Connection, and_, case, func, literal, or_, select, update

from wrangler.extensions import db
from wrangler.models import Instant, Job, JobState, User
from wrangler.notebook import Progress
from wrangler.services.database_clock import clock_of, database_now
from wrangler.services.leases import Claim, LeasedTable, LeaseRenewal

BACK_OFF_SECONDS = (5, 10, 20)
SHORTEST_PAUSE_SECONDS = 0.5
JOBS = LeasedTable(Job, Job.state, JobState.QUEUED, JobState.RUNNING, {"dispatched_at": None, "worker": None})
NOT_CANCELLED = Job.cancel_requested_at.is_(None)
WORKER_LOST = {
    "code": "WORKER_LOST",
    "message": "The worker that ran this job stopped answering, and so did those that tried it again. "
    "Ask the operator to look at the workers' log, then run the job again.",
}


class Verdict(StrEnum):
    """The reply to the renewal of a job's lease."""

    CONTINUE = "continue"
    CANCELLED = "cancelled"
    LOST = "lost"


def claim(job_id: uuid.UUID, *, worker: str, lease_seconds: float, most_running_of_user: int = 0) -> Claim | None:
    """Take a queued job; None when somebody else has it, it is cancelled or not due, or its owner runs enough already.

    `most_running_of_user` is the limit of jobs that one user may have running at once; 0 is no limit.
    """
    now = database_now()
    if most_running_of_user and _running_of_owner(job_id) >= most_running_of_user:
        # It is due for a notification as soon as one of theirs has ended.
        db.session.execute(update(Job).where(Job.id == job_id, is_due(now)).values(dispatched_at=None))
        db.session.commit()
        return None
    which = and_(Job.id == job_id, is_due(now), JOBS.counted_attempts < Job.max_attempts)
    started = {"worker": worker, "started_at": now, "heartbeat_at": now, "error": None}
    return JOBS.claim(which, now, lease_seconds=lease_seconds, **started)


def renew(
    connection: Connection, claim: Claim, *, lease_seconds: float, progress: tuple[float, str] | None = None
) -> Verdict:
    """Renew the lease and write progress; the verdict carries a cancellation to the worker."""
    row = JOBS.renew(
        connection,
        claim,
        lease_seconds=lease_seconds,
        progress=progress,
        returning=(Job.cancel_requested_at,),
        heartbeat_at=clock_of(connection),
    )
    if row is None:
        return Verdict.LOST
    return Verdict.CONTINUE if row.cancel_requested_at is None else Verdict.CANCELLED


def renewal_of(claim: Claim, lease_seconds: float) -> LeaseRenewal[Progress, Verdict]:
    """Renews a job's lease in a thread, from its claim to the last byte that it leaves."""

    def send(connection: Connection, news: Progress | None) -> Verdict:
        progress = (news.fraction, news.heading) if news else None
        return renew(connection, claim, lease_seconds=lease_seconds, progress=progress)

    return JOBS.renewal(
        claim,
        send,
        lease_seconds=lease_seconds,
        held=Verdict.CONTINUE,
        lost=Verdict.LOST,
        pause_seconds=SHORTEST_PAUSE_SECONDS,
    )


def note_template(claim: Claim, sha256: str) -> None:
    """Record which template is really run: it may have changed since the job was requested."""
    db.session.execute(update(Job).where(JOBS.is_held(claim)).values(template_sha256=sha256))
    db.session.commit()


def hand_back(claim: Claim) -> bool:
    """Put a job back into its queue at once, because its worker must stop; the attempt does not count.

    False when it is not this worker's any more, or was cancelled meanwhile: nobody would claim it then.
    """
    return JOBS.hand_back(claim, NOT_CANCELLED, available_at=database_now(), stage="handed back")


def try_again(claim: Claim, reason: str) -> bool:
    """Put a job back after a failure that was not its own; False when its attempts are used up or it was cancelled."""
    has_left = and_(NOT_CANCELLED, JOBS.counted_attempts < Job.max_attempts)
    return JOBS.put_back(claim, has_left, available_at=_after_back_off(database_now()), stage=f"waiting: {reason}")


def reap() -> int:
    """Re-queue, or give up, every running job whose lease has run out. Any number of reapers may do this at once."""
    now = database_now()
    expired = JOBS.is_expired(now)
    given_up = update(Job).where(expired, or_(JOBS.counted_attempts >= Job.max_attempts, ~NOT_CANCELLED))
    again = JOBS.waits(
        update(Job).where(expired), available_at=_after_back_off(now), stage="waiting: its worker was lost"
    )
    reaped = sum(
        JOBS.execute(statement)
        for statement in (
            given_up.where(~NOT_CANCELLED).values(state=JobState.CANCELLED, finished_at=now),
            given_up.values(state=JobState.FAILED, finished_at=now, error=WORKER_LOST),
            again,
        )
    )
    db.session.commit()
    return reaped


def is_due(now: datetime) -> ColumnElement[bool]:
    """True for rows that may be claimed now."""
    return and_(Job.state == JobState.QUEUED, Job.available_at <= now, NOT_CANCELLED)


def _after_back_off(now: datetime) -> Case[datetime]:
    """When a job may be tried again: later after each attempt."""
    *steps, longest = (now + timedelta(seconds=seconds) for seconds in BACK_OFF_SECONDS)
    whens = [
        (JOBS.counted_attempts <= attempt, literal(moment, Instant)) for attempt, moment in enumerate(steps, start=1)
    ]
    return case(*whens, else_=literal(longest, Instant))


def _running_of_owner(job_id: uuid.UUID) -> int:
    """How many jobs run whose owner is that of this job; their claims wait for each other until the commit."""
    owner = select(Job.owner_id).where(Job.id == job_id).scalar_subquery()
    db.session.execute(select(User.id).where(User.id == owner).with_for_update(key_share=True))
    running = select(func.count()).select_from(Job).where(Job.owner_id == owner, Job.state == JobState.RUNNING)
    return db.session.scalar(running) or 0
