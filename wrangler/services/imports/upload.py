"""How an upload is stored: its bytes in the dataset's folder, its row committed, then imported, now or by a worker."""

import shutil
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from wrangler.config import Settings
from wrangler.errors import Conflict, TooMany
from wrangler.extensions import db
from wrangler.files import sync
from wrangler.importing import ImportOptions
from wrangler.models import Dataset, DatasetStatus
from wrangler.queue_names import IMPORTS_QUEUE
from wrangler.services.audit import append
from wrangler.services.database_clock import database_now
from wrangler.services.imports import leases, run
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

Notify = Callable[[str, uuid.UUID], bool]
"""Notifies for an upload that waits: (queue, dataset id). Best effort; workers also look."""
UNFINISHED = [DatasetStatus.UPLOADED, DatasetStatus.IMPORTING]


def store_upload(
    dataset: Dataset, received: Path, options: ImportOptions, settings: Settings, notify: Notify | None
) -> Dataset:
    """Import a new dataset from the file `received`, which is moved into its folder.

    Without a notification this waits for the import, and the dataset comes back ready, or, when another process had to
    take the import over, unfinished. With a notification it comes back as soon as nothing can be lost, and a worker
    imports it.

    Raises
    ------
    ImportRefused
        When the bytes are no table that can be taken, and this waited for it.
    Conflict
        When the dataset was deleted meanwhile, or its key was used for another upload.
    TooMany
        When too many uploads of this owner wait.
    """
    earlier = sent_earlier(dataset)
    if earlier is not None:
        return earlier
    dataset.import_options = options.model_dump(mode="json", exclude_defaults=True)
    if notify is not None:
        _refuse_when_full(dataset.owner_id, settings.job_max_queued_per_user)
    existing = _keep(dataset, received, settings, is_awaited=notify is None)
    if existing is not None:
        return existing
    if notify is not None:
        notify(IMPORTS_QUEUE, dataset.id)
        return dataset
    run.import_for_caller(Claim(dataset.id, dataset.attempt), settings)
    ended = db.session.get(Dataset, dataset.id, populate_existing=True)
    if ended is None:
        raise Conflict("The dataset was deleted while it was imported.", code="dataset_deleted")
    return ended


def sent_earlier(dataset: Dataset) -> Dataset | None:
    """The dataset that the same upload made under the same key.

    Raises
    ------
    Conflict
        When the key was used for another upload.
    """
    if dataset.idempotency_key is None:
        return None
    found: Dataset | None = db.session.scalar(
        select(Dataset).where(Dataset.owner_id == dataset.owner_id, Dataset.idempotency_key == dataset.idempotency_key)
    )
    db.session.close()
    if found is not None and found.request_sha256 != dataset.request_sha256:
        raise Conflict(
            "This Idempotency-Key was used for another upload; use a new key for a new upload.",
            code="idempotency_key_reused",
        )
    return found


def _keep(dataset: Dataset, received: Path, settings: Settings, *, is_awaited: bool) -> Dataset | None:
    """Have the bytes on the disk and the row committed; gives the dataset of the same upload if that was faster."""
    storage = Storage(settings.data_dir)
    folder = storage.new_dataset_folder(dataset.id)
    try:
        shutil.move(received, storage.source(dataset.id))
        sync(storage.source(dataset.id))
        sync(folder)
        dataset.progress = 0.0
        if is_awaited:
            dataset.status, dataset.stage, dataset.attempt = DatasetStatus.IMPORTING, "starting", 1
            dataset.lease_until = database_now() + timedelta(seconds=settings.job_lease_seconds)
        else:
            dataset.status, dataset.stage = DatasetStatus.UPLOADED, leases.WAITING
            append("dataset.uploaded", user_id=dataset.owner_id, subject="dataset", subject_id=dataset.id)
        db.session.add(dataset)
        db.session.commit()
        db.session.close()
    except BaseException as exc:  # whatever ends it, neither the row nor the folder stays; it is raised again
        db.session.rollback()
        storage.remove_dataset(dataset.id)
        existing = sent_earlier(dataset) if isinstance(exc, IntegrityError) else None
        if existing is None:
            raise
        return existing
    return None


def _refuse_when_full(owner_id: uuid.UUID, at_most: int) -> None:
    waiting = db.session.scalar(
        select(func.count()).select_from(Dataset).where(Dataset.owner_id == owner_id, Dataset.status.in_(UNFINISHED))
    )
    db.session.rollback()
    if (waiting or 0) >= at_most:
        raise TooMany(
            f"{waiting} of your uploads wait for their import, and {at_most} is the limit; wait, or delete some.",
            retry_after_seconds=30,
            code="too_many_imports",
        )
