"""`/datasets`: tables that people uploaded or that jobs completed."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Response, url_for
from flask_openapi import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import defer

from wrangler.errors import FieldError, InvalidInput
from wrangler.importing import ImportOptions
from wrangler.models import Dataset, DatasetStatus
from wrangler.services import ColumnMeaning, Role, SemanticType, dataset_versions, datasets, owned
from wrangler.services.imports import wait_for_change
from wrangler.tables import profile, read_rows
from wrangler.web import access, files, uploads, waiting
from wrangler.web.access import caller
from wrangler.web.bodies import parse_json
from wrangler.web.context import hub, notify, settings, storage
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.problems import pointer
from wrangler.web.schemas import Document, Instant, JsonResponse, Name, Request, json_response
from wrangler.web.waiting import Wait

api = APIBlueprint("datasets", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="datasets")])
LARGEST_ROWS_PAGE = 1000
ASYNCHRONOUS = "respond-async"
RETRY_AFTER_SECONDS = "1"

IdempotencyKey = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class DatasetPath(BaseModel):
    dataset_id: uuid.UUID


class ImportHeaders(BaseModel):
    prefer: str | None = Field(
        None,
        alias="Prefer",
        description="`respond-async` (RFC 7240): 202 as soon as the upload is stored; it is imported afterwards",
    )

    @property
    def prefers_async(self) -> bool:
        """Whether the response may come before the import."""
        preferences = (self.prefer or "").lower().split(",")
        return ASYNCHRONOUS in {preference.partition(";")[0].strip() for preference in preferences}


class UploadHeaders(ImportHeaders):
    idempotency_key: IdempotencyKey | None = Field(
        None, alias="Idempotency-Key", description="sending the same upload again with this key makes no second dataset"
    )


class DatasetQuery(PageQuery):
    status: Literal["uploaded", "importing", "ready", "failed"] | None = None
    idempotency_key: IdempotencyKey | None = Field(None, description="the one that was uploaded with this key")


class UploadForm(Request):
    file: FileStorage = Field(description="the table: CSV, TSV, JSON, Parquet or a workbook")
    options: str = Field("{}", max_length=1_000_000, description="import options, a JSON object (ImportOptions)")
    name: Name | None = Field(None, description="shown name; default: the file's name")


class ColumnChange(Request):
    name: str
    role: Role | None = Field(None, description="id, target and excluded are not imputed unless asked for by name")
    semantic_type: SemanticType | None = Field(None, description="what its values mean; the stored type stays")


class DatasetChange(Request):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    columns: list[ColumnChange] = Field(
        default_factory=list, max_length=10_000, description="meaning of single columns"
    )


class NewVersion(Request):
    options: ImportOptions = Field(
        default_factory=ImportOptions, description="each replaces that of the earlier import"
    )
    accept_suspected_markers: bool = Field(
        default=False, description="treat every value that the import report proposes as a missing-value marker"
    )


class DatasetSummary(Document):
    id: uuid.UUID
    name: str
    filename: str
    format: str = Field(description="empty until it is ready")
    status: str = Field(description="uploaded (waits for a worker), importing, ready or failed")
    progress: float = Field(description="of the import, 0 to 1")
    stage: str = Field(description="what the import is doing; empty once it has ended")
    rows: int | None = Field(description="null until it is ready")
    source_bytes: int
    sha256: str
    version: int
    parent_id: uuid.UUID | None
    job_id: uuid.UUID | None
    error: dict[str, Any] | None = Field(
        description="why the import failed: code, message and errors as those of a 422"
    )
    created_at: Instant
    updated_at: Instant


class DatasetDocument(DatasetSummary):
    columns: list[dict[str, Any]]
    import_options: dict[str, Any]
    import_report: dict[str, Any]


LARGE = (Dataset.columns, Dataset.import_options, Dataset.import_report)  # megabytes of a table of thousands of columns


class DatasetPage(Page):
    items: list[DatasetSummary]


class RowsQuery(Request):
    offset: int = Field(0, ge=0, le=2**53)
    limit: int = Field(50, ge=1, le=LARGEST_ROWS_PAGE)


class RowsDocument(Document):
    items: list[dict[str, Any]]
    offset: int
    total: int


class DownloadQuery(Request):
    format: datasets.ExportForm = "csv"
    guard_formulas: bool = Field(
        default=True, description="text that a spreadsheet would run as a formula gets a ' in front (csv and xlsx)"
    )


MADE: dict[str | int | HTTPStatus, Any] = {HTTPStatus.CREATED: DatasetDocument, HTTPStatus.ACCEPTED: DatasetDocument}


@api.post("/datasets", responses=MADE)
@access.user
def upload_dataset(header: UploadHeaders, form: UploadForm) -> JsonResponse:
    """Upload a table. The response comes when it is imported; meanwhile the list of datasets shows how far it is.

    With `Prefer: respond-async` it comes as soon as the upload is stored, and a worker imports it: follow the dataset
    with `?wait=20` until it is ready, or failed with the reason.
    """
    dataset = datasets.create(
        caller().id,
        uploads.take(form.file, header.idempotency_key),
        _options(form.options),
        name=form.name,
        settings=settings(),
        notify=notify if header.prefers_async else None,
    )
    return _made(dataset, header)


@api.get("/datasets", responses={HTTPStatus.OK: DatasetPage})
@access.user
def list_datasets(query: DatasetQuery) -> JsonResponse:
    """Your datasets, newest first, also those that are importing or failed; a single dataset shows its columns too."""
    statement = select(Dataset).where(Dataset.owner_id == caller().id).options(*map(defer, LARGE))
    if query.status is not None:
        statement = statement.where(Dataset.status == DatasetStatus(query.status))
    if query.idempotency_key is not None:
        statement = statement.where(Dataset.idempotency_key == query.idempotency_key)
    return page(statement, Dataset, query, DatasetSummary.model_validate)


@api.get("/datasets/<uuid:dataset_id>", responses={HTTPStatus.OK: DatasetDocument})
@access.user
def show_dataset(path: DatasetPath, query: Wait) -> JsonResponse | Response:
    """One dataset with its columns and its import report, or, with `wait`, as soon as its import has progressed."""
    dataset = owned(Dataset, path.dataset_id, caller().id)
    document = _show(dataset)
    if query.wait and not dataset.status.is_final and not waiting.is_changed(waiting.tag_of(document)):
        with waiting.place() as is_mine:
            if is_mine:
                wait_for_change(dataset, query.wait, lambda: hub().is_closing)
        document = _show(owned(Dataset, path.dataset_id, caller().id))
    return waiting.respond_if_changed(document, waiting.tag_of(document))


@api.patch("/datasets/<uuid:dataset_id>", responses={HTTPStatus.OK: DatasetDocument})
@access.user
def change_dataset(path: DatasetPath, body: DatasetChange) -> JsonResponse:
    """Rename a dataset, or set the semantic type and role of columns."""
    declared = {column.name: ColumnMeaning(column.role, column.semantic_type) for column in body.columns}
    return json_response(_show(datasets.change(caller().id, path.dataset_id, name=body.name, columns=declared)))


@api.post("/datasets/<uuid:dataset_id>/versions", responses=MADE)
@access.user
def make_version(path: DatasetPath, header: ImportHeaders, body: NewVersion) -> JsonResponse:
    """Import the uploaded file once more under other options: a new dataset, of which this one is the parent.

    `Prefer: respond-async` works as it does for uploads.
    """
    dataset = dataset_versions.import_again(
        caller().id,
        path.dataset_id,
        body.options.model_dump(mode="json", exclude_unset=True),
        accept_suspected_markers=body.accept_suspected_markers,
        settings=settings(),
        notify=notify if header.prefers_async else None,
    )
    return _made(dataset, header)


@api.delete("/datasets/<uuid:dataset_id>", responses={HTTPStatus.NO_CONTENT: None})
@access.user
def delete_dataset(path: DatasetPath) -> tuple[str, HTTPStatus]:
    """Delete a dataset with its jobs and their files; one that is being imported, too."""
    datasets.delete(caller().id, path.dataset_id, storage())
    return "", HTTPStatus.NO_CONTENT


@api.get("/datasets/<uuid:dataset_id>/rows", responses={HTTPStatus.OK: RowsDocument})
@access.user
def list_rows(path: DatasetPath, query: RowsQuery) -> JsonResponse:
    """Rows in their own order; a missing cell is null."""
    dataset = datasets.ready(caller().id, path.dataset_id)
    rows = read_rows(datasets.stored_table(dataset.id, storage()), offset=query.offset, limit=query.limit)
    return json_response(RowsDocument(items=rows, offset=query.offset, total=dataset.rows or 0))


@api.get("/datasets/<uuid:dataset_id>/profile")
@access.user
def show_profile(path: DatasetPath) -> dict[str, Any]:
    """Statistics of each column."""
    dataset = datasets.ready(caller().id, path.dataset_id)
    return profile(datasets.stored_table(dataset.id, storage()))


@api.get("/datasets/<uuid:dataset_id>/download")
@access.user
def download_dataset(path: DatasetPath, query: DownloadQuery) -> Response:
    """The table as a file."""
    dataset = datasets.ready(caller().id, path.dataset_id)
    file = datasets.download(dataset.id, query.format, guard_formulas=query.guard_formulas, settings=settings())
    return files.attachment(
        file,
        name=f"{dataset.name}.{query.format}",
        media_type=datasets.MEDIA_TYPES[query.format],
        etag=f"{dataset.sha256[:32]}-{query.format}-{int(query.guard_formulas)}",
    )


def _made(dataset: Dataset, asked: ImportHeaders) -> JsonResponse:
    """201 when it is ready; otherwise 202, and when to look at it."""
    headers = {"location": url_for("datasets.show_dataset", dataset_id=dataset.id)}
    if asked.prefers_async:
        headers["preference_applied"] = ASYNCHRONOUS
    if dataset.status is DatasetStatus.READY:
        return json_response(_show(dataset), HTTPStatus.CREATED, **headers)
    return json_response(_show(dataset), HTTPStatus.ACCEPTED, **headers, retry_after=RETRY_AFTER_SECONDS)


def _options(text: str) -> ImportOptions:
    parsed = parse_json(text, "/options")
    try:
        return ImportOptions.model_validate(parsed)
    except ValidationError as exc:
        errors = [FieldError("/options" + pointer(*error["loc"]), error["msg"]) for error in exc.errors()]
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].message}.", errors=errors) from None


def _show(dataset: Dataset) -> DatasetDocument:
    return DatasetDocument.model_validate(dataset)
