"""`/jobs`: notebooks run on datasets, and what they leave."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Response, request, url_for
from flask_openapi import APIBlueprint, Tag
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from wrangler.errors import FieldError, InvalidInput, NotFound
from wrangler.extensions import db
from wrangler.models import Artifact, Job, JobKind, JobState
from wrangler.services import owned
from wrangler.services.jobs import JobSnapshot, costs, deletion, submission
from wrangler.web import access, files, waiting
from wrangler.web.access import caller
from wrangler.web.context import hub, notify, settings, storage
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.schemas import Document, Instant, JsonResponse, Request, json_response
from wrangler.web.waiting import Wait

api = APIBlueprint("jobs", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="jobs")])
LONGEST_KEY = 200
RETRY_AFTER_SECONDS = "1"
NOTEBOOK, REPORT = "report.ipynb", "report.html"

Seed = Annotated[int, Field(ge=0, le=submission.LARGEST_SEED, strict=True)]
Priority = Annotated[int, Field(ge=-100, le=100, strict=True)]


FinalState = Literal["succeeded", "failed", "cancelled", "timed_out"]


class JobPath(BaseModel):
    job_id: uuid.UUID


class ArtifactPath(JobPath):
    name: str


class JobSubmission(Request):
    kind: str = Field(max_length=50, description="impute, analyze, correlate, compare or custom; see /templates")
    template: str | None = Field(None, max_length=60, description="name of the template of a custom job")
    template_version: Annotated[int, Field(ge=1, strict=True)] | None = Field(None, description="null: the newest")
    dataset_id: uuid.UUID
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="what the template takes; see /templates. A compare job takes `methods`, which it tries, or "
        "`jobs`: the ids of two to eight impute jobs of this dataset that have succeeded",
    )
    seed: Seed = Field(0, description="seed of all random numbers: the same seed gives the same result")
    priority: Priority = 0


class JobChanges(Request):
    parameters: dict[str, Any] = Field(default_factory=dict, description="only what changes")
    seed: Seed | None = None
    priority: Priority | None = None


class JobQuery(PageQuery):
    state: Literal["queued", "running", "succeeded", "failed", "cancelled", "timed_out"] | None = None
    kind: Literal["impute", "analyze", "correlate", "compare", "custom"] | None = None
    dataset_id: uuid.UUID | None = None


class JobChoice(BaseModel):
    """Which jobs to delete: at least one of these, and all of them must fit."""

    model_config = ConfigDict(extra="forbid")

    id: list[uuid.UUID] = Field(default_factory=list, max_length=1000)
    state: list[FinalState] = Field(default_factory=list, max_length=10)
    kind: JobKind | None = None
    dataset_id: uuid.UUID | None = None
    finished_before: AwareDatetime | None = Field(None, description="with its zone: 2026-01-31T00:00:00Z")

    @model_validator(mode="after")
    def _check_any(self) -> "JobChoice":
        if not self.model_fields_set:
            raise ValueError(f"choose jobs by {', '.join(JobChoice.model_fields)}")
        return self


class Deleted(Document):
    deleted: int


class JobEstimate(Document):
    seconds: float
    bytes: int
    seconds_range: tuple[float, float]
    bytes_range: tuple[int, int]


class JobTemplate(Document):
    name: str
    version: int


class JobDocument(Document):
    id: uuid.UUID
    kind: str
    template: JobTemplate | None = Field(None, description="of a custom job")
    dataset_id: uuid.UUID
    state: str
    progress: float = Field(description="0 to 1")
    stage: str = Field(description="heading of the notebook's section that is running, and what is done within it")
    expected_seconds_left: int | None = Field(description="null while too little is done to estimate it")
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
    estimate: JobEstimate | None = Field(
        None, description="time and memory estimated of a job that imputes or compares"
    )
    warnings: list[str] = Field([], description="limits of a job that this one may reach")
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
def submit_job(body: JobSubmission) -> JsonResponse:
    """Submit a job. With an `Idempotency-Key` header, sending the same request again gives the same job."""
    job_request = submission.JobRequest(
        kind=body.kind,
        dataset_id=body.dataset_id,
        parameters=body.parameters,
        seed=body.seed,
        priority=body.priority,
        idempotency_key=_idempotency_key(),
        template=body.template,
        template_version=body.template_version,
    )
    return accepted(submission.submit(caller().id, job_request, settings=settings(), notify=notify))


@api.get("/jobs", responses={HTTPStatus.OK: JobPage})
@access.user
def list_jobs(query: JobQuery) -> JsonResponse:
    """Your jobs, newest first."""
    return page(_filtered(query), Job, query, _show)


@api.get("/jobs/<uuid:job_id>", responses={HTTPStatus.OK: JobDocument})
@access.user
def show_job(path: JobPath, query: Wait) -> JsonResponse | Response:
    """One job as it is now, or, with `wait`, as soon as it has changed."""
    job = owned(Job, path.job_id, caller().id)
    document = _show(job)
    if query.wait and not job.state.is_final and not waiting.is_changed(_tag(document)):
        _wait_for_change(JobSnapshot.of(job), query.wait)
        document = _show(owned(Job, path.job_id, caller().id))
    return waiting.respond_if_changed(document, _tag(document))


@api.delete("/jobs/<uuid:job_id>", responses={HTTPStatus.NO_CONTENT: None})
@access.user
def delete_job(path: JobPath) -> tuple[str, HTTPStatus]:
    """Delete a finished job and its files."""
    deletion.delete(caller().id, path.job_id, storage())
    return "", HTTPStatus.NO_CONTENT


@api.delete("/jobs", responses={HTTPStatus.OK: Deleted})
@access.user
def delete_jobs(query: JobChoice) -> JsonResponse:
    """Delete the finished ones among the chosen jobs, with their files; those that wait or run stay."""
    choice = deletion.Choice(
        ids=query.id,
        states=[JobState(state) for state in query.state],
        kind=query.kind,
        dataset_id=query.dataset_id,
        finished_before=query.finished_before,
    )
    return json_response(Deleted(deleted=deletion.delete_many(caller().id, choice, storage())))


@api.post("/jobs/<uuid:job_id>/cancel", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def cancel_job(path: JobPath) -> JsonResponse:
    """Cancel a job: at once while it waits, within seconds while it runs. A finished job stays as it is."""
    return accepted(submission.cancel(caller().id, path.job_id))


@api.post("/jobs/<uuid:job_id>/retry", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def retry_job(path: JobPath) -> JsonResponse:
    """A new job exactly like this one, which did not succeed."""
    return accepted(submission.retry(caller().id, path.job_id, settings=settings(), notify=notify))


@api.post("/jobs/<uuid:job_id>/rerun", responses={HTTPStatus.ACCEPTED: JobDocument})
@access.user
def rerun_job(path: JobPath, body: JobChanges) -> JsonResponse:
    """A new job like this one, with some parameters changed."""
    changes = body.model_dump(exclude_none=True)
    return accepted(submission.run_again(caller().id, path.job_id, changes, settings=settings(), notify=notify))


@api.get("/jobs/<uuid:job_id>/artifacts", responses={HTTPStatus.OK: ArtifactList})
@access.user
def list_artifacts(path: JobPath) -> JsonResponse:
    """The files that a job left."""
    job = owned(Job, path.job_id, caller().id)
    return json_response(ArtifactList(items=[_show_artifact(artifact) for artifact in job.artifacts]))


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


def _filtered(query: JobQuery) -> Select[Any]:
    statement = select(Job).where(Job.owner_id == caller().id)
    statement = statement.options(
        selectinload(Job.artifacts), selectinload(Job.completed), selectinload(Job.dataset), selectinload(Job.template)
    )
    if query.state is not None:
        statement = statement.where(Job.state == JobState(query.state))
    if query.kind is not None:
        statement = statement.where(Job.kind == JobKind(query.kind))
    if query.dataset_id is not None:
        statement = statement.where(Job.dataset_id == query.dataset_id)
    return statement


def _wait_for_change(job: JobSnapshot, seconds: int) -> None:
    db.session.close()
    with waiting.place() as is_mine:
        if is_mine:
            hub().wait_for_change(job, seconds)


def _tag(document: JobDocument) -> str:
    return waiting.tag_of(document, without=frozenset({"expected_seconds_left"}))


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        message = f"must be 1 to {LONGEST_KEY} printable ASCII characters"
        raise InvalidInput(f"The Idempotency-Key {message}.", errors=[FieldError("/Idempotency-Key", message)])
    return key


def accepted(job: Job) -> JsonResponse:
    """202, where the job is, and when to look at it."""
    location = url_for("jobs.show_job", job_id=job.id)
    return json_response(_show(job), HTTPStatus.ACCEPTED, location=location, retry_after=RETRY_AFTER_SECONDS)


def published_artifact(job_id: uuid.UUID, name: str) -> Artifact:
    """A file that the caller's job left."""
    job = owned(Job, job_id, caller().id)
    found = db.session.scalar(select(Artifact).where(Artifact.job_id == job.id, Artifact.name == name))
    if found is None:
        raise NotFound(f"Job {job.id} has no file {name!r}; it is {job.state.value}.", code="artifact_not_found")
    return found


def _attachment(job_id: uuid.UUID, name: str) -> Response:
    artifact = published_artifact(job_id, name)
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
            links["report"] = url_for("job_reports.show_report", job_id=job.id)
    links["events"] = url_for("job_events.follow_job", job_id=job.id)
    links["log"] = url_for("job_events.show_log", job_id=job.id)
    if job.artifacts:
        links["artifacts"] = url_for("jobs.list_artifacts", job_id=job.id)
    shown = {name: getattr(job, name) for name in JobDocument.model_fields if hasattr(job, name)}
    cost = costs.estimate_cost(job.kind, job.parameters, job.dataset)
    return JobDocument(
        **shown,
        estimate=None if cost is None else JobEstimate.model_validate(cost),
        warnings=[] if cost is None or job.state.is_final else costs.warnings_of(cost, settings()),
        expected_seconds_left=JobSnapshot.of(job).expected_seconds_left,
        completed_dataset_id=job.completed.id if job.completed else None,
        links=links,
    )


def _show_artifact(artifact: Artifact) -> ArtifactDocument:
    return ArtifactDocument(
        name=artifact.name,
        media_type=artifact.media_type,
        bytes=artifact.bytes,
        sha256=artifact.sha256,
        url=url_for("jobs.download_artifact", job_id=artifact.job_id, name=artifact.name),
    )
