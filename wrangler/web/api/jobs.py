"""`/jobs`: notebooks run on datasets, and what they leave."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Response, request, url_for
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from wrangler.errors import FieldError, InvalidInput, NotFound
from wrangler.extensions import db
from wrangler.models import Artifact, Job, JobKind, JobState
from wrangler.services.jobs import orders
from wrangler.services.ownership import owned
from wrangler.web import access, files
from wrangler.web.access import caller
from wrangler.web.context import queues, settings, storage
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.schemas import Answer, Document, Instant, Request, answer

api = APIBlueprint("jobs", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="jobs")])
LONGEST_KEY = 200
RETRY_AFTER_SECONDS = "1"
NOTEBOOK, REPORT = "report.ipynb", "report.html"

Seed = Annotated[int, Field(ge=0, le=orders.LARGEST_SEED, strict=True)]
Priority = Annotated[int, Field(ge=-100, le=100, strict=True)]


class JobPath(BaseModel):
    job_id: uuid.UUID


class ArtifactPath(JobPath):
    name: str


class JobOrder(Request):
    kind: str = Field(max_length=50, description="impute, analyze or correlate; see /templates")
    dataset_id: uuid.UUID
    parameters: dict[str, Any] = Field(default_factory=dict, description="what the template takes; see /templates")
    seed: Seed = Field(0, description="rules every random step: the same seed gives the same result")
    priority: Priority = 0


class JobChanges(Request):
    parameters: dict[str, Any] = Field(default_factory=dict, description="only what changes")
    seed: Seed | None = None
    priority: Priority | None = None


class JobQuery(PageQuery):
    state: Literal["queued", "running", "succeeded", "failed", "cancelled", "timed_out"] | None = None
    kind: Literal["impute", "analyze", "correlate"] | None = None
    dataset_id: uuid.UUID | None = None


class JobDocument(Document):
    id: uuid.UUID
    kind: str
    dataset_id: uuid.UUID
    state: str
    progress: float = Field(description="0 to 1")
    stage: str = Field(description="heading of the notebook's section that is running")
    attempt: int
    priority: int
    parameters: dict[str, Any]
    seed: int
    template_sha256: str
    result: dict[str, Any] | None = Field(description="summary of result.json")
    error: dict[str, Any] | None = Field(description="code, message and failing cell")
    peak_memory_bytes: int | None
    cpu_seconds: float | None
    rerun_of_id: uuid.UUID | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    cancel_requested_at: Instant | None
    completed_dataset_id: uuid.UUID | None = Field(description="the dataset that an impute job made")
    links: dict[str, str]


class JobPage(Page):
    items: list[JobDocument]


class ArtifactDocument(Document):
    name: str
    media_type: str
    bytes: int
    sha256: str
    url: str


class ArtifactList(Document):
    items: list[ArtifactDocument]
    next: None = None


@api.post("/jobs", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def submit_job(body: JobOrder) -> Answer:
    """Order a job. With an `Idempotency-Key` header, sending the same order again gives the same job."""
    order = orders.Order(
        kind=body.kind,
        dataset_id=body.dataset_id,
        parameters=body.parameters,
        seed=body.seed,
        priority=body.priority,
        idempotency_key=_idempotency_key(),
    )
    return accepted(orders.submit(caller().id, order, settings=settings(), bell=queues().ring))


@api.get("/jobs", responses={HTTPStatus.OK: JobPage})
@access.user
def list_jobs(query: JobQuery) -> Answer:
    """Your jobs, newest first."""
    return page(_filtered(query), Job, query, _show)


@api.get("/jobs/<uuid:job_id>", responses={HTTPStatus.OK: JobDocument})
@access.user
def show_job(path: JobPath) -> Answer:
    """One job as it is now."""
    return answer(_show(owned(Job, path.job_id, caller().id)))


@api.delete("/jobs/<uuid:job_id>", responses={HTTPStatus.NO_CONTENT: None})
@access.user
def delete_job(path: JobPath) -> tuple[str, HTTPStatus]:
    """Delete a finished job and its files."""
    orders.delete(caller().id, path.job_id, storage())
    return "", HTTPStatus.NO_CONTENT


@api.post("/jobs/<uuid:job_id>/cancel", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def cancel_job(path: JobPath) -> Answer:
    """Cancel a job: at once while it waits, within seconds while it runs. A finished job stays as it is."""
    return accepted(orders.cancel(caller().id, path.job_id))


@api.post("/jobs/<uuid:job_id>/rerun", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def rerun_job(path: JobPath, body: JobChanges) -> Answer:
    """A new job like this one, with some parameters changed."""
    changes = body.model_dump(exclude_none=True)
    return accepted(orders.run_again(caller().id, path.job_id, changes, settings=settings(), bell=queues().ring))


@api.get("/jobs/<uuid:job_id>/artifacts", responses={HTTPStatus.OK: ArtifactList})
@access.user
def list_artifacts(path: JobPath) -> Answer:
    """The files that a job left."""
    job = owned(Job, path.job_id, caller().id)
    return answer(ArtifactList(items=[_show_artifact(artifact) for artifact in job.artifacts]))


@api.get("/jobs/<uuid:job_id>/artifacts/<path:name>")
@access.user
def download_artifact(path: ArtifactPath) -> Response:
    """One of the files that a job left."""
    return _attachment(path.job_id, path.name)


@api.get("/jobs/<uuid:job_id>/notebook")
@access.user
def download_notebook(path: JobPath) -> Response:
    """The executed notebook (.ipynb)."""
    return _attachment(path.job_id, NOTEBOOK)


@api.get("/jobs/<uuid:job_id>/report")
@access.user
def show_report(path: JobPath) -> Response:
    """The executed notebook as a page (HTML) to be read; no script runs in it."""
    artifact = _artifact(path.job_id, REPORT)
    return files.sandboxed_page(
        storage().published(artifact.job_id, artifact.attempt) / artifact.name, etag=artifact.sha256
    )


def _filtered(query: JobQuery) -> Select[Any]:
    statement = select(Job).where(Job.owner_id == caller().id)
    statement = statement.options(selectinload(Job.artifacts), selectinload(Job.completed))
    if query.state is not None:
        statement = statement.where(Job.state == JobState(query.state))
    if query.kind is not None:
        statement = statement.where(Job.kind == JobKind(query.kind))
    if query.dataset_id is not None:
        statement = statement.where(Job.dataset_id == query.dataset_id)
    return statement


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        message = f"must be 1 to {LONGEST_KEY} printable ASCII characters"
        raise InvalidInput(f"The Idempotency-Key {message}.", errors=[FieldError("/Idempotency-Key", message)])
    return key


def accepted(job: Job) -> Answer:
    """202, where the job is, and when to look at it."""
    location = url_for("jobs.show_job", job_id=job.id)
    return answer(_show(job), HTTPStatus.ACCEPTED, location=location, retry_after=RETRY_AFTER_SECONDS)


def _artifact(job_id: uuid.UUID, name: str) -> Artifact:
    job = owned(Job, job_id, caller().id)
    found = db.session.scalar(select(Artifact).where(Artifact.job_id == job.id, Artifact.name == name))
    if found is None:
        raise NotFound(f"Job {job.id} has no file {name!r}; it is {job.state.value}.", code="artifact_not_found")
    return found


def _attachment(job_id: uuid.UUID, name: str) -> Response:
    artifact = _artifact(job_id, name)
    return files.attachment(
        storage().published(artifact.job_id, artifact.attempt) / artifact.name,
        name=artifact.name,
        media_type=artifact.media_type,
        etag=artifact.sha256,
    )


def _show(job: Job) -> JobDocument:
    links = {"self": url_for("jobs.show_job", job_id=job.id)}
    for artifact in job.artifacts:
        if artifact.name == NOTEBOOK:
            links["notebook"] = url_for("jobs.download_notebook", job_id=job.id)
        if artifact.name == REPORT:
            links["report"] = url_for("jobs.show_report", job_id=job.id)
    if job.artifacts:
        links["artifacts"] = url_for("jobs.list_artifacts", job_id=job.id)
    shown = {name: getattr(job, name) for name in JobDocument.model_fields if hasattr(job, name)}
    return JobDocument(**shown, completed_dataset_id=job.completed.id if job.completed else None, links=links)


def _show_artifact(artifact: Artifact) -> ArtifactDocument:
    return ArtifactDocument(
        name=artifact.name,
        media_type=artifact.media_type,
        bytes=artifact.bytes,
        sha256=artifact.sha256,
        url=url_for("jobs.download_artifact", job_id=artifact.job_id, name=artifact.name),
    )
