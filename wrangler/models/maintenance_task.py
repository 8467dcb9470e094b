"""A piece of regular maintenance, and when it was last done."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Instant, JsonDocument


class MaintenanceTask(Base):
    """One row per task: whoever moves `started_at` on does it, so it is done in one place whatever is started twice."""

    __tablename__ = "maintenance_tasks"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str] = mapped_column(String(200))
    done: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
