"""Saved imputation parameters."""

import uuid
from http import HTTPStatus
from typing import Any

from flask import url_for
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from wrangler.models import JobKind, Recipe
from wrangler.services import recipes
from wrangler.services.jobs import JobRequest, submission
from wrangler.web import access
from wrangler.web.api.jobs import JobDocument, Priority, Seed, accepted
from wrangler.web.context import notify, settings
from wrangler.web.paging import Page, PageQuery, page
from wrangler.web.schemas import Document, Instant, JsonResponse, Name, RecipePath, Request, json_response

tag = Tag(name="recipes", description="Saved ways to impute")
api = APIBlueprint("recipes", __name__, url_prefix="/api/v1/recipes", abp_tags=[tag])


class RecipeCreation(Request):
    name: Name
    parameters: dict[str, Any] = Field(description="as `parameters` of an impute job")


class RecipeChange(Request):
    parameters: dict[str, Any]


class RecipeUse(Request):
    dataset_id: uuid.UUID
    seed: Seed = 0
    priority: Priority = 0


class RecipeQuery(PageQuery):
    name: str | None = Field(None, max_length=200)


class RecipeDocument(Document):
    id: uuid.UUID
    name: str
    version: int
    parameters: dict[str, Any]
    created_at: Instant


class Recipes(Page):
    items: list[RecipeDocument]


@api.get("", responses={200: Recipes})
@access.user
def list_recipes(query: RecipeQuery) -> JsonResponse:
    """Your recipes, all versions, newest first."""
    return page(recipes.of(access.caller().id, query.name), Recipe, query, RecipeDocument.model_validate)


@api.post("", responses={201: RecipeDocument})
@access.user
def save_recipe(body: RecipeCreation) -> JsonResponse:
    """Save parameters under a name; a name that exists gets its next version."""
    return _saved(recipes.save(access.caller().id, body.name, body.parameters, settings()))


@api.get("/<uuid:recipe_id>", responses={200: RecipeDocument})
@access.user
def show_recipe(path: RecipePath) -> JsonResponse:
    """One version of a recipe."""
    return json_response(RecipeDocument.model_validate(recipes.find(path.recipe_id, access.caller().id)))


@api.patch("/<uuid:recipe_id>", responses={201: RecipeDocument})
@access.user
def change_recipe(path: RecipePath, body: RecipeChange) -> JsonResponse:
    """Save other parameters as the next version; this one stays as it is."""
    owner_id = access.caller().id
    recipe = recipes.find(path.recipe_id, owner_id)
    return _saved(recipes.save(owner_id, recipe.name, body.parameters, settings()))


@api.delete("/<uuid:recipe_id>", responses={204: None})
@access.user
def delete_recipe(path: RecipePath) -> tuple[str, int]:
    """Delete one version of a recipe."""
    recipes.remove(path.recipe_id, access.caller().id)
    return "", HTTPStatus.NO_CONTENT


@api.post("/<uuid:recipe_id>/apply", responses={202: JobDocument})
@access.user
def apply_recipe(path: RecipePath, body: RecipeUse) -> JsonResponse:
    """Submit an impute job with this recipe on a dataset."""
    owner_id = access.caller().id
    recipe = recipes.find(path.recipe_id, owner_id)
    job_request = JobRequest(
        kind=JobKind.IMPUTE,
        dataset_id=body.dataset_id,
        parameters=recipe.parameters,
        seed=body.seed,
        priority=body.priority,
    )
    return accepted(submission.submit(owner_id, job_request, settings=settings(), notify=notify))


def _saved(recipe: Recipe) -> JsonResponse:
    location = url_for("recipes.show_recipe", recipe_id=recipe.id)
    return json_response(RecipeDocument.model_validate(recipe), HTTPStatus.CREATED, location=location)
