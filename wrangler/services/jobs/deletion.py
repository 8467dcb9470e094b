"""Jobs that have ended are deleted with all that they left, but not with the datasets that they completed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy import delete as delete_rows

from wrangler.errors import Conflict
from wrangler.extensions import db
from wrangler.models import Job, JobKind, JobState
from wrangler.services.audit import append
from wrangler.services.database_clock import database_now
from wrangler.services.ownership import owned
from wrangler.services.storage import Storage

AT_ONCE = 200
FINAL = [state for state in JobState if state.is_final]


@dataclass(frozen=True)
class Choice:
    """Which of somebody's finished jobs; what is left open does not restrict."""

    ids: Sequence[uuid.UUID] = ()
    states: Sequence[JobState] = ()
    kind: JobKind | None = None
    dataset_id: uuid.UUID | None = None
    finished_before: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the rows have to fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.ids:
            found.append(Job.id.in_(self.ids))
        if self.states:
            found.append(Job.state.in_(self.states))
        if self.kind is not None:
            found.append(Job.kind == self.kind)
        if self.dataset_id is not None:
            found.append(Job.dataset_id == self.dataset_id)
        if self.finished_before is not None:
            found.append(Job.finished_at < self.finished_before)
        return found


def delete(owner_id: uuid.UUID, job_id: uuid.UUID, storage: Storage) -> None:
    """Delete a finished job.

    Raises
    ------
    Conflict
        While the job waits or runs: cancel it first.
    """
    job = owned(Job, job_id, owner_id)
    if not job.state.is_final:
        raise Conflict(f"The job is {job.state.value}; cancel it first, then delete it.", code="job_not_finished")
    _delete([(job.id, job.owner_id)], storage, "job.deleted")


def delete_many(owner_id: uuid.UUID, choice: Choice, storage: Storage) -> int:
    """Delete the finished ones among somebody's jobs that are chosen; gives their number. The others are left alone."""
    return _delete_all([Job.owner_id == owner_id, *choice.conditions()], storage, "job.deleted")


def prune(storage: Storage, *, retention_days: int) -> int:
    """Delete everybody's jobs that ended longer ago than this; 0 days keep all."""
    if not retention_days:
        return 0
    before = database_now() - timedelta(days=retention_days)
    return _delete_all([Job.finished_at < before], storage, "job.pruned")


def _delete_all(conditions: list[ColumnElement[bool]], storage: Storage, action: str) -> int:
    """In transactions of a bounded size: the one writer of SQLite has others to serve."""
    ended = select(Job.id, Job.owner_id).where(Job.state.in_(FINAL), *conditions)
    deleted = 0
    while jobs := [(row[0], row[1]) for row in db.session.execute(ended.order_by(Job.finished_at).limit(AT_ONCE))]:
        deleted += _delete(jobs, storage, action)
    db.session.rollback()
    return deleted


def _delete(jobs: list[tuple[uuid.UUID, uuid.UUID]], storage: Storage, action: str) -> int:
    """Delete these, given with their owners, unless somebody else does: the rows first, then the files.

    Files without a row are removed by the sweep later; a row without its files would promise what is not there.
    """
    gone = db.session.scalars(delete_rows(Job).where(Job.id.in_([job for job, _ in jobs])).returning(Job.id)).all()
    for job_id, owner_id in jobs:
        if job_id in gone:
            append(action, user_id=owner_id, subject="job", subject_id=job_id)
    db.session.commit()
    for job_id in gone:
        storage.remove_job(job_id)
    return len(gone)
