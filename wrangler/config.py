"""Every setting of Wrangler, typed and frozen; the only module that reads the environment.

A setting is looked for, in this order, in the arguments of `Settings(...)`, in the environment, in `.env`
(development only), and in the file that `NAME_FILE` names (the way of container secrets).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from limits import parse_many
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from redis.connection import parse_url
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from wrangler.errors import InvalidSettings

DEVELOPMENT_SECRET = "development-only-secret-never-for-production"  # noqa: S105 - refused in production
SHORTEST_SECRET_BYTES = 32
NEVER_SHOWN = frozenset({"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "JUPYTER_URL"})
LONGEST_SHOWN_VALUE = 60
EXPLANATIONS = {
    "value_error": "{error}",
    "greater_than_equal": "is too small, must be at least {ge}",
    "greater_than": "is too small, must be more than {gt}",
    "less_than_equal": "is too large, must be at most {le}",
    "enum": "is not allowed, must be {expected}",
    "string_pattern_mismatch": "is not allowed, must be {choices}",
    "int_parsing": "is not a number, must be a whole number",
    "int_from_float": "is not a whole number, must be one",
    "float_parsing": "is not a number, must be one",
    "finite_number": "is not finite, must be a number",
    "bool_parsing": "is not allowed, must be true or false",
}
"""What is wrong and what would be right, by pydantic's types of errors."""
EXTENSION = "wrangler.settings"
PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class SecretFiles(PydanticBaseSettingsSource):
    """`DATABASE_URL_FILE=/run/secrets/db` stands for `DATABASE_URL=<content of that file>`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = str(field.validation_alias or field_name)
        path = os.environ.get(f"{name}_FILE")  # noqa: TID251 - this is the one reader
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), name, False

    def __call__(self) -> dict[str, Any]:
        found, faults = {}, []
        for field_name, field in self.settings_cls.model_fields.items():
            try:
                value, name, _ = self.get_field_value(field, field_name)
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
                faults.append(f"{field.validation_alias}_FILE: cannot be read ({why}), must name a readable text file")
                continue
            if value is not None:
                found[name] = value
        if faults:
            raise InvalidSettings(faults)
        return found


def _setting(name: str, description: str, *, default: Any, **constraints: Any) -> Any:  # noqa: ANN401 - as pydantic.Field
    """One setting: its name in the environment, its default and its line in `.env.example`."""
    return Field(default, validation_alias=name, description=description, **constraints)


class Settings(BaseSettings):
    """What an installation may decide. Frozen: one process, one configuration."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_file=None,
        extra="ignore",
        populate_by_name=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )

    env: Environment = _setting("WRANGLER_ENV", "development, testing or production", default=Environment.DEVELOPMENT)
    data_dir: Path = _setting(
        "WRANGLER_DATA_DIR", "where datasets, runs, artifacts and SQLite files lie", default=Path("var")
    )
    notebooks_dir: Path = _setting(
        "WRANGLER_NOTEBOOKS_DIR", "where the templates lie", default=PROJECT_ROOT / "notebooks"
    )
    database_url: str = _setting(
        "DATABASE_URL", "postgresql://user:password@host/name; empty: SQLite in the data dir", default=""
    )
    db_pool_size: int = _setting("DB_POOL_SIZE", "connections kept open to PostgreSQL", default=10, ge=1)
    db_max_overflow: int = _setting("DB_MAX_OVERFLOW", "further connections under load", default=20, ge=0)
    db_pool_recycle_seconds: int = _setting(
        "DB_POOL_RECYCLE_SECONDS", "a connection is renewed after this", default=3600, ge=1
    )
    redis_url: str = _setting("REDIS_URL", "redis://host:6379/0; empty: the queue is a SQLite file", default="")
    secret_key: SecretStr = _setting(
        "SECRET_KEY",
        "signs sessions and access tokens; at least 32 random bytes",
        default=SecretStr(DEVELOPMENT_SECRET),
    )
    max_content_length: int = _setting("MAX_CONTENT_LENGTH", "largest request body, bytes", default=2 * 1024**3, ge=1)
    cors_origins: str = _setting(
        "CORS_ORIGINS", "comma-separated exact origins that may call the API; empty: none", default=""
    )
    trusted_hosts: str = _setting(
        "TRUSTED_HOSTS", "comma-separated host names this server answers to; empty: any", default=""
    )
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES", "reverse proxies in front whose X-Forwarded-* count", default=0, ge=0
    )
    log_level: str = _setting(
        "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$"
    )
    log_format: str = _setting("LOG_FORMAT", "console or json", default="console", pattern="^(console|json)$")
    jupyter_url: str = _setting(
        "JUPYTER_URL", "address of a JupyterLab whose root is the lab folder; empty: none", default=""
    )
    access_token_seconds: int = _setting("ACCESS_TOKEN_SECONDS", "life of a JWT access token", default=900, ge=60)
    session_hours: int = _setting("SESSION_HOURS", "life of a browser session", default=12, ge=1)
    registration_open: bool = _setting("REGISTRATION_OPEN", "whether anybody may register", default=True)
    ratelimit_enabled: bool = _setting("RATELIMIT_ENABLED", "whether requests are throttled by address", default=True)
    ratelimit_auth: str = _setting(
        "RATELIMIT_AUTH", "log-ins and registrations from one address", default="30 per minute"
    )
    ratelimit_default: str = _setting(
        "RATELIMIT_DEFAULT", "all other requests from one address", default="1200 per minute"
    )
    import_max_rows: int = _setting("IMPORT_MAX_ROWS", "rows in one table", default=50_000_000, ge=1)
    import_max_columns: int = _setting("IMPORT_MAX_COLUMNS", "columns in one table", default=10_000, ge=1)
    import_memory_bytes: int = _setting(
        "IMPORT_MEMORY_BYTES", "memory of the parser child", default=4 * 1024**3, ge=2**28
    )
    import_seconds: int = _setting("IMPORT_SECONDS", "time of the parser child", default=300, ge=1)
    export_memory_bytes: int = _setting(
        "EXPORT_MEMORY_BYTES", "memory of the child that makes a download", default=2 * 1024**3, ge=2**28
    )
    export_seconds: int = _setting("EXPORT_SECONDS", "time of the child that makes a download", default=300, ge=1)
    job_lease_seconds: int = _setting(
        "JOB_LEASE_SECONDS", "a worker that is silent this long has lost its job or its import", default=60, ge=3
    )
    job_deadline_seconds: int = _setting("JOB_DEADLINE_SECONDS", "longest run of one job", default=3600, ge=1)
    job_cell_seconds: int = _setting("JOB_CELL_SECONDS", "longest run of one notebook cell", default=3600, ge=1)
    job_memory_bytes: int = _setting(
        "JOB_MEMORY_BYTES", "memory of one run; 0: four fifths of the machine's, divided by the slots", default=0, ge=0
    )
    job_threads: int = _setting(
        "JOB_THREADS", "numeric-library threads of one run; 0: the cores, divided by the slots", default=0, ge=0
    )
    job_processes: int = _setting("JOB_PROCESSES", "processes of one run at once; 0: no limit", default=100, ge=0)
    job_file_bytes: int = _setting(
        "JOB_FILE_BYTES", "largest file that a run may write; 0: no limit", default=16 * 1024**3, ge=0
    )
    job_max_attempts: int = _setting(
        "JOB_MAX_ATTEMPTS", "times a job, or an import, whose worker was lost is tried", default=3, ge=1
    )
    job_max_queued_per_user: int = _setting(
        "JOB_MAX_QUEUED_PER_USER", "unfinished jobs of one user, and as many uploads", default=1000, ge=1
    )
    job_max_running_per_user: int = _setting(
        "JOB_MAX_RUNNING_PER_USER", "jobs of one user that run at once; 0: no limit", default=8, ge=0
    )
    allow_custom_notebooks: bool = _setting(
        "ALLOW_CUSTOM_NOTEBOOKS",
        "whether administrators may register notebooks of their own; they run where they reach nothing else",
        default=False,
    )
    allow_unisolated_notebooks: bool = _setting(
        "ALLOW_UNISOLATED_NOTEBOOKS",
        "run them even where this machine cannot isolate them: who registers one then controls this server",
        default=False,
    )
    custom_job_bytes: int = _setting(
        "CUSTOM_JOB_BYTES",
        "what a run of such a notebook may have on the disk, all files together",
        default=4 * 1024**3,
        ge=1,
    )
    job_grace_seconds: float = _setting(
        "JOB_GRACE_SECONDS",
        "a worker that is asked to stop lets its jobs finish for so long, then hands them back",
        default=10.0,
        ge=0,
        allow_inf_nan=False,
    )
    retention_days: int = _setting(
        "RETENTION_DAYS", "jobs that ended so many days ago are deleted with their files; 0: never", default=0, ge=0
    )
    pdf_seconds: int = _setting("PDF_SECONDS", "time for writing one report as PDF", default=120, ge=1)
    pdf_memory_bytes: int = _setting(
        "PDF_MEMORY_BYTES", "memory for writing one report as PDF", default=1024**3, ge=2**27
    )
    job_watchers: int = _setting(
        "JOB_WATCHERS", "people who follow jobs live in one web process; each holds a thread of it", default=16, ge=1
    )
    job_poll_seconds: float = _setting(
        "JOB_POLL_SECONDS", "how often an embedded queue is looked at", default=0.25, gt=0, le=1
    )
    job_dispatch_seconds: int = _setting(
        "JOB_DISPATCH_SECONDS", "a queued job whose notification was lost for so long is looked for", default=10, ge=1
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - replaced by NAME_FILE
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, SecretFiles(settings_cls)

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        for old in ("postgres://", "postgresql://"):
            if url.startswith(old):
                url = "postgresql+psycopg2://" + url.removeprefix(old)
        if url:
            _check_database_url(url)
        return url

    @field_validator("redis_url")
    @classmethod
    def _refuse_what_redis_cannot_read(cls, url: str) -> str:
        try:
            parse_url(url or "redis://")  # type: ignore[no-untyped-call]
        except ValueError:
            raise ValueError("is not an address of Redis, must look like redis://host:6379/0 or be empty") from None
        return url

    @field_validator("ratelimit_auth", "ratelimit_default")
    @classmethod
    def _refuse_what_is_no_limit(cls, limit: str) -> str:
        try:
            parse_many(limit)
        except ValueError:
            raise ValueError("is not a limit, must look like '30 per minute'") from None
        return limit

    @field_validator("data_dir", "notebooks_dir")
    @classmethod
    def _make_absolute(cls, path: Path) -> Path:
        path = path.expanduser().resolve()
        if path.exists() and not path.is_dir():
            raise ValueError("is not a folder, must name one, or one that can be made")
        return path

    @field_validator("secret_key")
    @classmethod
    def _refuse_a_careless_secret(cls, secret: SecretStr, others: ValidationInfo) -> SecretStr:
        value = secret.get_secret_value()
        is_careless = value == DEVELOPMENT_SECRET or len(value.encode()) < SHORTEST_SECRET_BYTES
        if is_careless and _is_for_production(others):
            raise ValueError(
                f"is not set, too short or the one of development, must be at least {SHORTEST_SECRET_BYTES} random "
                "bytes in production; make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return secret

    @field_validator("cors_origins")
    @classmethod
    def _refuse_every_origin(cls, origins: str, others: ValidationInfo) -> str:
        if "*" in origins and _is_for_production(others):
            raise ValueError("has a *, must list exact origins in production")
        return origins

    @property
    def is_production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @cached_property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'wrangler.sqlite3'}"

    @property
    def uses_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def hosts(self) -> list[str]:
        return [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]


def _is_for_production(others: ValidationInfo) -> bool:
    """Whether the environment, which is the first setting to be checked, is production."""
    return others.data.get("env") is Environment.PRODUCTION


def _check_database_url(url: str) -> None:
    wanted = "must look like postgresql://user:password@host/name or be empty"
    try:
        parsed = make_url(url)
        is_known = parsed.get_backend_name() in ("postgresql", "sqlite")
        if is_known:
            parsed.get_dialect().import_dbapi()
    except (ArgumentError, ValueError):  # a driver that SQLAlchemy does not know is an ArgumentError too
        raise ValueError(f"is not an address of a database, {wanted}") from None
    except ImportError:
        raise ValueError(f"names a driver that is not installed, {wanted}") from None
    if not is_known:
        raise ValueError(f"is neither PostgreSQL nor SQLite, {wanted}")


def load_settings() -> Settings:
    """Settings of this process; `.env` counts only outside production.

    Raises
    ------
    InvalidSettings
        When a setting is malformed, or too careless for production: with one line for each.
    """
    in_production = os.environ.get("WRANGLER_ENV") == Environment.PRODUCTION  # noqa: TID251 - this is the one reader
    try:
        return Settings(_env_file=None if in_production else ".env")
    except ValidationError as refusal:
        raise InvalidSettings([_fault(dict(error)) for error in refusal.errors()]) from None
    except OSError as error:
        raise InvalidSettings([f".env: cannot be read ({error.strerror}), must be readable or absent"]) from None
    except UnicodeDecodeError:
        raise InvalidSettings([".env: is not UTF-8 text, must be it or absent"]) from None


def _fault(error: dict[str, Any]) -> str:
    """One line on one setting; what might be a secret is not part of it."""
    name = str(error["loc"][0])
    context = error.get("ctx", {})
    choices = " or ".join(str(context.get("pattern", "")).strip("^()$").split("|"))
    explanation = EXPLANATIONS.get(error["type"], "is refused: {message}")
    explanation = explanation.format(**context, choices=choices, message=error["msg"])
    if name in NEVER_SHOWN:
        return f"{name}: {explanation}"
    return f"{name}: {str(error['input'])[:LONGEST_SHOWN_VALUE]!r} {explanation}"


@contextmanager
def exit_when_refused(status: int = 1) -> Iterator[None]:
    """For the files that start processes: settings that are refused end in one line each, without a traceback."""
    try:
        yield
    except InvalidSettings as refusal:
        for fault in refusal.faults:
            print(fault, file=sys.stderr)  # noqa: T201 - no logging is configured yet
        raise SystemExit(status) from None


def environment_with(**changes: str) -> dict[str, str]:
    """The environment of this process with some settings changed, for a child process."""
    return {**os.environ, **changes}  # noqa: TID251 - this is the one reader


def describe_settings() -> list[tuple[str, str, str]]:
    """Name, default and meaning of each setting, in the order of this file; `.env.example` is written from it."""
    described = []
    for field in Settings.model_fields.values():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = "notebooks" if field.validation_alias == "WRANGLER_NOTEBOOKS_DIR" else default
        described.append((str(field.validation_alias), str(shown), str(field.description)))
    return described


class Application(Protocol):
    """A Flask application, as far as it is needed here: this module does not load Flask."""

    @property
    def extensions(self) -> dict[str, Any]: ...


def settings_of(app: Application) -> Settings:
    """The settings that an application was made with."""
    settings: Settings = app.extensions[EXTENSION]
    return settings
