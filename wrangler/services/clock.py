"""The database's clock: the one that all web servers and workers share."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from wrangler.extensions import db


def database_now() -> datetime:
    """Now, as an aware UTC instant, by the clock that leases are measured with.

    SQLite has no clock of its own: there the database and all who use it are on one machine.
    """
    if db.engine.dialect.name == "postgresql":
        instant: datetime = db.session.execute(select(func.clock_timestamp())).scalar_one()
        return instant.astimezone(UTC)
    return datetime.now(UTC)
