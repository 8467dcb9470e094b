"""Which jobs may be compared: finished imputations of one table, all of them the user's own."""

import uuid
from collections.abc import Iterator

from sqlalchemy import select

from wrangler.errors import FieldError, InvalidInput
from wrangler.extensions import db
from wrangler.models import Dataset, Job, JobKind, JobState
from wrangler.services.jobs.parameters import ROOT


def check_compared(owner_id: uuid.UUID, job_ids: list[str], dataset: Dataset) -> None:
    """Refuse jobs that cannot be compared on this dataset.

    Raises
    ------
    InvalidInput
        With one `FieldError` for each; somebody else's job does not exist for the user.
    """
    errors = list(_errors(owner_id, job_ids, dataset))
    if errors:
        raise InvalidInput(f"The jobs cannot be compared: {errors[0].message}", errors=errors)


def _errors(owner_id: uuid.UUID, job_ids: list[str], dataset: Dataset) -> Iterator[FieldError]:
    wanted = [uuid.UUID(job_id) for job_id in job_ids]
    found = {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(wanted), Job.owner_id == owner_id))}
    for place, job_id in enumerate(wanted):
        trouble = _trouble(found.get(job_id), dataset)
        if trouble:
            yield FieldError(f"{ROOT}/jobs/{place}", trouble.format(job_id))


def _trouble(job: Job | None, dataset: Dataset) -> str | None:
    if job is None:
        return "There is no job {}."
    if job.kind is not JobKind.IMPUTE:
        return f"Job {{}} is of the kind {job.kind.value}; only impute jobs can be compared."
    if job.dataset_id != dataset.id:
        return "Job {} completed another dataset; only jobs of the same dataset can be compared."
    if job.state is not JobState.SUCCEEDED:
        return f"Job {{}} is {job.state.value}; only jobs that succeeded can be compared."
    return None
