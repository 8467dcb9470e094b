"""Lists in pages, newest first, by a cursor that names the last row seen: no page repeats or skips a row."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from flask import request
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, or_
from werkzeug.datastructures import Headers

from wrangler.errors import FieldError, InvalidInput
from wrangler.extensions import db
from wrangler.web.context import settings
from wrangler.web.schemas import JsonResponse, Request


class Listed(Protocol):
    """What a row needs to be listed."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def created_at(self) -> datetime: ...


Row = TypeVar("Row", bound=Listed)
LARGEST_PAGE = 100


class PageQuery(Request):
    """What every list takes; lists with filters inherit from it."""

    limit: int = Field(20, ge=1, le=LARGEST_PAGE, description="rows in one page")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class Page(BaseModel):
    """For the API documents: `class Jobs(Page): items: list[JobDocument]`."""

    next: str | None = Field(description="cursor of the next page; null at the end")


def page(statement: Select[Row], model: type[Any], query: PageQuery, show: Callable[[Row], BaseModel]) -> JsonResponse:
    """One page of a statement on a model with `created_at` and `id`.

    Raises
    ------
    InvalidInput
        When the cursor was not made by this list.
    """
    if query.cursor is not None:
        created_at, row_id = _read(query.cursor)
        statement = statement.where(
            or_(model.created_at < created_at, and_(model.created_at == created_at, model.id < row_id))
        )
    ordered = statement.order_by(model.created_at.desc(), model.id.desc()).limit(query.limit + 1)
    rows = db.session.scalars(ordered).all()
    shown, has_more = rows[: query.limit], len(rows) > query.limit
    following = _write(shown[-1]) if has_more else None
    headers = Headers()
    if following is not None:
        arguments = request.args.to_dict(flat=False) | {"cursor": [following]}
        headers.add("Link", f'<{request.root_path}{request.path}?{urlencode(arguments, doseq=True)}>; rel="next"')
    return {"items": [show(row).model_dump(mode="json") for row in shown], "next": following}, 200, headers


def _serializer() -> URLSafeSerializer:
    """Signed, and for one list only, so that a cursor reveals nothing and opens no other list."""
    return URLSafeSerializer(settings().secret_key.get_secret_value(), salt=f"cursor of {request.endpoint}")


def _write(row: Listed) -> str:
    microseconds = int(row.created_at.timestamp()) * 1_000_000 + row.created_at.microsecond
    return str(_serializer().dumps([microseconds, row.id.hex]))


def _read(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        microseconds, row_id = _serializer().loads(cursor)
    except BadData as exc:
        error = FieldError("/cursor", "is not a cursor of this list; take `next` of the page before")
        raise InvalidInput("The cursor is not one of this list.", errors=[error]) from exc
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), uuid.UUID(row_id)
