"""People and the tokens that act for them."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wrangler.extensions import Base
from wrangler.models.columns import Identified, Instant, JsonDocument, Timestamped, status_column


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"


class User(UserMixin, Identified, Timestamped, Base):  # type: ignore[misc] # flask-login ships no types
    """A person. The session epoch is part of every session and token: raising it ends them all."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = status_column(Role, "role", default=Role.USER)
    active: Mapped[bool] = mapped_column(default=True)
    email_verified_at: Mapped[datetime | None] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    session_epoch: Mapped[int] = mapped_column(default=0)

    tokens: Mapped[list["ApiToken"]] = relationship(back_populates="user", cascade="all, delete-orphan")

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def get_id(self) -> str:
        """What Flask-Login keeps in the session: who, and in which epoch."""
        return f"{self.id}:{self.session_epoch}"


class ApiToken(Identified, Timestamped, Base):
    """A long-lived key for programs; only its SHA-256 is stored."""

    __tablename__ = "api_tokens"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JsonDocument, default=list)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User] = relationship(back_populates="tokens")
