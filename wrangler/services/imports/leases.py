"""How one process at a time holds an import: claim, beat, hand back, reap; the same protocol as that of jobs.

`attempt` is the fence. Each claim raises it by one, and whoever comes back with an older number changes nothing.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, Engine, and_, select, update

from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus
from wrangler.services.database_clock import clock_of, database_now
from wrangler.services.heartbeat import Lease, LeaseRenewal
from wrangler.services.storage import Storage

SHORTEST_PAUSE_SECONDS = 1.0

WAITING = "waiting for a worker"
LOST: Mapping[str, Any] = {
    "code": "import_lost",
    "message": "The process that imported this file stopped answering, and so did those that tried it again. Ask the "
    "operator to look at the workers' log and at the room on the disk, then upload the file again.",
    "errors": [],
}


@dataclass(frozen=True)
class ImportClaim:
    """A process's hold on the import of a dataset."""

    dataset_id: uuid.UUID
    attempt: int
    taken_at: float = field(default_factory=time.monotonic, compare=False)
    """The monotonic time just before it was taken."""


def claim_next(*, lease_seconds: int) -> ImportClaim | None:
    """Take the upload that has waited longest; None when none waits."""
    taken_at = time.monotonic()
    now = database_now()
    waiting = select(Dataset.id).where(Dataset.status == DatasetStatus.UPLOADED).order_by(Dataset.created_at).limit(1)
    # Compared by `=`: PostgreSQL may run the subquery of an IN once for each row, and take another one each time.
    chosen = waiting.with_for_update(skip_locked=True).scalar_subquery()
    statement = (
        update(Dataset)
        .where(Dataset.id == chosen, Dataset.status == DatasetStatus.UPLOADED)
        .values(
            status=DatasetStatus.IMPORTING,
            attempt=Dataset.attempt + 1,
            lease_until=now + timedelta(seconds=lease_seconds),
            progress=0.0,
            stage="starting",
        )
        .returning(Dataset.id, Dataset.attempt)
    )
    row = db.session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    db.session.commit()
    return None if row is None else ImportClaim(row.id, row.attempt, taken_at)


def renew(connection: Connection, claim: ImportClaim, *, lease_seconds: int, news: tuple[float, str] | None) -> bool:
    """Renew the lease and carry progress up, if there is news; False when the hold is gone."""
    renewed: dict[str, Any] = {"lease_until": clock_of(connection) + timedelta(seconds=lease_seconds)}
    if news is None:
        renewed["updated_at"] = Dataset.updated_at  # for those who watch, a mere renewal is no change
    else:
        renewed |= {"progress": min(max(news[0], 0.0), 1.0), "stage": news[1][:200]}
    return connection.execute(update(Dataset).where(is_held(claim)).values(**renewed)).rowcount == 1


def hand_back(claim: ImportClaim) -> bool:
    """Let another worker import it at once, because this one must stop; the attempt does not count.

    False when it was not this one's any more.
    """
    statement = update(Dataset).where(is_held(claim)).values(hand_backs=Dataset.hand_backs + 1, **_waits(WAITING))
    result = cast("CursorResult[Any]", db.session.execute(statement))
    db.session.commit()
    return result.rowcount == 1


def reap(storage: Storage, *, max_attempts: int) -> int:
    """Have every import whose lease has run out taken up again, or given up; says how many. Any number may reap."""
    expired = and_(Dataset.status == DatasetStatus.IMPORTING, Dataset.lease_until < database_now())
    given_up = db.session.scalars(
        update(Dataset)
        .where(expired, Dataset.attempt - Dataset.hand_backs >= max_attempts)
        .values(status=DatasetStatus.FAILED, lease_until=None, stage="", error=dict(LOST))
        .returning(Dataset.id),
        execution_options={"synchronize_session": False},
    ).all()
    again = update(Dataset).where(expired).values(**_waits("waiting: who imported it was lost"))
    result = cast("CursorResult[Any]", db.session.execute(again, execution_options={"synchronize_session": False}))
    db.session.commit()
    for dataset_id in given_up:
        storage.remove_dataset(dataset_id)
    return len(given_up) + result.rowcount


def is_held(claim: ImportClaim) -> ColumnElement[bool]:
    """True for the row while this hold is the newest and nothing has ended it."""
    return and_(
        Dataset.id == claim.dataset_id, Dataset.attempt == claim.attempt, Dataset.status == DatasetStatus.IMPORTING
    )


def _waits(stage: str) -> dict[str, Any]:
    return {"status": DatasetStatus.UPLOADED, "lease_until": None, "progress": 0.0, "stage": stage}


def renewal_of(claim: ImportClaim, engine: Engine, lease_seconds: int) -> LeaseRenewal[tuple[float, str], bool]:
    """Its news are the share that is done and the stage; its answer is whether the hold is still the newest."""

    def send(news: tuple[float, str] | None) -> bool:
        with engine.begin() as connection:
            return renew(connection, claim, lease_seconds=lease_seconds, news=news)

    return LeaseRenewal(
        send,
        Lease(lease_seconds, claim.taken_at),
        held=True,
        lost=False,
        pause_seconds=SHORTEST_PAUSE_SECONDS,
        dataset_id=str(claim.dataset_id),
    )
