"""A table that somebody uploaded, or that a job completed."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, JsonDocument, Timestamped, check, status_column


class DatasetStatus(StrEnum):
    UPLOADED = "uploaded"
    IMPORTING = "importing"
    READY = "ready"
    FAILED = "failed"


class Dataset(Identified, Timestamped, Base):
    """Immutable once ready but for its name and its columns' roles; a changed import makes a new version."""

    __tablename__ = "datasets"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(20))
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    status: Mapped[DatasetStatus] = status_column(DatasetStatus, "status", default=DatasetStatus.UPLOADED)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
    import_options: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    import_report: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    version: Mapped[int] = mapped_column(default=1)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("datasets.id", ondelete="SET NULL"))
    job_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("jobs.id", ondelete="SET NULL", use_alter=True), index=True
    )

    __table_args__ = (
        Index("ix_datasets_owner_created", "owner_id", "created_at", "id"),
        check("rows IS NULL OR rows >= 0", "rows_counted"),
    )
