"""Datasets: taken in, looked at, described anew, handed out, deleted."""

import shutil
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select

from wrangler.config import Settings
from wrangler.errors import Conflict, FieldError, InvalidInput
from wrangler.extensions import db
from wrangler.importing import ImportLimits, ImportOptions, export, import_table
from wrangler.models import Dataset, DatasetStatus, Job, JobState
from wrangler.services.audit import append
from wrangler.services.ownership import owned
from wrangler.services.storage import Storage, sync

ExportForm = Literal["csv", "parquet", "xlsx"]
LONGEST_NAME = 200
LONGEST_FILENAME = 255
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
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


def create(
    owner_id: uuid.UUID, upload: Upload, options: ImportOptions, *, name: str | None, settings: Settings
) -> Dataset:
    """Import an upload; the row exists only once the table is typed and on the disk.

    Raises
    ------
    ImportRefused
        When the bytes are no table that can be taken; it says where and what would be right.
    """
    storage = Storage(settings.data_dir)
    dataset_id = uuid.uuid4()
    filename = display_name(upload.filename, LONGEST_FILENAME) or "upload"
    storage.new_dataset_folder(dataset_id)
    try:
        source, table = storage.source(dataset_id), storage.table(dataset_id)
        shutil.move(upload.path, source)
        result = import_table(source, table, filename=filename, options=options, limits=import_limits(settings))
        sync(source)
        sync(table)
        dataset = Dataset(
            id=dataset_id,
            owner_id=owner_id,
            name=display_name(name or Path(filename).stem, LONGEST_NAME) or "dataset",
            filename=filename,
            format=result.format,
            source_bytes=upload.bytes,
            sha256=upload.sha256,
            status=DatasetStatus.READY,
            rows=result.rows,
            columns=result.columns,
            import_options=options.model_dump(mode="json", exclude_defaults=True),
            import_report=result.report,
        )
        db.session.add(dataset)
        append("dataset.created", user_id=owner_id, subject="dataset", subject_id=dataset_id)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        storage.forget_dataset(dataset_id)
        raise
    return dataset


def import_limits(settings: Settings) -> ImportLimits:
    return ImportLimits(
        bytes=settings.max_content_length,
        rows=settings.import_max_rows,
        columns=settings.import_max_columns,
        memory_bytes=settings.import_memory_bytes,
        seconds=settings.import_seconds,
    )


def change(owner_id: uuid.UUID, dataset_id: uuid.UUID, *, name: str | None, roles: Mapping[str, str]) -> Dataset:
    """Rename a dataset, or say what role a column plays; the table itself never changes."""
    dataset = owned(Dataset, dataset_id, owner_id)
    if name is not None:
        shown = display_name(name, LONGEST_NAME)
        if not shown:
            raise InvalidInput(
                "A dataset's name needs at least one visible character.",
                errors=[FieldError("/name", "must hold at least one visible character")],
            )
        dataset.name = shown
    if roles:
        _refuse_unknown_columns(dataset, roles)
        dataset.columns = [
            {**column, "role": roles[column["name"]], "role_reason": "set by the user"}
            if column["name"] in roles
            else column
            for column in dataset.columns
        ]
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
    storage.forget_dataset(dataset_id)
    for job_id in jobs:
        storage.forget_job(job_id)


def download(dataset_id: uuid.UUID, form: ExportForm, *, guard_formulas: bool, storage: Storage) -> Path:
    """The table in one of the forms of `MEDIA_TYPES`; made once, kept beside the table."""
    table = storage.table(dataset_id)
    if form == "parquet":
        return table
    target = storage.dataset(dataset_id) / f"export{'' if guard_formulas else '-raw'}.{form}"
    if not target.exists():
        draft = target.with_name(f"{uuid.uuid4()}.draft")
        try:
            export(table, draft, form, guard_formulas=guard_formulas)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return target


def display_name(text: str, longest: int) -> str:
    """A name fit to be shown: normalised, on one line, without control or direction-changing characters."""
    normalised = unicodedata.normalize("NFC", text.replace("\\", "/").rsplit("/", 1)[-1])
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in normalised)
    return " ".join(visible.split())[:longest].strip()


def _refuse_unknown_columns(dataset: Dataset, roles: Mapping[str, str]) -> None:
    known = {column["name"] for column in dataset.columns}
    errors = [
        FieldError(f"/columns/{position}/name", f"There is no column {name!r} in dataset {dataset.name!r}.")
        for position, name in enumerate(roles)
        if name not in known
    ]
    if errors:
        raise InvalidInput(errors[0].message, errors=errors)
