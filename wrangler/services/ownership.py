"""Ownership: the check that every id from outside must pass."""

import uuid
from typing import TypeVar

from sqlalchemy import select

from wrangler.errors import NotFound
from wrangler.extensions import db
from wrangler.models import Dataset, Job, Recipe

Owned = TypeVar("Owned", Dataset, Job, Recipe)


def owned(model: type[Owned], row_id: uuid.UUID, owner_id: uuid.UUID) -> Owned:
    """The row with this id, if it is the owner's; somebody else's row does not exist for them.

    Raises
    ------
    NotFound
        When there is no such row, or it belongs to somebody else: the two cannot be distinguished.
    """
    row = db.session.scalar(select(model).where(model.id == row_id, model.owner_id == owner_id))
    if row is None:
        raise NotFound(f"There is no {model.__name__.lower()} {row_id}.")
    return row
