"""Who may call what. Each view declares it; a route that declares nothing refuses everybody.

    @api.get("/things")
    @access.user
    def list_things(): ...

A caller is known by `Authorization: Bearer` (a JWT access token or a personal `wr_` token) or by the session cookie,
never by both: with an Authorization header the cookie does not count. Cookies count for unsafe methods only when the
browser reports that the request comes from this very site.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, g, request, session
from flask_login import current_user, login_user, logout_user

from wrangler.config import settings_of
from wrangler.errors import NotAllowed, NotAuthenticated
from wrangler.extensions import db, login, reads_only
from wrangler.models import User
from wrangler.services import Credential, Scope, tokens
from wrangler.web.context import access_tokens, settings

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_SECRET = "secret"  # noqa: S105 - a key in the session, not a secret
logger = structlog.get_logger(__name__)


class Access(StrEnum):
    PUBLIC = "public"
    USER = "user"
    ADMIN = "admin"


def public(view: View) -> View:
    """Anybody may call this."""
    return _declare(view, Access.PUBLIC)


def user(view: View) -> View:
    """Somebody who is logged in may call this, for what is theirs."""
    return _declare(view, Access.USER)


def admin(view: View) -> View:
    """Administrators may call this."""
    return _declare(view, Access.ADMIN)


def declared(app: Flask, endpoint: str) -> Access | None:
    """What the view of an endpoint declares."""
    return cast("Access | None", getattr(app.view_functions.get(endpoint), "access", None))


def register(app: Flask) -> None:
    app.config.update(_cookie_rules(app))
    login.init_app(app)
    login.user_loader(_load_session)
    app.before_request(_guard)
    app.teardown_request(_after)


def caller() -> User:
    """Who calls. Loaded and detached: reading it starts no transaction; to change it, find it by id."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001 - the proxy's documented way


def credential() -> Credential:
    """By what right the caller calls."""
    return cast("Credential", g.credential)


def require_person() -> None:
    """Refuse personal API tokens: a leaked one must not create others or change the password."""
    if credential().is_personal_token:
        raise NotAllowed("A personal API token may not do this; log in.", code="person_required")


def open_session(person: User) -> None:
    """Log in by cookie, in a new session: nothing of an earlier one is carried over, and it ends."""
    if current_user.is_authenticated:
        earlier = cast("Credential", g.session_credential)
        tokens.close(earlier.user.id, earlier.token_id)
    session.clear()
    session.permanent = True
    session[SESSION_SECRET] = tokens.open_session(person.id)
    login_user(person)


def close_session() -> None:
    tokens.close(caller().id, credential().token_id)
    logout_user()
    session.clear()


def refuse_other_sites(*, needs_proof: bool) -> None:
    """Refuse a request that a page of another site made the browser send.

    `needs_proof` also refuses one that names no origin, which no browser sends any more.
    """
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_foreign = fetch_site not in (None, "same-origin", "none") or (origin is not None and not _is_own(origin))
    if is_foreign or (needs_proof and fetch_site is None and origin is None):
        raise NotAllowed(
            "A change by session cookie must come from this site (Origin, Sec-Fetch-Site); programs use a token.",
            code="cross_site",
        )


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined] # read by `declared`
    return view


def _guard() -> None:
    if request.url_rule is None or request.method == "OPTIONS":
        reads_only.set(True)
        return
    access = declared(current_app, request.url_rule.endpoint)
    if access is None:
        logger.error("route without a declared access class", endpoint=request.endpoint)
        raise NotAllowed("This route is closed.")
    if access is not Access.PUBLIC:
        _identify(access)
    reads_only.set(request.method in SAFE_METHODS)


def _identify(access: Access) -> None:
    reads_only.set(True)
    found = _by_header() if "Authorization" in request.headers else _by_cookie()
    db.session.close()  # the caller is detached, and nothing stays open while a body is read
    needed = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
    if needed not in found.scopes:
        raise NotAllowed(f"This token does not have the scope {needed}.", code="scope_missing")
    if access is Access.ADMIN and not found.user.is_admin:
        raise NotAllowed("Only administrators may do this.")
    g.credential = found
    structlog.contextvars.bind_contextvars(user_id=str(found.user.id))


def _by_header() -> Credential:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("Send `Authorization: Bearer <token>`.", code="invalid_token")
    found = tokens.check_personal(token) if token.startswith(tokens.PREFIX) else access_tokens().check(token)
    g._login_user = found.user  # noqa: SLF001 - where Flask-Login keeps who calls
    return found


def _by_cookie() -> Credential:
    if not current_user.is_authenticated:
        raise NotAuthenticated("Log in first, or send `Authorization: Bearer <token>`.")
    if request.method not in SAFE_METHODS:
        refuse_other_sites(needs_proof=True)
    return cast("Credential", g.session_credential)


def _load_session(session_id: str) -> User | None:
    """Flask-Login asks who `id:epoch` in the cookie is."""
    try:
        user_id, epoch = session_id.split(":")
        g.session_credential = tokens.check_session(
            uuid.UUID(user_id), int(epoch), str(session.get(SESSION_SECRET)), timedelta(hours=settings().session_hours)
        )
    except (ValueError, NotAuthenticated):
        return None
    return cast("Credential", g.session_credential).user


def _after(_error: BaseException | None) -> None:
    """Note the token's use when the request's own transaction is over, so that neither waits for the other."""
    used: Credential | None = g.get("credential")
    if used is not None and used.is_stale:
        db.session.remove()
        if not tokens.touch(used.token_id):
            logger.warning("the database was too busy to note the use of a token", token_id=str(used.token_id))
    reads_only.set(False)


def _is_own(origin: str) -> bool:
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc) == (request.scheme, request.host)


def _cookie_rules(app: Flask) -> dict[str, Any]:
    is_production = settings_of(app).is_production
    return {
        "SESSION_COOKIE_NAME": "__Host-wrangler" if is_production else "wrangler",
        "SESSION_COOKIE_SECURE": is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": tokens.SESSION_LIFE,
    }
