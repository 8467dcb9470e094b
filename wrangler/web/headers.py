"""What every response carries: the request's id and the rules that a browser is to keep."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers

from wrangler.config import settings_of
from wrangler.extensions import cors

PERMITTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
REPORT = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "form-action 'none'; base-uri 'none'"
)
"""For a notebook's HTML, whose content data can shape: no script runs, and it is nobody's origin."""
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
ONE_YEAR_SECONDS = 31_536_000
QUIET_PATHS = ("/health", "/readyz", "/docs/", "/redoc/")
logger = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)
    _allow_origins(app)


def _begin() -> None:
    sent_id = request.headers.get("X-Request-ID", "")
    g.request_id = sent_id if PERMITTED_ID.fullmatch(sent_id) else uuid.uuid4().hex
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    harden(response.headers, is_page=response.mimetype == "text/html", is_secure=request.is_secure)
    response.headers["X-Request-ID"] = g.get("request_id", "")
    log = logger.debug if request.path.startswith(QUIET_PATHS) else logger.info
    log(
        "answered",
        method=request.method,
        path=request.path,
        status=response.status_code,
        milliseconds=round(1000 * (time.perf_counter() - g.get("begun", time.perf_counter())), 1),
    )
    return response


def harden(headers: Headers, *, is_page: bool, is_secure: bool) -> None:
    """Set what a view has not set more strictly or more fittingly itself."""
    headers.setdefault("Content-Security-Policy", PAGE if is_page else NOTHING)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "private, no-cache")
    if is_secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR_SECONDS}; includeSubDomains")


def _allow_origins(app: Flask) -> None:
    """Other sites' pages may call the API with a token, never with a cookie, and only those the settings name."""
    origins = settings_of(app).origins
    if not origins:
        return
    cors.init_app(
        app,
        resources=r"/(api/.*|openapi\.json)",
        origins="*" if "*" in origins else [re.compile(re.escape(origin) + r"\Z", re.IGNORECASE) for origin in origins],
        supports_credentials=False,
        send_wildcard="*" in origins,
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "Prefer",
            "Range",
        ],
        expose_headers=[
            "Content-Disposition",
            "ETag",
            "Link",
            "Location",
            "Preference-Applied",
            "Retry-After",
            "X-Log-Attempt",
            "X-Log-Offset",
            "X-Request-ID",
        ],
        max_age=600,
    )
