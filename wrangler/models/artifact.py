"""A file that a job left behind."""

import uuid

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wrangler.extensions import Base
from wrangler.models.columns import Identified, Timestamped


class Artifact(Identified, Timestamped, Base):
    """Its bytes lie in the job's published folder, under its name; its SHA-256 shows whether they are the same."""

    __tablename__ = "artifacts"

    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("job_id", "name", name="uq_artifacts_job_name"),)
