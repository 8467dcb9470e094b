"""How one process at a time holds an import: claim, renew, hand back, reap."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus
from wrangler.services.database_clock import database_now
from wrangler.services.leases import Claim, LeasedTable, LeaseRenewal
from wrangler.services.storage import Storage

SHORTEST_PAUSE_SECONDS = 1.0
IMPORTS = LeasedTable(Dataset, Dataset.status, DatasetStatus.UPLOADED, DatasetStatus.IMPORTING)
WAITING = "waiting for a worker"
LOST: Mapping[str, Any] = {
    "code": "import_lost",
    "message": "The process that imported this file stopped answering, and so did those that tried it again. Ask the "
    "operator to look at the workers' log and at the free space on the disk, then upload the file again.",
    "errors": [],
}


def claim_next(*, lease_seconds: float) -> Claim | None:
    """Take the upload that has waited longest; None when none waits."""
    waiting = select(Dataset.id).where(Dataset.status == DatasetStatus.UPLOADED).order_by(Dataset.created_at).limit(1)
    # Compared by `=`: PostgreSQL may run the subquery of an IN once for each row, and take another one each time.
    chosen = waiting.with_for_update(skip_locked=True).scalar_subquery()
    return IMPORTS.claim(Dataset.id == chosen, database_now(), lease_seconds=lease_seconds)


def renew(
    connection: Connection, claim: Claim, *, lease_seconds: float, progress: tuple[float, str] | None = None
) -> bool:
    """Renew the lease and write progress; False when the claim is lost."""
    return IMPORTS.renew(connection, claim, lease_seconds=lease_seconds, progress=progress) is not None


def renewal_of(claim: Claim, lease_seconds: float) -> LeaseRenewal[tuple[float, str], bool]:
    """Renews an import's lease in a thread of its own; the reply is whether the claim still holds."""

    def send(connection: Connection, progress: tuple[float, str] | None) -> bool:
        return renew(connection, claim, lease_seconds=lease_seconds, progress=progress)

    return IMPORTS.renewal(
        claim, send, lease_seconds=lease_seconds, held=True, lost=False, pause_seconds=SHORTEST_PAUSE_SECONDS
    )


def hand_back(claim: Claim) -> bool:
    """Let another worker import it at once, because this one must stop; the attempt does not count.

    False when it was not this one's any more.
    """
    return IMPORTS.hand_back(claim, stage=WAITING)


def reap(storage: Storage, *, max_attempts: int) -> int:
    """Put back, or give up, every import whose lease has run out; gives their number. Any number may reap at once."""
    expired = IMPORTS.is_expired(database_now())
    given_up = db.session.scalars(
        update(Dataset)
        .where(expired, IMPORTS.counted_attempts >= max_attempts)
        .values(status=DatasetStatus.FAILED, lease_until=None, stage="", error=dict(LOST))
        .returning(Dataset.id),
        execution_options={"synchronize_session": False},
    ).all()
    again = IMPORTS.execute(
        IMPORTS.waits(update(Dataset).where(expired), stage="waiting: the process that imported it was lost")
    )
    db.session.commit()
    for dataset_id in given_up:
        storage.remove_dataset(dataset_id)
    return len(given_up) + again
