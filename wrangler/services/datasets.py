"""Datasets: created, read, described anew, exported, deleted."""

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select

from wrangler.config import Settings
from wrangler.errors import Conflict, FieldError, InvalidInput, NotFound
from wrangler.extensions import db
from wrangler.importing import ImportOptions
from wrangler.models import Dataset, DatasetStatus, Job, JobState
from wrangler.services.audit import append
from wrangler.services.column_metadata import ColumnMeaning, with_meanings
from wrangler.services.imports import Notify, store_upload
from wrangler.services.ownership import owned
from wrangler.services.storage import Storage
from wrangler.tables import ExportLimits, export_in_child

ExportForm = Literal["csv", "jsonl", "parquet", "xlsx"]
LONGEST_NAME = 200
LONGEST_FILENAME = 255
MEDIA_TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Upload:
    """A body that has arrived whole: where it lies, how long it is, what it hashes to, what it was called."""

    path: Path
    bytes: int
    sha256: str
    filename: str
    key: str | None = None
    """Under which it may be sent again without making another dataset."""


def create(
    owner_id: uuid.UUID,
    upload: Upload,
    options: ImportOptions,
    *,
    name: str | None,
    settings: Settings,
    notify: Notify | None = None,
) -> Dataset:
    """A dataset from an upload, imported when this returns; or, with `notify`, as soon as a worker is free.

    The same key with the same upload gives the dataset that it made the first time. It raises what `store_upload` does.
    """
    filename = display_name(upload.filename, LONGEST_FILENAME) or "upload"
    dataset = Dataset(
        id=uuid.uuid4(),
        owner_id=owner_id,
        name=display_name(name or Path(filename).stem, LONGEST_NAME) or "dataset",
        filename=filename,
        source_bytes=upload.bytes,
        sha256=upload.sha256,
        idempotency_key=upload.key,
    )
    if upload.key is not None:
        request_content = [upload.sha256, filename, dataset.name, options.model_dump(mode="json")]
        dataset.request_sha256 = hashlib.sha256(json.dumps(request_content, sort_keys=True).encode()).hexdigest()
    return store_upload(dataset, upload.path, options, settings, notify)


def ready(owner_id: uuid.UUID, dataset_id: uuid.UUID) -> Dataset:
    """A dataset of the owner's whose table can be read.

    Raises
    ------
    Conflict
        While it is not imported, or when it could not be.
    """
    dataset = owned(Dataset, dataset_id, owner_id)
    if dataset.status is not DatasetStatus.READY:
        raise Conflict(f"Dataset {dataset.name!r} is {dataset.status.value}, not ready.", code="dataset_not_ready")
    return dataset


def stored_table(dataset_id: uuid.UUID, storage: Storage) -> Path:
    """The file of a dataset that is ready.

    Raises
    ------
    NotFound
        When it is no longer on the disk.
    """
    table = storage.table(dataset_id)
    if not table.is_file():
        raise NotFound("The table is no longer on the server's disk; ask the operator to restore it.", code="file_gone")
    return table


def change(
    owner_id: uuid.UUID, dataset_id: uuid.UUID, *, name: str | None, columns: Mapping[str, ColumnMeaning]
) -> Dataset:
    """Rename a dataset, or declare what a column means and which role it has; the table itself never changes."""
    dataset = owned(Dataset, dataset_id, owner_id)
    if name is not None:
        shown = display_name(name, LONGEST_NAME)
        if not shown:
            raise InvalidInput(
                "A dataset's name needs at least one visible character.",
                errors=[FieldError("/name", "must hold at least one visible character")],
            )
        dataset.name = shown
    if columns:
        dataset.columns = with_meanings(dataset, columns)
    append("dataset.changed", user_id=owner_id, subject="dataset", subject_id=dataset_id)
    db.session.commit()
    return dataset


def delete(owner_id: uuid.UUID, dataset_id: uuid.UUID, storage: Storage) -> None:
    """Delete a dataset with its jobs and all their files.

    Raises
    ------
    Conflict
        While a job of it waits or runs.
    """
    dataset = owned(Dataset, dataset_id, owner_id)
    unfinished = db.session.scalar(
        select(func.count())
        .select_from(Job)
        .where(Job.dataset_id == dataset_id, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
    )
    if unfinished:
        raise Conflict(
            f"{unfinished} jobs on dataset {dataset.name!r} wait or run; cancel them first.", code="dataset_in_use"
        )
    jobs = list(db.session.scalars(select(Job.id).where(Job.dataset_id == dataset_id)))
    db.session.delete(dataset)
    append("dataset.deleted", user_id=owner_id, subject="dataset", subject_id=dataset_id)
    db.session.commit()
    storage.remove_dataset(dataset_id)
    for job_id in jobs:
        storage.remove_job(job_id)


def download(dataset_id: uuid.UUID, form: ExportForm, *, guard_formulas: bool, settings: Settings) -> Path:
    """The table in one of the forms of `MEDIA_TYPES`; made once, kept beside the table.

    Raises
    ------
    NotFound
        When the table is no longer on the disk.
    ExportRefused
        When the form does not hold this table, or making it breaks a limit.
    InsufficientStorage
        When the disk is full.
    """
    storage = Storage(settings.data_dir)
    table = stored_table(dataset_id, storage)
    if form == "parquet":
        return table
    target = storage.dataset(dataset_id) / f"export{'' if guard_formulas else '-raw'}.{form}"
    if not target.exists():
        limits = ExportLimits(seconds=settings.export_seconds, memory_bytes=settings.export_memory_bytes)
        draft = target.with_name(f"{uuid.uuid4()}.draft")
        try:
            export_in_child(table, draft, form, guard_formulas=guard_formulas, limits=limits)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return target


def display_name(text: str, longest: int) -> str:
    """A name fit to be shown: normalised, on one line, without control or direction-changing characters."""
    normalised = unicodedata.normalize("NFC", text.replace("\\", "/").rsplit("/", 1)[-1])
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in normalised)
    return " ".join(visible.split())[:longest].strip()
