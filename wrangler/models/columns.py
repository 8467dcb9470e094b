"""Column types and mixins that every row shares."""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, Enum, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

JsonDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite, which keeps no zone, gives it back aware too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant must carry its zone; use datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def status_column(kind: type[StrEnum], name: str, **options: Any) -> Mapped[Any]:  # noqa: ANN401 - mapped_column's own
    """A status: text in the table, an enum in Python, and a CHECK that the database itself keeps."""
    return mapped_column(
        Enum(
            kind,
            native_enum=False,
            create_constraint=True,
            length=20,
            name=name,
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )


def check(condition: str, name: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)


def now() -> datetime:
    return datetime.now(UTC)


class Identified:
    """A UUID primary key: unguessable, and made without asking the database."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


class Timestamped:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(Instant, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now, onupdate=now)
