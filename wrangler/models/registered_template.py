"""A notebook that an administrator registered, to be run as a job."""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, JsonDocument, Timestamped


class RegisteredTemplate(Identified, Timestamped, Base):
    """One version of a registered template. It never changes, but for `active`: whether new jobs may use it."""

    __tablename__ = "registered_templates"

    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64))
    source_sha256: Mapped[str] = mapped_column(String(64))
    parameters_schema: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    active: Mapped[bool] = mapped_column(default=True)
    registered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (UniqueConstraint("name", "version", name="uq_registered_templates_name_version"),)
