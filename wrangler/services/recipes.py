"""Saved ways to impute. A recipe never changes: saving under a name that exists makes its next version."""

import uuid
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from wrangler.config import Settings
from wrangler.errors import Conflict
from wrangler.extensions import db
from wrangler.models import JobKind, Recipe
from wrangler.services import audit
from wrangler.services.jobs import check_alone, template_of
from wrangler.services.ownership import owned


def save(owner_id: uuid.UUID, name: str, parameters: dict[str, Any], settings: Settings) -> Recipe:
    """Keep parameters of an impute job as the next version of `name`.

    Raises
    ------
    InvalidInput
        When no impute job could take them, whatever its dataset.
    Conflict
        When somebody saved the same name at the same moment.
    """
    check_alone(template_of(JobKind.IMPUTE, settings), parameters)
    newest = select(func.max(Recipe.version)).where(Recipe.owner_id == owner_id, Recipe.name == name)
    version = (db.session.scalar(newest) or 0) + 1
    recipe = Recipe(owner_id=owner_id, name=name, version=version, parameters=parameters)
    db.session.add(recipe)
    try:
        db.session.commit()
    except IntegrityError as exc:
        db.session.rollback()
        raise Conflict(f"The recipe {name} was saved by another request at the same moment; save it again.") from exc
    return recipe


def of(owner_id: uuid.UUID, name: str | None = None) -> Select[Recipe]:
    """All versions of all recipes of a user, or of one name."""
    statement = select(Recipe).where(Recipe.owner_id == owner_id)
    return statement if name is None else statement.where(Recipe.name == name)


def find(recipe_id: uuid.UUID, owner_id: uuid.UUID) -> Recipe:
    return owned(Recipe, recipe_id, owner_id)


def remove(recipe_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Delete this one version."""
    recipe = find(recipe_id, owner_id)
    audit.append("recipe.deleted", user_id=owner_id, subject="recipe", subject_id=recipe_id, name=recipe.name)
    db.session.delete(recipe)
    db.session.commit()
