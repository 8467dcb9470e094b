"""How an import ends: ready, failed, or as if it had never been; only by the holder of the newest attempt."""

from typing import Any, cast

from sqlalchemy import CursorResult, delete, update

from wrangler.errors import ImportRefused
from wrangler.extensions import db
from wrangler.files import sync
from wrangler.importing import ImportResult
from wrangler.models import Dataset, DatasetStatus
from wrangler.services.audit import append
from wrangler.services.column_metadata import kept_meanings
from wrangler.services.imports.leases import IMPORTS
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage


def publish(claim: Claim, result: ImportResult, storage: Storage) -> bool:
    """Make the dataset ready; False when the claim was not the newest any more.

    The table, whose bytes are on the disk, takes its place while the row is locked: nobody else can hold it meanwhile.
    """
    parent = _parent(claim)
    columns = kept_meanings(parent.columns, result.columns) if parent else result.columns
    values = {"format": result.format, "rows": result.rows, "columns": columns, "import_report": result.report}
    if not _end(claim, "dataset.created", {"status": DatasetStatus.READY, "progress": 1.0, **values}):
        return False
    markers = storage.import_markers(claim.row_id, claim.attempt)
    if markers.is_file():
        markers.replace(storage.markers(claim.row_id))
    storage.import_table(claim.row_id, claim.attempt).replace(storage.table(claim.row_id))
    sync(storage.dataset(claim.row_id))
    db.session.commit()
    return True


def fail(claim: Claim, error: dict[str, Any], storage: Storage) -> bool:
    """Keep the reason, and not the file."""
    if not _end(claim, "dataset.import_failed", {"status": DatasetStatus.FAILED, "error": error}):
        return False
    db.session.commit()
    storage.remove_dataset(claim.row_id)
    return True


def discard(claim: Claim, storage: Storage) -> bool:
    """Leave nothing: for a caller who waits and gets the reason."""
    db.session.rollback()
    result = cast("CursorResult[Any]", db.session.execute(delete(Dataset).where(IMPORTS.is_held(claim))))
    db.session.commit()
    if result.rowcount:
        storage.remove_dataset(claim.row_id)
    return bool(result.rowcount)


def facts_of(refused: ImportRefused) -> dict[str, Any]:
    """A refusal as a dataset keeps it: the same code, message, errors and facts as those of a response with 422."""
    errors = [{"pointer": error.pointer, "detail": error.message} for error in refused.errors]
    return {**refused.facts, "code": refused.code, "message": refused.message, "errors": errors}


def _parent(claim: Claim) -> Dataset | None:
    dataset = db.session.get(Dataset, claim.row_id)
    return db.session.get(Dataset, dataset.parent_id) if dataset and dataset.parent_id else None


def _end(claim: Claim, action: str, values: dict[str, Any]) -> bool:
    """Write an end, not yet committed, if, and only if, the claim is the newest."""
    statement = update(Dataset).where(IMPORTS.is_held(claim)).values(lease_until=None, stage="", **values)
    owner_id = db.session.execute(
        statement.returning(Dataset.owner_id), execution_options={"synchronize_session": False}
    ).scalar_one_or_none()
    if owner_id is None:
        db.session.rollback()
        return False
    append(action, user_id=owner_id, subject="dataset", subject_id=claim.row_id)
    return True
