"""How a job ends: published once, by whoever holds the newest attempt, in one transaction."""

import shutil
import uuid
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import CursorResult, Update, update

from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobKind, JobState
from wrangler.notebook import ArtifactFile, Outcome
from wrangler.services.audit import append
from wrangler.services.clock import database_now
from wrangler.services.jobs.leases import Claim, is_held
from wrangler.services.storage import Storage, file_sha256, sync

COMPLETED_TABLE = "imputed.parquet"
TIMED_OUT = "TIMED_OUT"


def publish(held: Claim, outcome: Outcome, storage: Storage) -> bool:
    """End a job with what its run left behind, succeeded or not; False when the claim was no longer the newest.

    The files are on the disk, and renamed into place, before the row says that they are there. Should the transaction
    then change nothing, they are nobody's, and the sweep removes them.
    """
    folder = storage.publish_run(held.job_id, held.attempt)
    derived_id = uuid.uuid4()
    try:
        job = _end(held, _outcome_values(outcome))
        if job is None:
            db.session.rollback()
            shutil.rmtree(folder, ignore_errors=True)
            return False
        db.session.add_all(_artifact_row(held, file) for file in outcome.artifacts)
        if outcome.succeeded and job.kind is JobKind.IMPUTE:
            db.session.add(_derived_dataset(job, derived_id, outcome.result or {}, storage))
        append(f"job.{job.state.value}", user_id=job.owner_id, subject="job", subject_id=job.id)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        storage.forget_dataset(derived_id)
        raise
    return True


def cancel_held(held: Claim, storage: Storage) -> bool:
    """End a job that its user cancelled, after its processes are gone; nothing of it is published."""
    storage.forget_run(held.job_id, held.attempt)
    job = _end(held, {"state": JobState.CANCELLED, "stage": "cancelled"})
    if job is not None:
        append("job.cancelled", user_id=job.owner_id, subject="job", subject_id=job.id)
    db.session.commit()
    return job is not None


def fail_held(held: Claim, code: str, message: str) -> bool:
    """End a job whose run could not even start."""
    job = _end(held, {"state": JobState.FAILED, "error": {"code": code, "message": message, "cell": None}})
    db.session.commit()
    return job is not None


def _end(held: Claim, values: dict[str, Any]) -> Job | None:
    """Write a final state if, and only if, the claim still holds and no cancellation stands against a success."""
    statement: Update = update(Job).where(is_held(held))
    if values["state"] is not JobState.CANCELLED:
        statement = statement.where(Job.cancel_requested_at.is_(None))
    result = db.session.execute(
        statement.values(finished_at=database_now(), lease_until=None, **values),
        execution_options={"synchronize_session": False},
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return None
    return db.session.get_one(Job, held.job_id, populate_existing=True)


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    measured = {"peak_memory_bytes": outcome.peak_memory_bytes, "cpu_seconds": outcome.cpu_seconds}
    if outcome.error is None:
        summary = (outcome.result or {}).get("summary")
        return {"state": JobState.SUCCEEDED, "progress": 1.0, "stage": "done", "result": summary, **measured}
    error = {
        "code": outcome.error.code,
        "message": outcome.error.message,
        "cell": outcome.error.cell,
        "heading": outcome.error.heading,
        "exception": outcome.error.exception,
    }
    state = JobState.TIMED_OUT if outcome.error.code == TIMED_OUT else JobState.FAILED
    return {"state": state, "error": error, **measured}


def _artifact_row(held: Claim, file: ArtifactFile) -> Artifact:
    return Artifact(
        job_id=held.job_id,
        attempt=held.attempt,
        name=file.name,
        media_type=file.media_type,
        bytes=file.bytes,
        sha256=file.sha256,
    )


def _derived_dataset(job: Job, dataset_id: uuid.UUID, result: dict[str, Any], storage: Storage) -> Dataset:
    """The completed table, as a dataset that names the dataset and the job it came from."""
    parent = job.dataset
    storage.new_dataset_folder(dataset_id)
    table = storage.table(dataset_id)
    shutil.copyfile(storage.published(job.id, job.attempt) / COMPLETED_TABLE, table)
    sync(table)
    filled = result["summary"]["cells_filled"]
    return Dataset(
        id=dataset_id,
        owner_id=job.owner_id,
        name=f"{parent.name} (imputed)"[:200],
        filename=f"{parent.name}_imputed.parquet"[:255],
        format="parquet",
        source_bytes=table.stat().st_size,
        sha256=file_sha256(table),
        status=DatasetStatus.READY,
        rows=parent.rows,
        columns=_columns_after(parent.columns, missing_counts(table)),
        import_report={"notes": [f"Completed by job {job.id}: {filled} cells of {parent.name!r} were filled."]},
        version=parent.version + 1,
        parent_id=parent.id,
        job_id=job.id,
    )


def missing_counts(table: Any) -> dict[str, int]:  # noqa: ANN401 - a path
    """Missing cells per column of a Parquet file, from its own statistics."""
    metadata = pq.ParquetFile(table).metadata
    counts = (
        {metadata.row_group(0).column(i).path_in_schema: 0 for i in range(metadata.num_columns)}
        if (metadata.num_row_groups)
        else {}
    )
    for group in range(metadata.num_row_groups):
        for i in range(metadata.num_columns):
            column = metadata.row_group(group).column(i)
            statistics = column.statistics
            counts[column.path_in_schema] += statistics.null_count if statistics is not None else 0
    return counts


def _columns_after(columns: list[dict[str, Any]], missing: dict[str, int]) -> list[dict[str, Any]]:
    return [{**column, "missing": missing.get(column["name"], 0), "markers": {}} for column in columns]
