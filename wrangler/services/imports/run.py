"""One import, from the claim to its end: in the request that waits for it, or in a worker."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError

from wrangler.config import Settings
from wrangler.errors import ImportRefused
from wrangler.extensions import db
from wrangler.importing import ImportLimits, ImportOptions, import_table
from wrangler.models import Dataset
from wrangler.services.imports import leases, results
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

GONE = {
    "code": "upload_gone",
    "message": "The uploaded file is not in the store any more; upload it again.",
    "errors": [],
}
logger = structlog.get_logger(__name__)


class BrokenOff(Exception):
    """The import must end here: it is another's by now, its dataset was deleted, or this process stops."""


@dataclass(frozen=True)
class _ImportRequest:
    """How to import, by the row."""

    filename: str
    options: ImportOptions


def import_for_worker(claim: Claim, settings: Settings, is_stopping: Callable[[], bool]) -> None:
    """Import, and keep the reason where the file is refused; hand it back when the worker stops.

    Whatever else goes wrong lets the lease run out, so that it is tried again, and given up after some attempts.
    """
    storage = Storage(settings.data_dir)
    log = logger.bind(dataset_id=str(claim.row_id), attempt=claim.attempt)
    log.info("import started")
    try:
        _import(claim, settings, storage, is_stopping)
    except ImportRefused as refused:
        results.fail(claim, results.facts_of(refused), storage)
        log.info("import refused", code=refused.code)
    except FileNotFoundError:
        if storage.source(claim.row_id).exists():
            raise
        results.fail(claim, GONE, storage)
        log.error("the upload is gone")  # noqa: TRY400 - the traceback adds nothing
    except BrokenOff:
        log.info("import broken off", handed_back=leases.hand_back(claim))
    else:
        log.info("import ended")


def import_for_caller(claim: Claim, settings: Settings) -> None:
    """Import for a caller who waits: when it does not succeed, nothing is left of it.

    When the database goes away, or this process does, the row stays, and a worker takes it up. Should the hold be
    lost, the row states what became of the import, and not what this process met.
    """
    storage = Storage(settings.data_dir)
    try:
        _import(claim, settings, storage, lambda: False)
    except BrokenOff:
        logger.warning("import lost to another process", dataset_id=str(claim.row_id))
    except DBAPIError:
        raise
    except (ImportRefused, OSError):
        if results.discard(claim, storage):
            raise
    except BaseException:  # whatever ends it, nothing of the import stays; it is raised again
        results.discard(claim, storage)
        raise


def limits_of(settings: Settings) -> ImportLimits:
    return ImportLimits(
        bytes=settings.max_content_length,
        rows=settings.import_max_rows,
        columns=settings.import_max_columns,
        memory_bytes=settings.import_memory_bytes,
        seconds=settings.import_seconds,
    )


def _import(claim: Claim, settings: Settings, storage: Storage, is_stopping: Callable[[], bool]) -> None:
    request = _request_of(claim)
    if request is None:
        return
    storage.new_import_folder(claim.row_id, claim.attempt)
    try:
        with leases.renewal_of(claim, settings.job_lease_seconds) as renewal:

            def report_progress(share: float, stage: str) -> None:
                if not renewal.report((share, stage)) or is_stopping():
                    raise BrokenOff

            result = import_table(
                storage.source(claim.row_id),
                storage.import_table(claim.row_id, claim.attempt),
                filename=request.filename,
                options=request.options,
                limits=limits_of(settings),
                listener=report_progress,
            )
        results.publish(claim, result, storage)
    finally:
        storage.remove_import(claim.row_id, claim.attempt)


def _request_of(claim: Claim) -> _ImportRequest | None:
    """None when the dataset was deleted. No transaction stays open: on SQLite it would keep all writers waiting."""
    dataset = db.session.get(Dataset, claim.row_id, populate_existing=True)
    db.session.close()
    return None if dataset is None else _ImportRequest(dataset.filename, ImportOptions(**dataset.import_options))
