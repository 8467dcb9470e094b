"""A table that somebody uploaded, or that a job completed."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, Instant, JsonDocument, Timestamped, check, status_column


class DatasetStatus(StrEnum):
    """`uploaded`: it is stored and waits for a worker. `importing`: a process has claimed it until `lease_until`."""

    UPLOADED = "uploaded"
    IMPORTING = "importing"
    READY = "ready"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (DatasetStatus.READY, DatasetStatus.FAILED)


class Dataset(Identified, Timestamped, Base):
    """Immutable once ready but for its name and its columns' roles; a changed import makes a new version.

    `attempt` is the fence of its import: only the one that holds the newest attempt may write. `hand_backs` of them do
    not count against the limit, because their worker was asked to stop.
    """

    __tablename__ = "datasets"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(20), default="")
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    status: Mapped[DatasetStatus] = status_column(DatasetStatus, "status", default=DatasetStatus.UPLOADED)
    attempt: Mapped[int] = mapped_column(default=0)
    hand_backs: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    progress: Mapped[float] = mapped_column(default=1.0)
    stage: Mapped[str] = mapped_column(String(200), default="")
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    request_sha256: Mapped[str | None] = mapped_column(String(64))
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
        Index("ix_datasets_status_lease", "status", "lease_until"),
        Index("ix_datasets_owner_idempotency_key", "owner_id", "idempotency_key", unique=True),
        check("rows IS NULL OR rows >= 0", "rows_counted"),
        check("progress >= 0 AND progress <= 1", "progress_is_a_share"),
        check("status <> 'importing' OR lease_until IS NOT NULL", "importing_is_leased"),
    )
