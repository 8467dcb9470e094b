"""One import, from the hold to its end: in the request that waits for it, or in a worker."""

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
from wrangler.services.imports.leases import Hold, pulse_of
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
class _Order:
    """What the row says of how to import."""

    filename: str
    options: ImportOptions


def import_for_worker(hold: Hold, settings: Settings, is_stopping: Callable[[], bool]) -> None:
    """Import, and keep the reason where the file is refused; hand it back when the worker stops.

    Whatever else goes wrong lets the lease run out, so that it is tried again, and given up after some attempts.
    """
    storage = Storage(settings.data_dir)
    log = logger.bind(dataset_id=str(hold.dataset_id), attempt=hold.attempt)
    log.info("import started")
    try:
        _import(hold, settings, storage, is_stopping)
    except ImportRefused as refused:
        results.fail(hold, results.told_of(refused), storage)
        log.info("import refused", code=refused.code)
    except FileNotFoundError:
        if storage.source(hold.dataset_id).exists():
            raise
        results.fail(hold, GONE, storage)
        log.error("the upload is gone")  # noqa: TRY400 - the traceback says no more
    except BrokenOff:
        log.info("import broken off", handed_back=leases.hand_back(hold))
    else:
        log.info("import ended")


def import_for_caller(hold: Hold, settings: Settings) -> None:
    """Import for somebody who waits for the answer: when it does not succeed, nothing is left of it.

    When the database goes away, or this process does, the row stays, and a worker takes it up. Should the hold be
    gone, the row tells what became of it, and not what this import met.
    """
    storage = Storage(settings.data_dir)
    try:
        _import(hold, settings, storage, lambda: False)
    except BrokenOff:
        logger.warning("import lost to another process", dataset_id=str(hold.dataset_id))
    except DBAPIError:
        raise
    except (ImportRefused, OSError):
        if results.discard(hold, storage):
            raise
    except BaseException:
        results.discard(hold, storage)
        raise


def limits_of(settings: Settings) -> ImportLimits:
    return ImportLimits(
        bytes=settings.max_content_length,
        rows=settings.import_max_rows,
        columns=settings.import_max_columns,
        memory_bytes=settings.import_memory_bytes,
        seconds=settings.import_seconds,
    )


def _import(hold: Hold, settings: Settings, storage: Storage, is_stopping: Callable[[], bool]) -> None:
    order = _order(hold)
    if order is None:
        return
    storage.new_import_folder(hold.dataset_id, hold.attempt)
    try:
        with pulse_of(hold, db.engine, settings.job_lease_seconds) as pulse:

            def listen(share: float, stage: str) -> None:
                if not pulse.tell((share, stage)) or is_stopping():
                    raise BrokenOff

            result = import_table(
                storage.source(hold.dataset_id),
                storage.import_table(hold.dataset_id, hold.attempt),
                filename=order.filename,
                options=order.options,
                limits=limits_of(settings),
                listener=listen,
            )
        results.publish(hold, result, storage)
    finally:
        storage.forget_import(hold.dataset_id, hold.attempt)


def _order(hold: Hold) -> _Order | None:
    """None when the dataset was deleted. No transaction stays open: on SQLite it would keep all writers waiting."""
    dataset = db.session.get(Dataset, hold.dataset_id, populate_existing=True)
    db.session.close()
    return None if dataset is None else _Order(dataset.filename, ImportOptions(**dataset.import_options))
