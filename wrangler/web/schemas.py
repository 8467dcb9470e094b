"""What the documents of the API have in common."""

import re
import unicodedata
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from werkzeug.datastructures import Headers

INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def clean_name(text: str) -> str:
    """A name for people to read: composed, trimmed, without control and direction characters."""
    cleaned = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip()
    if text and not cleaned:
        raise ValueError("must have a visible character")
    return cleaned


def rfc3339(instant: datetime) -> str:
    """`2026-01-31T12:00:00.000000Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean_name)]


class Request(BaseModel):
    """A body or a query: a field that is not declared is refused, so that nobody sets what is not theirs to set."""

    model_config = ConfigDict(extra="forbid")


class Document(BaseModel):
    """What the API returns; built from a row."""

    model_config = ConfigDict(from_attributes=True)


class FieldProblem(BaseModel):
    pointer: str = Field(description="JSON pointer to what is wrong")
    detail: str


class Problem(BaseModel):
    """Why a request was refused or failed (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="stable name of the kind of problem", examples=["urn:wrangler:problem:not_found"])
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


class TokenPath(BaseModel):
    token_id: uuid.UUID


class RecipePath(BaseModel):
    recipe_id: uuid.UUID


class UserPath(BaseModel):
    user_id: uuid.UUID


JsonResponse = tuple[dict[str, Any], int, Headers]


def json_response(document: BaseModel, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> JsonResponse:
    """A JSON response; `location=...` becomes the header `Location`."""
    named = Headers([(name.replace("_", "-").title(), value) for name, value in headers.items()])
    return document.model_dump(mode="json"), status, named
