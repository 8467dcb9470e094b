"""All routes of the application, and an example of everything that an id can name."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask

from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobKind, JobState, Recipe
from wrangler.models.columns import now
from wrangler.services import tokens
from wrangler.web import access
from wrangler.web.access import Access

EXAMPLES = ("dataset_id", "job_id", "recipe_id", "token_id", "user_id", "name", "asset")
DOCUMENT_ROUTES = "documents."
NOT_OF_THE_API = ("old_", "pages.")


def calls(app: Flask, wanted: Access | None = None) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and path of every call, without those that only describe the API."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(DOCUMENT_ROUTES) or wanted not in (None, access.declared(app, rule.endpoint)):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, rule.rule


def names_in(path: str) -> list[str]:
    return re.findall(r"<(?:[^<>:]+:)?(\w+)>", path)


def fill(path: str, examples: dict[str, str]) -> str:
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: examples[found.group(1)], path)


def make_examples(app: Flask, owner_id: uuid.UUID) -> dict[str, str]:
    """One finished job with its dataset and artifact, a recipe and a token: all of one owner."""
    with app.app_context():
        dataset = Dataset(
            owner_id=owner_id,
            name="table",
            filename="table.csv",
            format="csv",
            source_bytes=3,
            sha256="0" * 64,
            status=DatasetStatus.READY,
        )
        db.session.add(dataset)
        db.session.flush()
        job = Job(
            owner_id=owner_id,
            dataset_id=dataset.id,
            kind=JobKind.IMPUTE,
            template_sha256="0" * 64,
            seed=0,
            queue="imputation",
            state=JobState.SUCCEEDED,
            available_at=now(),
            finished_at=now(),
            attempt=1,
        )
        job.artifacts.append(
            Artifact(attempt=1, name="result.json", media_type="application/json", bytes=2, sha256="0" * 64)
        )
        recipe = Recipe(owner_id=owner_id, name="recipe", parameters={})
        db.session.add_all([job, recipe])
        db.session.commit()
        token, _ = tokens.create(owner_id, "token", ["read"])
        return {
            "dataset_id": str(dataset.id),
            "job_id": str(job.id),
            "recipe_id": str(recipe.id),
            "token_id": str(token.id),
            "user_id": str(owner_id),
            "name": "result.json",
            "asset": "js/swagger-ui-bundle.js",
        }


def rows_of_everything(app: Flask) -> dict[str, list[Any]]:
    """Each table's rows; when a token was last used is the one thing that reading may note."""
    noted = {"last_used_at", "updated_at"}
    with app.app_context():
        return {
            name: sorted(
                str([value for key, value in row.items() if not (name == "api_tokens" and key in noted)])
                for row in db.session.execute(table.select()).mappings()
            )
            for name, table in db.metadata.tables.items()
        }
