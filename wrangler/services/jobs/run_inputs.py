"""What a run reads: the table of its dataset, what is known of it, and what the jobs that it compares left.

Files, nothing else: a notebook has no way to the database.
"""

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from wrangler.errors import NotFound
from wrangler.extensions import db
from wrangler.importing import MARKERS_FILE
from wrangler.importing.missing import OTHER
from wrangler.models import Job, JobKind
from wrangler.services.storage import Storage

TABLE = "input.parquet"
DATASET = "dataset.json"
REASON_COUNTS_FILE = "markers.json"
COMPARED = "jobs"
COMPARED_FILES = ("imputed.parquet", "mask.parquet", "result.json")


def lay_out(job: Job, storage: Storage, folder: Path) -> None:
    """Copy everything that the notebook of a job reads into its folder; what lies there already is kept.

    Copies, not links: a notebook may do what it likes with its folder.

    Raises
    ------
    NotFound
        When the store has lost a file, or a compared job was deleted meanwhile.
    """
    try:
        _copy(storage.table(job.dataset_id), folder / TABLE)
    except FileNotFoundError:
        message = f"The table of dataset {job.dataset.name!r} is not in the store; ask the operator to restore it."
        raise NotFound(message, code="dataset_gone") from None
    (folder / DATASET).write_text(json.dumps({"sha256": job.dataset.sha256}), encoding="utf-8")
    reasons = {
        column["name"]: column["missing_reasons"] for column in job.dataset.columns if _has_known_reasons(column)
    }
    if reasons:
        (folder / REASON_COUNTS_FILE).write_text(json.dumps(reasons), encoding="utf-8")
    if storage.markers(job.dataset_id).is_file():
        _copy(storage.markers(job.dataset_id), folder / MARKERS_FILE)
    for compared in _compared(job):
        own = folder / COMPARED / str(compared.id)
        own.mkdir(parents=True, exist_ok=True)
        (own / "job.json").write_text(json.dumps(_facts(compared)), encoding="utf-8")
        try:
            for name in COMPARED_FILES:
                _copy(storage.published(compared.id, compared.attempt) / name, own / name)
        except FileNotFoundError:
            raise _gone(str(compared.id)) from None


def take_away(folder: Path) -> None:
    """Remove the copies of other jobs' files once they were read; they are kept with those jobs."""
    shutil.rmtree(folder / COMPARED, ignore_errors=True)


def _has_known_reasons(column: dict[str, Any]) -> bool:
    """Whether a marker of the column names a reason."""
    return bool(set(column.get("missing_reasons", {})) - {OTHER})


def _compared(job: Job) -> Iterator[Job]:
    job_ids = job.parameters.get("jobs", []) if job.kind is JobKind.COMPARE else []
    for job_id in job_ids:
        found = db.session.scalar(select(Job).where(Job.id == uuid.UUID(job_id), Job.owner_id == job.owner_id))
        if found is None:
            raise _gone(job_id)
        yield found


def _gone(job_id: str) -> NotFound:
    return NotFound(f"Job {job_id}, which was to be compared, has been deleted.", code="compared_job_gone")


def _facts(job: Job) -> dict[str, Any]:
    """What the row of a job holds beside its result."""
    return {"id": str(job.id), "peak_memory_bytes": job.peak_memory_bytes, "cpu_seconds": job.cpu_seconds}


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        shutil.copyfile(source, target)
