"""The application factory: joins settings, extensions, HTTP and commands. Importing this does nothing."""

from typing import Any

import structlog
from flask import Flask
from flask_openapi import Info, OpenAPI
from sqlalchemy import event
from werkzeug.middleware.proxy_fix import ProxyFix

from wrangler import __version__, cli, models, web
from wrangler.config import EXTENSION, PROJECT_ROOT, Environment, Settings, load_settings
from wrangler.extensions import db, limiter, migrate
from wrangler.services import templates
from wrangler.web import Problem, documents, logs, problems, throttle

__all__ = ["create_app", "models"]
logger = structlog.get_logger(__name__)
REDIS_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
POSTGRESQL_TIMEOUTS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that is gone without closing its connections is noticed in seconds: leases depend on it."""


def create_app(settings: Settings | None = None) -> OpenAPI:
    """A new application. Tests and production differ in nothing but the settings."""
    settings = settings or load_settings()
    logs.configure(settings)
    warning = templates.refuse_unsafe(settings)
    if warning:
        logger.warning(warning)
    app = OpenAPI(
        "wrangler",
        info=Info(title="Wrangler", version=__version__, description=documents.DESCRIPTION),
        operation_id_callback=documents.operation_id,
        validation_error_model=Problem,
        validation_error_callback=problems.refuse_validation,
        doc_ui=False,
        static_folder=None,
    )
    app.openapi_version = "3.1.0"
    app.extensions[EXTENSION] = settings
    app.config.from_mapping(_flask_config(settings))
    _bind_extensions(app, settings)
    web.register(app)
    cli.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask's documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops
        )
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TESTING": settings.env is Environment.TESTING,
        "MAX_CONTENT_LENGTH": settings.max_content_length,
        "TRUSTED_HOSTS": settings.hosts or None,
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "RATELIMIT_ENABLED": settings.ratelimit_enabled,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": REDIS_TIMEOUTS if settings.redis_url else {},
        "RATELIMIT_DEFAULT": throttle.default_limit,
        "RATELIMIT_STRATEGY": "fixed-window",
        "RATELIMIT_KEY_PREFIX": "wrangler",
        # The limiter would send Retry-After in every response, also in those of jobs, where it means something else.
        "RATELIMIT_HEADER_LIMIT": "RateLimit-Limit",
        "RATELIMIT_HEADER_REMAINING": "RateLimit-Remaining",
        "RATELIMIT_HEADER_RESET": "RateLimit-Reset",
        "RATELIMIT_HEADER_RETRY_AFTER": "RateLimit-Reset",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(settings.redis_url),
    }


def _engine_options(settings: Settings) -> dict[str, Any]:
    """Sizes are for a server of databases; SQLite is a file, and its pool stays as SQLAlchemy makes it."""
    if settings.uses_sqlite:
        return {}
    return {
        "pool_pre_ping": True,
        "pool_size": settings.db_pool_size,
        "max_overflow": settings.db_max_overflow,
        "pool_recycle": settings.db_pool_recycle_seconds,
        "connect_args": POSTGRESQL_TIMEOUTS if settings.sqlalchemy_url.startswith("postgresql") else {},
    }


def _bind_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(PROJECT_ROOT / "migrations"))
    limiter.init_app(app)
    if settings.uses_sqlite:
        with app.app_context():
            event.listen(db.engine, "do_connect", lambda *_: settings.data_dir.mkdir(parents=True, exist_ok=True))
