"""What administrators see and do."""

import uuid
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from flask_openapi import APIBlueprint, Tag
from pydantic import Field, model_validator

from wrangler.extensions import db
from wrangler.models import AuditEvent, Role, User
from wrangler.services import accounts, audit, health
from wrangler.web import access
from wrangler.web.api.me import UserDocument
from wrangler.web.context import settings
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.schemas import Document, Instant, JsonResponse, Request, UserPath, json_response

tag = Tag(name="admin", description="For administrators")
api = APIBlueprint("admin", __name__, url_prefix="/api/v1/admin", abp_tags=[tag])


class DatabaseDocument(Document):
    kind: str
    server_version: str
    url: str = Field(description="without the password")
    revision: str | None = Field(description="the newest migration that has run")
    tables: dict[str, int] = Field(description="rows in each")
    pool: str


class RedisDocument(Document):
    redis_version: str | None
    uptime_in_seconds: int | None
    connected_clients: int | None
    used_memory: int | None
    maxmemory: int | None
    maxmemory_policy: str | None
    persistent: bool | None = Field(
        description="whether its data outlive a restart, by its configuration; null: not known"
    )
    appendonly: bool = Field(description="whether it logs each write (append-only file)")
    save: str | None = Field(description="when it takes snapshots, as its setting `save`; empty: never")
    failed_writes: list[str] = Field(description="which of `appendonly` and `save` could not be written last time")


class QueueDocument(Document):
    name: str
    queued: int
    running: int
    oldest_waits_seconds: float | None
    workers: int = Field(description="how many serve it, of those that were seen lately")


class WorkerDocument(Document):
    name: str
    queues: list[str]
    seen_at: Instant


class QueuesDocument(Document):
    items: list[QueueDocument]
    workers: list[WorkerDocument]


class Users(Page):
    items: list[UserDocument]


class Authority(Request):
    role: Role | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _check_any(self) -> "Authority":
        if self.role is None and self.active is None:
            raise ValueError("send role, active or both")
        return self


class AuditQuery(PageQuery):
    action: str | None = Field(None, max_length=100, description="only this kind, such as `session.opened`")


class AuditDocument(Document):
    id: uuid.UUID
    created_at: Instant
    user_id: uuid.UUID | None
    action: str
    subject: str | None
    subject_id: uuid.UUID | None
    details: dict[str, Any]


class AuditEvents(Page):
    items: list[AuditDocument]


@api.get("/database/info", responses={200: DatabaseDocument})
@access.admin
def show_database() -> JsonResponse:
    """The database: kind, migration, rows, pool."""
    return json_response(DatabaseDocument(**health.database_info(settings())))


@api.post("/database/initialize", responses={200: DatabaseDocument})
@access.admin
def initialize_database() -> JsonResponse:
    """Run the migrations that have not run yet; nothing is lost when all have."""
    upgrade()
    audit.append("database.initialized", user_id=access.caller().id)
    db.session.commit()
    return json_response(DatabaseDocument(**health.database_info(settings())))


@api.get("/redis/info", responses={200: RedisDocument})
@access.admin
def show_redis() -> JsonResponse:
    """Redis: version, clients, memory."""
    return json_response(RedisDocument(**health.redis_info(settings())))


@api.get("/queues", responses={200: QueuesDocument})
@access.admin
def show_queues() -> JsonResponse:
    """The queues and the workers that serve them."""
    return json_response(
        QueuesDocument(
            items=[QueueDocument(**queue) for queue in health.queue_info()],
            workers=[WorkerDocument.model_validate(worker) for worker in health.workers()],
        )
    )


@api.get("/users", responses={200: Users})
@access.admin
def list_users(query: PageQuery) -> JsonResponse:
    """All accounts."""
    return page(accounts.people(), User, query, UserDocument.model_validate)


@api.patch("/users/<uuid:user_id>", responses={200: UserDocument})
@access.admin
def change_user(path: UserPath, body: Authority) -> JsonResponse:
    """Change what somebody may do; the last administrator stays one."""
    changed = accounts.administer(path.user_id, access.caller().id, role=body.role, active=body.active)
    return json_response(UserDocument.model_validate(changed))


@api.get("/audit", responses={200: AuditEvents})
@access.admin
def list_audit(query: AuditQuery) -> JsonResponse:
    """Who did what."""
    return page(audit.events(query.action), AuditEvent, query, AuditDocument.model_validate)


def register_old_paths(app: Flask) -> None:
    """The paths that Wrangler's first backend had."""
    for method, path, view in (
        ("GET", "/admin/database/info", show_database),
        ("POST", "/admin/database/initialize", initialize_database),
        ("GET", "/admin/redis/info", show_redis),
    ):
        app.add_url_rule(path, f"old_{view.__name__}", view, methods=[method])
