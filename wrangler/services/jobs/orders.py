"""What a user does with jobs: order, cancel, run again, delete."""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from wrangler.config import Settings
from wrangler.errors import Conflict, FieldError, InvalidInput, TooMany
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Job, JobKind, JobState
from wrangler.notebook import Template, catalog
from wrangler.services.audit import append
from wrangler.services.clock import database_now
from wrangler.services.jobs.parameters import check_parameters
from wrangler.services.ownership import owned
from wrangler.services.storage import Storage

Bell = Callable[[str, uuid.UUID, int], bool]
"""Rings for a job: (queue, job id, priority). Best effort; the dispatcher rings again."""

QUEUE_OF = {JobKind.IMPUTE: "imputation", JobKind.ANALYZE: "analysis", JobKind.CORRELATE: "analysis"}
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Order:
    """What a user asks for."""

    kind: str
    dataset_id: uuid.UUID
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    priority: int = 0
    idempotency_key: str | None = None
    rerun_of_id: uuid.UUID | None = None

    def sha256(self) -> str:
        body = [self.kind, str(self.dataset_id), self.parameters, self.seed, self.priority]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def submit(owner_id: uuid.UUID, order: Order, *, settings: Settings, bell: Bell) -> Job:
    """Accept a job: its row is committed before anybody is told, so it cannot be lost.

    The same idempotency key with the same order gives the job that it made the first time.

    Raises
    ------
    NotFound, InvalidInput, Conflict, TooMany
        The dataset is not the user's; the order does not fit; the key was used for another order; too many are waiting.
    """
    earlier = _same_order(owner_id, order)
    if earlier is not None:
        return earlier
    template = template_of(order.kind, settings)
    dataset = owned(Dataset, order.dataset_id, owner_id)
    if dataset.status is not DatasetStatus.READY:
        raise Conflict(f"Dataset {dataset.name!r} is {dataset.status.value}, not ready.", code="dataset_not_ready")
    _refuse_when_full(owner_id, settings.job_max_queued_per_user)
    job = _job_row(owner_id, order, template, check_parameters(template, order.parameters, dataset), settings)
    db.session.add(job)
    append("job.submitted", user_id=owner_id, subject="job", subject_id=job.id, kind=order.kind)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        winner = _same_order(owner_id, order)
        if winner is None:
            raise
        return winner
    bell(job.queue, job.id, job.priority)
    return job


def cancel(owner_id: uuid.UUID, job_id: uuid.UUID) -> Job:
    """Cancel a job: at once while it waits; while it runs, as soon as its worker has ended its processes."""
    owned(Job, job_id, owner_id)
    now = database_now()
    waiting = update(Job).where(Job.id == job_id, Job.state == JobState.QUEUED)
    running = update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING, Job.cancel_requested_at.is_(None))
    db.session.execute(
        waiting.values(state=JobState.CANCELLED, cancel_requested_at=now, finished_at=now, stage="cancelled")
    )
    db.session.execute(running.values(cancel_requested_at=now))
    append("job.cancel_requested", user_id=owner_id, subject="job", subject_id=job_id)
    db.session.commit()
    return db.session.get_one(Job, job_id, populate_existing=True)


def run_again(
    owner_id: uuid.UUID, job_id: uuid.UUID, changes: dict[str, Any], *, settings: Settings, bell: Bell
) -> Job:
    """A new job like an earlier one, with some parameters changed; the earlier one stays as it is."""
    earlier = owned(Job, job_id, owner_id)
    taken = set(template_of(earlier.kind.value, settings).parameters.model_fields)
    parameters = {name: value for name, value in earlier.parameters.items() if name in taken}
    order = Order(
        kind=earlier.kind.value,
        dataset_id=earlier.dataset_id,
        parameters={**parameters, **changes.get("parameters", {})},
        seed=changes.get("seed", earlier.seed),
        priority=changes.get("priority", earlier.priority),
        rerun_of_id=earlier.id,
    )
    return submit(owner_id, order, settings=settings, bell=bell)


def delete(owner_id: uuid.UUID, job_id: uuid.UUID, storage: Storage) -> None:
    """Delete a finished job and everything that it left, but not the dataset that it completed.

    Raises
    ------
    Conflict
        While the job waits or runs: cancel it first.
    """
    job = owned(Job, job_id, owner_id)
    if not job.state.is_final:
        raise Conflict(f"The job is {job.state.value}; cancel it first, then delete it.", code="job_not_finished")
    db.session.delete(job)
    append("job.deleted", user_id=owner_id, subject="job", subject_id=job_id)
    db.session.commit()
    storage.forget_job(job_id)


def _same_order(owner_id: uuid.UUID, order: Order) -> Job | None:
    if order.idempotency_key is None:
        return None
    found = db.session.scalar(select(Job).where(Job.owner_id == owner_id, Job.idempotency_key == order.idempotency_key))
    if found is not None and found.request_sha256 != order.sha256():
        raise Conflict(
            "This Idempotency-Key was used for another order; use a new key for a new order.",
            code="idempotency_key_reused",
        )
    return found


def template_of(kind: str, settings: Settings) -> Template:
    """The notebook of a kind of jobs.

    Raises
    ------
    InvalidInput
        When there is no such kind.
    """
    templates = catalog.templates(settings.notebooks_dir)
    if kind not in templates or kind not in set(JobKind):
        allowed = ", ".join(sorted(templates.keys() & {known.value for known in JobKind}))
        message = f"There is no kind of job {kind!r}; the kinds are {allowed}."
        raise InvalidInput(message, errors=[FieldError("/kind", message)])
    return templates[kind]


def _refuse_when_full(owner_id: uuid.UUID, at_most: int) -> None:
    unfinished = db.session.scalar(
        select(func.count())
        .select_from(Job)
        .where(Job.owner_id == owner_id, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
    )
    if (unfinished or 0) >= at_most:
        raise TooMany(
            f"{unfinished} of your jobs are waiting or running, and {at_most} is the limit; wait, or cancel some.",
            retry_after_seconds=30,
            code="too_many_jobs",
        )


def _job_row(
    owner_id: uuid.UUID, order: Order, template: Template, parameters: dict[str, Any], settings: Settings
) -> Job:
    kind = JobKind(order.kind)
    now = database_now()
    return Job(
        id=uuid.uuid4(),
        owner_id=owner_id,
        dataset_id=order.dataset_id,
        kind=kind,
        template_sha256=template.sha256,
        parameters=parameters,
        seed=order.seed,
        queue=QUEUE_OF[kind],
        priority=order.priority,
        max_attempts=settings.job_max_attempts,
        deadline_seconds=settings.job_deadline_seconds,
        available_at=now,
        dispatched_at=now,
        idempotency_key=order.idempotency_key,
        request_sha256=order.sha256(),
        rerun_of_id=order.rerun_of_id,
    )
