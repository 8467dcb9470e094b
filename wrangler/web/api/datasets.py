"""`/datasets`: tables that people uploaded or that jobs completed."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Response, url_for
from flask_openapi import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select

from wrangler.errors import FieldError, InvalidInput
from wrangler.importing import ImportOptions, profile, read_rows
from wrangler.models import Dataset
from wrangler.services import datasets
from wrangler.services.ownership import owned
from wrangler.web import access, files, uploads
from wrangler.web.access import caller
from wrangler.web.bodies import parse_json
from wrangler.web.context import settings, storage
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.problems import pointer
from wrangler.web.schemas import Answer, Document, Instant, Name, Request, answer

api = APIBlueprint("datasets", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="datasets")])
LARGEST_ROWS_PAGE = 1000


class DatasetPath(BaseModel):
    dataset_id: uuid.UUID


class UploadForm(Request):
    file: FileStorage = Field(description="the table: CSV, TSV, Parquet or xlsx")
    options: str = Field("{}", max_length=1_000_000, description="import options, a JSON object (ImportOptions)")
    name: Name | None = Field(None, description="shown name; default: the file's name")


class ColumnRole(Request):
    name: str
    role: Literal["feature", "id", "target", "excluded", "time", "group"]


class DatasetChange(Request):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    columns: list[ColumnRole] = Field(default_factory=list, max_length=10_000, description="roles of single columns")


class DatasetDocument(Document):
    id: uuid.UUID
    name: str
    filename: str
    format: str
    status: str
    rows: int | None
    columns: list[dict[str, Any]]
    source_bytes: int
    sha256: str
    version: int
    parent_id: uuid.UUID | None
    job_id: uuid.UUID | None
    import_options: dict[str, Any]
    import_report: dict[str, Any]
    error: dict[str, Any] | None
    created_at: Instant
    updated_at: Instant


class DatasetPage(Page):
    items: list[DatasetDocument]


class RowsQuery(Request):
    offset: int = Field(0, ge=0, le=2**53)
    limit: int = Field(50, ge=1, le=LARGEST_ROWS_PAGE)


class RowsDocument(Document):
    items: list[dict[str, Any]]
    offset: int
    total: int


class DownloadQuery(Request):
    format: Literal["csv", "parquet", "xlsx"] = "csv"
    guard_formulas: bool = Field(
        default=True, description="text that a spreadsheet would run as a formula gets a ' in front (csv and xlsx)"
    )


@api.post("/datasets", responses={HTTPStatus.CREATED: DatasetDocument})
@access.user
def upload_dataset(form: UploadForm) -> Answer:
    """Upload a table."""
    dataset = datasets.create(
        caller().id, uploads.take(form.file), _options(form.options), name=form.name, settings=settings()
    )
    location = url_for("datasets.show_dataset", dataset_id=dataset.id)
    return answer(_show(dataset), HTTPStatus.CREATED, location=location)


@api.get("/datasets", responses={HTTPStatus.OK: DatasetPage})
@access.user
def list_datasets(query: PageQuery) -> Answer:
    """Your datasets, newest first."""
    return page(select(Dataset).where(Dataset.owner_id == caller().id), Dataset, query, _show)


@api.get("/datasets/<uuid:dataset_id>", responses={HTTPStatus.OK: DatasetDocument})
@access.user
def show_dataset(path: DatasetPath) -> Answer:
    """One dataset with its columns and its import report."""
    return answer(_show(owned(Dataset, path.dataset_id, caller().id)))


@api.patch("/datasets/<uuid:dataset_id>", responses={HTTPStatus.OK: DatasetDocument})
@access.user
def change_dataset(path: DatasetPath, body: DatasetChange) -> Answer:
    """Rename a dataset, or say what role a column plays."""
    roles = {column.name: column.role for column in body.columns}
    return answer(_show(datasets.change(caller().id, path.dataset_id, name=body.name, roles=roles)))


@api.delete("/datasets/<uuid:dataset_id>", responses={HTTPStatus.NO_CONTENT: None})
@access.user
def delete_dataset(path: DatasetPath) -> tuple[str, HTTPStatus]:
    """Delete a dataset with its jobs and their files."""
    datasets.delete(caller().id, path.dataset_id, storage())
    return "", HTTPStatus.NO_CONTENT


@api.get("/datasets/<uuid:dataset_id>/rows", responses={HTTPStatus.OK: RowsDocument})
@access.user
def list_rows(path: DatasetPath, query: RowsQuery) -> Answer:
    """Rows in their own order; a missing cell is null."""
    dataset = owned(Dataset, path.dataset_id, caller().id)
    rows = read_rows(storage().table(dataset.id), offset=query.offset, limit=query.limit)
    return answer(RowsDocument(items=rows, offset=query.offset, total=dataset.rows or 0))


@api.get("/datasets/<uuid:dataset_id>/profile")
@access.user
def show_profile(path: DatasetPath) -> dict[str, Any]:
    """Statistics of each column."""
    dataset = owned(Dataset, path.dataset_id, caller().id)
    return profile(storage().table(dataset.id))


@api.get("/datasets/<uuid:dataset_id>/download")
@access.user
def download_dataset(path: DatasetPath, query: DownloadQuery) -> Response:
    """The table as a file."""
    dataset = owned(Dataset, path.dataset_id, caller().id)
    file = datasets.download(dataset.id, query.format, guard_formulas=query.guard_formulas, storage=storage())
    return files.attachment(
        file,
        name=f"{dataset.name}.{query.format}",
        media_type=datasets.MEDIA_TYPES[query.format],
        etag=f"{dataset.sha256[:32]}-{query.format}-{int(query.guard_formulas)}",
    )


def _options(text: str) -> ImportOptions:
    parsed = parse_json(text, "/options")
    try:
        return ImportOptions.model_validate(parsed)
    except ValidationError as trouble:
        errors = [FieldError("/options" + pointer(*error["loc"]), error["msg"]) for error in trouble.errors()]
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].message}.", errors=errors) from None


def _show(dataset: Dataset) -> DatasetDocument:
    return DatasetDocument.model_validate(dataset)
