"""Registering, logging in and out by cookie, and access tokens."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import request, url_for
from flask_openapi import APIBlueprint, Tag
from pydantic import AfterValidator, Field, model_validator

from wrangler.errors import NotAllowed, NotAuthenticated
from wrangler.extensions import limiter
from wrangler.models import User
from wrangler.services import TokenPair, accounts
from wrangler.web import access, throttle
from wrangler.web.api.me import UserDocument
from wrangler.web.context import access_tokens, settings
from wrangler.web.schemas import Document, JsonResponse, Name, Request, json_response

tag = Tag(name="auth", description="Registering and logging in")
api = APIBlueprint("auth", __name__, url_prefix="/api/v1/auth", abp_tags=[tag])


def _check_email(email: str) -> str:
    local, at, domain = email.strip().rpartition("@")
    is_sound = bool(local and at and domain) and not any(
        sign.isspace() or not sign.isprintable() for sign in email.strip()
    )
    if not is_sound or "@" in local:
        raise ValueError("must be an e-mail address such as name@example.org")
    return accounts.normalise_email(email)


Email = Annotated[str, Field(max_length=254, examples=["ada@example.org"]), AfterValidator(_check_email)]
Password = Annotated[
    str, Field(min_length=1, max_length=4 * accounts.LONGEST_PASSWORD, json_schema_extra={"format": "password"})
]


class Registration(Request):
    email: Email
    password: Password = Field(description=f"{accounts.SHORTEST_PASSWORD} to {accounts.LONGEST_PASSWORD} characters")
    name: Name | None = None


class Login(Request):
    email: Email
    password: Password


class TokenRequest(Request):
    """Either e-mail address and password, or the refresh token of an earlier response."""

    email: Email | None = None
    password: Password | None = None
    refresh_token: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _check_either(self) -> "TokenRequest":
        has_login = self.email is not None and self.password is not None
        if has_login == (self.refresh_token is not None) or (self.email is None) != (self.password is None):
            raise ValueError("send either email and password, or refresh_token")
        return self


class TokenDocument(Document):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a token
    expires_in: int = Field(description="seconds")
    refresh_token: str = Field(description="worth one new pair; each renewal gives another one")


@api.post("/register", responses={201: UserDocument})
@access.public
@limiter.limit(throttle.auth_limit)
def register(body: Registration) -> JsonResponse:
    """Make an account."""
    if not settings().registration_open:
        raise NotAllowed("Registration is closed here; ask an administrator.", code="registration_closed")
    user = accounts.register(body.email, body.password, body.name or body.email.partition("@")[0])
    return json_response(UserDocument.model_validate(user), HTTPStatus.CREATED, location=url_for("me.show_me"))


@api.post("/login", responses={200: UserDocument})
@access.public
@limiter.limit(throttle.auth_limit)
def log_in(body: Login) -> JsonResponse:
    """Open a browser session; programs take a token instead."""
    access.refuse_other_sites(needs_proof=False)
    user = _authenticate(body.email, body.password)
    access.open_session(user)
    return json_response(UserDocument.model_validate(user), cache_control="no-store")


@api.post("/logout", responses={204: None})
@access.user
def log_out() -> tuple[str, int]:
    """End this session, or this access token and its refresh token."""
    access.close_session()
    return "", HTTPStatus.NO_CONTENT


@api.post("/token", responses={200: TokenDocument})
@access.public
@limiter.limit(throttle.auth_limit)
def issue_token(body: TokenRequest) -> JsonResponse:
    """Get an access token, by password or by refresh token."""
    if body.refresh_token is not None:
        return _show(access_tokens().renew(body.refresh_token))
    return _show(access_tokens().issue(_authenticate(body.email or "", body.password or "")))


def _authenticate(email: str, password: str) -> User:
    throttle.check_failures(email)
    try:
        user = accounts.authenticate(email, password, address=request.remote_addr or "")
    except NotAuthenticated:
        throttle.note_failure(email)
        raise
    throttle.note_success(email)
    return user


def _show(pair: TokenPair) -> JsonResponse:
    document: dict[str, Any] = {
        "access_token": pair.access_token,
        "expires_in": pair.expires_in_seconds,
        "refresh_token": pair.refresh_token,
    }
    return json_response(TokenDocument(**document), cache_control="no-store")
