"""Whoever calls: their account, their password, their API tokens."""

import uuid
from datetime import timedelta
from http import HTTPStatus
from typing import Literal

from flask import url_for
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from wrangler.models import ApiToken
from wrangler.services import accounts, tokens
from wrangler.web import access
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.schemas import Document, Instant, JsonResponse, Name, Request, TokenPath, json_response

tag = Tag(name="me", description="Your account and your tokens")
api = APIBlueprint("me", __name__, url_prefix="/api/v1/me", abp_tags=[tag])
LONGEST_TOKEN_DAYS = 3650


class UserDocument(Document):
    id: uuid.UUID
    email: str
    name: str
    role: str
    active: bool
    created_at: Instant
    last_login_at: Instant | None


class UserChange(Request):
    name: Name


class PasswordChange(Request):
    current_password: str = Field(max_length=4 * accounts.LONGEST_PASSWORD)
    new_password: str = Field(
        max_length=4 * accounts.LONGEST_PASSWORD,
        description=f"{accounts.SHORTEST_PASSWORD} to {accounts.LONGEST_PASSWORD} characters",
    )


class TokenCreation(Request):
    name: Name
    scopes: list[Literal["read", "write"]] = Field(["read", "write"], min_length=1, max_length=2)
    expires_in_days: int | None = Field(None, ge=1, le=LONGEST_TOKEN_DAYS, description="null: until it is revoked")


class ApiTokenDocument(Document):
    id: uuid.UUID
    name: str
    scopes: list[str]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None


class NewTokenDocument(ApiTokenDocument):
    token: str = Field(description="shown this once; only its SHA-256 is kept")


class ApiTokens(Page):
    items: list[ApiTokenDocument]


@api.get("", responses={200: UserDocument})
@access.user
def show_me() -> JsonResponse:
    """Your account."""
    return json_response(UserDocument.model_validate(access.caller()))


@api.patch("", responses={200: UserDocument})
@access.user
def change_me(body: UserChange) -> JsonResponse:
    """Change your name."""
    return json_response(UserDocument.model_validate(accounts.rename(access.caller().id, body.name)))


@api.post("/password", responses={204: None})
@access.user
def change_password(body: PasswordChange) -> tuple[str, int]:
    """Change your password; all sessions and access tokens end, this one too."""
    access.require_person()
    accounts.change_password(access.caller().id, body.current_password, body.new_password)
    return "", HTTPStatus.NO_CONTENT


@api.get("/tokens", responses={200: ApiTokens})
@access.user
def list_tokens(query: PageQuery) -> JsonResponse:
    """Your API tokens."""
    return page(tokens.personal(access.caller().id), ApiToken, query, ApiTokenDocument.model_validate)


@api.post("/tokens", responses={201: NewTokenDocument})
@access.user
def create_token(body: TokenCreation) -> JsonResponse:
    """Make an API token for a program."""
    access.require_person()
    life = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    row, plain = tokens.create(access.caller().id, body.name, sorted(set(body.scopes)), life)
    shown = ApiTokenDocument.model_validate(row).model_dump() | {"token": plain}
    location = url_for("me.show_token", token_id=row.id)
    return json_response(NewTokenDocument(**shown), HTTPStatus.CREATED, location=location, cache_control="no-store")


@api.get("/tokens/<uuid:token_id>", responses={200: ApiTokenDocument})
@access.user
def show_token(path: TokenPath) -> JsonResponse:
    """One of your API tokens, without its secret."""
    return json_response(ApiTokenDocument.model_validate(tokens.find(access.caller().id, path.token_id)))


@api.delete("/tokens/<uuid:token_id>", responses={204: None})
@access.user
def revoke_token(path: TokenPath) -> tuple[str, int]:
    """Revoke one of your API tokens."""
    access.require_person()
    tokens.revoke(access.caller().id, path.token_id)
    return "", HTTPStatus.NO_CONTENT
