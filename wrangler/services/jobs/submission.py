"""What a user does with jobs: submit, cancel, run again, retry."""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from wrangler.config import Settings
from wrangler.errors import Conflict, FieldError, InvalidInput, NotFound, TooMany
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Instant, Job, JobKind, JobState, RegisteredTemplate
from wrangler.notebook import Template
from wrangler.notebook.templates import catalog
from wrangler.services import templates
from wrangler.services.audit import append
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import costs, pending
from wrangler.services.jobs.parameters import check_compared, check_own_parameters, check_parameters
from wrangler.services.ownership import owned

Notify = Callable[[str, uuid.UUID, int], bool]
"""Notifies for a job: (queue, job id, priority). Best effort; the dispatcher notifies again."""

QUEUE_OF = {
    JobKind.IMPUTE: "imputation",
    JobKind.COMPARE: "imputation",
    JobKind.ANALYZE: "analysis",
    JobKind.CORRELATE: "analysis",
    JobKind.CUSTOM: "analysis",
}
LARGEST_SEED = 2**32 - 1
UNFINISHED = [JobState.QUEUED, JobState.RUNNING]


@dataclass(frozen=True)
class JobRequest:
    """What a user asks for."""

    kind: str
    dataset_id: uuid.UUID
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    priority: int = 0
    idempotency_key: str | None = None
    rerun_of_id: uuid.UUID | None = None
    template: str | None = None
    template_version: int | None = None

    def sha256(self) -> str:
        body = [self.kind, str(self.dataset_id), self.parameters, self.seed, self.priority]
        body += [] if self.template is None else [self.template, self.template_version]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def submit(owner_id: uuid.UUID, job_request: JobRequest, *, settings: Settings, notify: Notify) -> Job:
    """Accept a job: its row is committed before any worker is notified, so it cannot be lost.

    The same idempotency key with the same request gives the job that it made the first time.

    Raises
    ------
    NotFound, InvalidInput, Conflict, TooMany
        The dataset is not the user's; the request does not fit; the key was used for another; too many wait.
    """
    earlier = _earlier_request(owner_id, job_request)
    if earlier is not None:
        return earlier
    registered, template = _template_of(job_request, settings)
    dataset = owned(Dataset, job_request.dataset_id, owner_id)
    if dataset.status is not DatasetStatus.READY:
        raise Conflict(f"Dataset {dataset.name!r} is {dataset.status.value}, not ready.", code="dataset_not_ready")
    _refuse_when_full(owner_id, settings.job_max_queued_per_user)
    check = check_parameters if registered is None else check_own_parameters
    parameters = check(template, job_request.parameters, dataset)
    if job_request.kind == JobKind.COMPARE:
        check_compared(owner_id, parameters["jobs"], dataset)
    _refuse_too_costly(job_request.kind, parameters, dataset, settings)
    job = _job_row(owner_id, job_request, template, parameters, settings)
    job.template_id = registered.id if registered is not None else None
    db.session.add(job)
    append("job.submitted", user_id=owner_id, subject="job", subject_id=job.id, kind=job_request.kind)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        existing = _earlier_request(owner_id, job_request)
        if existing is None:
            raise
        return existing
    if not notify(job.queue, job.id, job.priority):
        pending.mark_not_notified(job.id)
    return job


def cancel(owner_id: uuid.UUID, job_id: uuid.UUID) -> Job:
    """Cancel a job: at once while it waits; while it runs, as soon as its worker has ended its processes."""
    owned(Job, job_id, owner_id)
    now = database_now()
    is_waiting = Job.state == JobState.QUEUED
    # One statement, whatever the job's state is by now: between two, a worker could take it or hand it back.
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_(UNFINISHED))
        .values(
            cancel_requested_at=func.coalesce(Job.cancel_requested_at, literal(now, Instant)),
            state=case((is_waiting, JobState.CANCELLED.value), else_=JobState.RUNNING.value),
            finished_at=case((is_waiting, literal(now, Instant)), else_=None),
            stage=case((is_waiting, "cancelled"), else_=Job.stage),
        )
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})
    append("job.cancel_requested", user_id=owner_id, subject="job", subject_id=job_id)
    db.session.commit()
    return db.session.get_one(Job, job_id, populate_existing=True)


def run_again(
    owner_id: uuid.UUID, job_id: uuid.UUID, changes: dict[str, Any], *, settings: Settings, notify: Notify
) -> Job:
    """A new job like an earlier one, with some parameters changed; the earlier one stays as it is."""
    earlier = owned(Job, job_id, owner_id)
    job_request = JobRequest(
        kind=earlier.kind.value,
        dataset_id=earlier.dataset_id,
        template=earlier.template.name if earlier.template is not None else None,
        template_version=earlier.template.version if earlier.template is not None else None,
    )
    taken = set(_template_of(job_request, settings)[1].parameters.model_fields)
    parameters = {name: value for name, value in earlier.parameters.items() if name in taken}
    job_request = replace(
        job_request,
        parameters={**parameters, **changes.get("parameters", {})},
        seed=changes.get("seed", earlier.seed),
        priority=changes.get("priority", earlier.priority),
        rerun_of_id=earlier.id,
    )
    return submit(owner_id, job_request, settings=settings, notify=notify)


def retry(owner_id: uuid.UUID, job_id: uuid.UUID, *, settings: Settings, notify: Notify) -> Job:
    """A new job exactly like one that did not succeed; the earlier one stays as it is.

    Raises
    ------
    Conflict
        While the job waits or runs, and when it has succeeded.
    """
    earlier = owned(Job, job_id, owner_id)
    if earlier.state in UNFINISHED:
        raise Conflict(f"The job is {earlier.state.value}: wait for its end, or cancel it.", code="job_not_finished")
    if earlier.state is JobState.SUCCEEDED:
        raise Conflict("The job has succeeded; POST .../rerun runs it again with changes.", code="job_succeeded")
    return run_again(owner_id, job_id, {}, settings=settings, notify=notify)


def _earlier_request(owner_id: uuid.UUID, job_request: JobRequest) -> Job | None:
    if job_request.idempotency_key is None:
        return None
    found = db.session.scalar(
        select(Job).where(Job.owner_id == owner_id, Job.idempotency_key == job_request.idempotency_key)
    )
    if found is not None and found.request_sha256 != job_request.sha256():
        raise Conflict(
            "This Idempotency-Key was used for another request; use a new key for a new request.",
            code="idempotency_key_reused",
        )
    return found


def _template_of(job_request: JobRequest, settings: Settings) -> tuple[RegisteredTemplate | None, Template]:
    """The notebook of a job request, and the row that it was registered by."""
    if job_request.kind != JobKind.CUSTOM:
        if job_request.template is not None:
            message = f"Only jobs of the kind {JobKind.CUSTOM.value!r} name a template."
            raise InvalidInput(message, errors=[FieldError("/template", message)])
        return None, template_of(job_request.kind, settings)
    if job_request.template is None:
        message = "Name the template; GET /templates lists them."
        raise InvalidInput(message, errors=[FieldError("/template", message)])
    templates.is_isolated(settings)
    try:
        registered = templates.find(job_request.template, job_request.template_version)
    except NotFound as missing:
        raise InvalidInput(
            missing.message, errors=[FieldError("/template", missing.message)], code=missing.code
        ) from None
    return registered, templates.notebook_of(registered, settings)


def template_of(kind: str, settings: Settings) -> Template:
    """The notebook of a kind of jobs.

    Raises
    ------
    InvalidInput
        When there is no such kind.
    """
    known = catalog.templates(settings.notebooks_dir)
    if kind not in known or kind not in set(JobKind):
        allowed = ", ".join(sorted(known.keys() & {one.value for one in JobKind}))
        message = f"There is no kind of job {kind!r}; the kinds are {allowed}."
        raise InvalidInput(message, errors=[FieldError("/kind", message)])
    return known[kind]


def _refuse_too_costly(kind: str, parameters: dict[str, Any], dataset: Dataset, settings: Settings) -> None:
    cost = costs.estimate_cost(JobKind(kind), parameters, dataset)
    if cost is not None:
        costs.refuse_beyond_limits(cost, settings)


def _refuse_when_full(owner_id: uuid.UUID, at_most: int) -> None:
    unfinished = db.session.scalar(
        select(func.count()).select_from(Job).where(Job.owner_id == owner_id, Job.state.in_(UNFINISHED))
    )
    if (unfinished or 0) >= at_most:
        raise TooMany(
            f"{unfinished} of your jobs are waiting or running, and {at_most} is the limit; wait, or cancel some.",
            retry_after_seconds=30,
            code="too_many_jobs",
        )


def _job_row(
    owner_id: uuid.UUID, job_request: JobRequest, template: Template, parameters: dict[str, Any], settings: Settings
) -> Job:
    kind = JobKind(job_request.kind)
    now = database_now()
    return Job(
        id=uuid.uuid4(),
        owner_id=owner_id,
        dataset_id=job_request.dataset_id,
        kind=kind,
        template_sha256=template.sha256,
        parameters=parameters,
        seed=job_request.seed,
        queue=QUEUE_OF[kind],
        priority=job_request.priority,
        max_attempts=settings.job_max_attempts,
        deadline_seconds=settings.job_deadline_seconds,
        available_at=now,
        dispatched_at=now,
        idempotency_key=job_request.idempotency_key,
        request_sha256=job_request.sha256(),
        rerun_of_id=job_request.rerun_of_id,
    )
