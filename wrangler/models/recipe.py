"""A saved way to impute, to be applied to other datasets."""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, JsonDocument, Timestamped


class Recipe(Identified, Timestamped, Base):
    """Imputation parameters under a name; a change makes the next version."""

    __tablename__ = "recipes"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
    parameters: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)

    __table_args__ = (UniqueConstraint("owner_id", "name", "version", name="uq_recipes_owner_name_version"),)
