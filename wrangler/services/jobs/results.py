"""How a job ends: published once, by the holder of the newest attempt, in one transaction."""

import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, Update, not_, select, update

from wrangler.extensions import db
from wrangler.files import file_sha256
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobKind, JobState
from wrangler.notebook import ArtifactFile, Outcome
from wrangler.notebook.protocol import RUN_RECORD
from wrangler.services.audit import append
from wrangler.services.database_clock import database_now
from wrangler.services.jobs.leases import JOBS
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

COMPLETED_TABLE = "imputed.parquet"
TIMED_OUT = "TIMED_OUT"


def publish(claim: Claim, outcome: Outcome, storage: Storage) -> JobState | None:
    """End a job with what its run left, and give the state it ended in; None when the claim was no longer the newest.

    A job that its user has cancelled ends as cancelled, whatever became of the run: its notebook and its log are
    published, its result is not. Its processes must be gone.

    The files are on the disk, and renamed into place, before the row names them. Should the transaction
    then change nothing, the sweep removes them. When it is not known whether it was committed, calling this again
    finds out.
    """
    storage.publish_run(claim.row_id, claim.attempt)
    completed = _completed_dataset(claim, outcome, storage)
    job = _end(claim, _outcome_values(outcome)) if not outcome.stopped else None
    job = job or _end(claim, {"state": JobState.CANCELLED, "stage": "cancelled", **_measured(outcome)})
    if completed is not None and (job is None or job.state is JobState.CANCELLED):
        storage.remove_dataset(completed.id)
        completed = None
    if job is None:
        return _published_state_or_take_back(claim, storage)
    left = outcome.artifacts
    if job.state is JobState.CANCELLED:
        left = [file for file in left if file.name in RUN_RECORD]
        storage.keep_published(claim.row_id, claim.attempt, {file.name for file in left})
    db.session.add_all(_artifact_row(claim, file) for file in left)
    if completed is not None:
        db.session.add(completed)
    state = job.state
    append(f"job.{state.value}", user_id=job.owner_id, subject="job", subject_id=job.id)
    db.session.commit()
    if not left:
        storage.remove_attempt(claim.row_id, claim.attempt)
    return state


def fail(claim: Claim, code: str, message: str) -> bool:
    """End a job whose run could not even start."""
    job = _end(claim, {"state": JobState.FAILED, "error": {"code": code, "message": message, "cell": None}})
    db.session.commit()
    return job is not None


def _end(claim: Claim, values: dict[str, Any]) -> Job | None:
    """Write a final state if, and only if, the claim still holds; it is cancelled when its user asked for that."""
    is_cancelled = Job.cancel_requested_at.is_not(None)
    fits = is_cancelled if values["state"] is JobState.CANCELLED else not_(is_cancelled)
    statement: Update = update(Job).where(JOBS.is_held(claim), fits)
    result = db.session.execute(
        statement.values(finished_at=database_now(), lease_until=None, **values),
        execution_options={"synchronize_session": False},
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return None
    return db.session.get_one(Job, claim.row_id, populate_existing=True)


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    measured = _measured(outcome)
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


def _measured(outcome: Outcome) -> dict[str, Any]:
    return {"peak_memory_bytes": outcome.peak_memory_bytes, "cpu_seconds": outcome.cpu_seconds}


def _artifact_row(claim: Claim, file: ArtifactFile) -> Artifact:
    return Artifact(
        job_id=claim.row_id,
        attempt=claim.attempt,
        name=file.name,
        media_type=file.media_type,
        bytes=file.bytes,
        sha256=file.sha256,
    )


def _published_state_or_take_back(claim: Claim, storage: Storage) -> JobState | None:
    """The state in which an earlier call, whose response was lost, has published this attempt; None if none has."""
    ours = select(Job.state).join(Artifact).where(Artifact.job_id == claim.row_id, Artifact.attempt == claim.attempt)
    state = db.session.scalar(ours.limit(1))
    db.session.rollback()
    if state is None:
        storage.remove_attempt(claim.row_id, claim.attempt)
    return state


def _completed_dataset(claim: Claim, outcome: Outcome, storage: Storage) -> Dataset | None:
    """The completed table, as a dataset that names the dataset and the job it came from; its file is in place.

    It is made outside the transaction that publishes it, which on SQLite keeps all other writers waiting.
    """
    job = db.session.get(Job, claim.row_id)
    parent = job.dataset if job is not None else None
    db.session.rollback()
    if job is None or parent is None or not outcome.succeeded or job.kind is not JobKind.IMPUTE:
        return None
    if job.cancel_requested_at is not None:
        return None
    dataset_id = uuid.uuid4()
    table = storage.adopt_table(dataset_id, storage.published(job.id, job.attempt) / COMPLETED_TABLE)
    storage.adopt_markers(dataset_id, parent.id)
    filled = (outcome.result or {})["summary"]["cells_filled"]
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


def missing_counts(table: Path) -> dict[str, int]:
    """Missing cells per column of a Parquet file, from its own statistics."""
    import pyarrow.parquet as pq  # the web process counts no cells

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
    """Cells that are left missing keep their missing reasons."""
    after = []
    for column in columns:
        left = missing.get(column["name"], 0)
        reasons = column.get("missing_reasons", {}) if left else {}
        after.append({**column, "missing": left, "markers": {}, "missing_reasons": reasons})
    return after
