"""The record of who did what: events are added, never changed."""

import uuid
from typing import Any

from sqlalchemy import Select, event, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper

from wrangler.extensions import db
from wrangler.models import AuditEvent


def append(
    action: str,
    *,
    user_id: uuid.UUID | None = None,
    subject: str | None = None,
    subject_id: uuid.UUID | None = None,
    **details: str | float | bool | None,
) -> None:
    """Add an event to the transaction at hand: it is recorded when, and only when, the action itself is.

    `action` reads `noun.verb`: `session.opened`, `dataset.deleted`. Details carry ids and names, never data values.
    """
    db.session.add(
        AuditEvent(action=action, user_id=user_id, subject=subject, subject_id=subject_id, details=dict(details))
    )


def events(action: str | None = None) -> Select[AuditEvent]:
    """All events, or those of one action."""
    statement = select(AuditEvent)
    return statement if action is None else statement.where(AuditEvent.action == action)


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse_to_rewrite(_mapper: Mapper[Any], _connection: Connection, _event: AuditEvent) -> None:
    raise RuntimeError("Audit events are added and never changed.")
