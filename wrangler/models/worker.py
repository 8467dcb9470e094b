"""A worker process and its last heartbeat."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, Instant, JsonDocument, Timestamped


class Worker(Identified, Timestamped, Base):
    """One consumer process: its name (host and process id), the queues it serves, when it was last seen."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    queues: Mapped[list[str]] = mapped_column(JsonDocument, default=list)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
