"""A request to run a notebook on a dataset. The row decides; the queue only notifies."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wrangler.extensions import Base
from wrangler.models.artifact import Artifact
from wrangler.models.columns import Identified, Instant, JsonDocument, Timestamped, check, status_column
from wrangler.models.dataset import Dataset
from wrangler.models.finality import keep_final
from wrangler.models.registered_template import RegisteredTemplate


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def is_final(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


class JobKind(StrEnum):
    IMPUTE = "impute"
    ANALYZE = "analyze"
    CORRELATE = "correlate"
    COMPARE = "compare"
    CUSTOM = "custom"


class Job(Identified, Timestamped, Base):
    """One job. `attempt` is the fence: only the run that holds the newest attempt may write.

    `hand_backs` of the attempts do not count against `max_attempts`, because their worker was asked to stop.
    """

    __tablename__ = "jobs"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), index=True)
    kind: Mapped[JobKind] = status_column(JobKind, "kind")
    template_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("registered_templates.id"), index=True)
    template_sha256: Mapped[str] = mapped_column(String(64))
    parameters: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    seed: Mapped[int] = mapped_column(BigInteger)
    queue: Mapped[str] = mapped_column(String(20))
    priority: Mapped[int] = mapped_column(default=0)

    state: Mapped[JobState] = status_column(JobState, "state", default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    hand_backs: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    available_at: Mapped[datetime] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    deadline_seconds: Mapped[int] = mapped_column(default=3600)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str | None] = mapped_column(String(200))
    progress: Mapped[float] = mapped_column(default=0.0)
    stage: Mapped[str] = mapped_column(String(200), default="")
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Instant)

    error: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    peak_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    cpu_seconds: Mapped[float | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    request_sha256: Mapped[str | None] = mapped_column(String(64))
    rerun_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))

    dataset: Mapped[Dataset] = relationship(foreign_keys=[dataset_id])
    template: Mapped[RegisteredTemplate | None] = relationship()
    artifacts: Mapped[list[Artifact]] = relationship(
        order_by=Artifact.name, cascade="all, delete-orphan", passive_deletes=True
    )

    completed: Mapped[Dataset | None] = relationship(
        primaryjoin="foreign(Dataset.job_id) == Job.id", viewonly=True, uselist=False
    )

    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key", name="uq_jobs_owner_idempotency_key"),
        Index("ix_jobs_owner_created", "owner_id", "created_at", "id"),
        Index("ix_jobs_state_queue_available", "state", "queue", "available_at"),
        Index("ix_jobs_state_lease", "state", "lease_until"),
        Index("ix_jobs_owner_state", "owner_id", "state"),
        Index("ix_jobs_state_finished", "state", "finished_at"),
        check("progress >= 0 AND progress <= 1", "progress_is_a_share"),
        check("attempt >= 0 AND attempt - hand_backs <= max_attempts", "attempts_bounded"),
        check("state <> 'running' OR (worker IS NOT NULL AND lease_until IS NOT NULL)", "running_is_leased"),
        check("(kind = 'custom') = (template_id IS NOT NULL)", "custom_has_template"),
        check(
            "(state IN ('queued', 'running')) = (finished_at IS NULL)",
            "final_is_finished",
        ),
    )


keep_final(cast("Table", Job.__table__))
