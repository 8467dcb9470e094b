"""The database's clock: the one that all web servers and workers share."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from wrangler.extensions import db


def database_now() -> datetime:
    """Now, as an aware UTC instant, by the clock that leases are measured with.

    SQLite has no clock of its own: there the database and all who use it are on one machine.
    """
    return clock_of(db.session.connection()) if db.engine.dialect.name == "postgresql" else datetime.now(UTC)


def clock_of(connection: Connection) -> datetime:
    """The same, for one who holds a connection and no session."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    instant: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return instant.astimezone(UTC)
