"""Flask's extensions, made here unbound and bound by the application factory."""

import sqlite3
from contextvars import ContextVar

import structlog
from flask_cors import CORS
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import MetaData, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

logger = structlog.get_logger(__name__)


class Base(DeclarativeBase):
    """The root of all rows. Constraints have predictable names, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ForgivingSession(Session):
    """A session that can be closed, whatever became of its connection.

    Closing rolls back what was not committed, which a lost connection has no need of. Flask closes the session after
    the response is made, where an error would put a 500 in its place.
    """

    def close(self) -> None:
        try:
            super().close()
        except DBAPIError as error:  # the connection has been invalidated, and goes back to its pool
            logger.warning("a connection was lost before its transaction was closed", error=str(error.orig))


# Rows stay readable after a commit: to read them anew would begin a transaction, which on SQLite locks out all writers.
db = SQLAlchemy(model_class=Base, session_options={"class_": ForgivingSession, "expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
login = LoginManager()
limiter = Limiter(key_func=get_remote_address, headers_enabled=True)
cors = CORS()

SQLITE_BUSY_MILLISECONDS = 15_000

reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)
"""True while a request that may not write is handled, so that readers never queue behind a writer of SQLite."""


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: object, _record: object) -> None:
    """Foreign keys hold on SQLite too, readers do not wait for the writer, and writers wait rather than fail."""
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver must not open transactions on its own: `_begin_on_sqlite` does, before the first read.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_on_sqlite(connection: Connection) -> None:
    """Take the write lock at the start: in WAL mode a transaction that read first cannot wait for it later."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN DEFERRED" if reads_only.get() else "BEGIN IMMEDIATE")
