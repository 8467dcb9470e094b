"""Health, for load balancers, container platforms and people who look for a fault."""

from http import HTTPStatus
from typing import Any

from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from wrangler import __version__
from wrangler.extensions import limiter
from wrangler.services import State, health
from wrangler.web import access
from wrangler.web.context import settings
from wrangler.web.schemas import Document, JsonResponse, json_response

tag = Tag(name="health", description="Whether all parts work")
api = APIBlueprint("health", __name__, abp_tags=[tag])
limiter.exempt(api)


class HealthDocument(Document):
    status: str = Field(description="ok; degraded: responds, but jobs may wait; down")
    version: str
    checks: dict[str, dict[str, Any]]


class AliveDocument(Document):
    status: str


@api.get("/health", responses={200: HealthDocument, 503: HealthDocument})
@access.public
def show_health() -> JsonResponse:
    """Database, queue, worker and disk."""
    found = health.checks(settings())
    state = health.overall(found)
    document = HealthDocument(
        status=state, version=__version__, checks={name: health.describe(check) for name, check in found.items()}
    )
    return json_response(document, HTTPStatus.SERVICE_UNAVAILABLE if state is State.DOWN else HTTPStatus.OK)


@api.get("/healthz", responses={200: AliveDocument})
@access.public
def show_alive() -> JsonResponse:
    """Whether the process responds."""
    return json_response(AliveDocument(status=State.OK))


@api.get("/readyz", responses={200: AliveDocument, 503: AliveDocument})
@access.public
def show_ready() -> JsonResponse:
    """Requests can be served: the database responds and there is space on the disk."""
    is_ready = all(check.state is State.OK for check in (health.check_database(), health.check_disk(settings())))
    return json_response(
        AliveDocument(status=State.OK if is_ready else State.DOWN),
        HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )
