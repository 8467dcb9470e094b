"""Long-poll: a response that is held back until something has changed, or 304 when nothing has."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from flask import Response, request
from pydantic import BaseModel, Field
from werkzeug.http import quote_etag

from wrangler.web.context import hub
from wrangler.web.schemas import JsonResponse, Request, json_response

LONGEST_WAIT_SECONDS = 30


class Wait(Request):
    wait: Annotated[int, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = Field(
        0, description="seconds to wait for a change: of what `If-None-Match` names, or else of what it is now"
    )


def tag_of(document: BaseModel, *, without: frozenset[str] = frozenset()) -> str:
    """Differs when the document does, but for what passes by itself."""
    content = document.model_dump_json(exclude=set(without))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def is_changed(tag: str) -> bool:
    """Whether the caller has another state than this one; one who sends none waits for the next."""
    return bool(request.if_none_match) and not request.if_none_match.contains_weak(tag)


def respond_if_changed(document: BaseModel, tag: str) -> JsonResponse | Response:
    """The document, or 304 when the caller has it."""
    etag = quote_etag(tag, weak=True)
    if request.if_none_match.contains_weak(tag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    return json_response(document, etag=etag)


@contextmanager
def place() -> Iterator[bool]:
    """A place to wait in while there is one; when there is none, the response comes at once."""
    places = hub().waits
    is_mine = places.acquire(blocking=False)
    try:
        yield is_mine
    finally:
        if is_mine:
            places.release()
