"""Who did what, when: rows are added and never changed."""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, JsonDocument, Timestamped


class AuditEvent(Identified, Timestamped, Base):
    """An event carries ids and names, never data values."""

    __tablename__ = "audit_events"

    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    action: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str | None] = mapped_column(String(100))
    subject_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
