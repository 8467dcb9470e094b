"""`/methods` and `/templates`: what can be asked for, with the JSON Schemas of it."""

from typing import Any

from flask_openapi import APIBlueprint, Tag

from wrangler.notebook import catalog
from wrangler.web import access
from wrangler.web.context import settings

api = APIBlueprint("methods", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="methods")])


@api.get("/methods")
@access.public
def list_methods() -> dict[str, Any]:
    """The ways to fill a hole, each with the schema of its options."""
    from wrangler.impute import describe_methods  # scikit-learn takes seconds to load: not every process needs it

    return {"items": describe_methods(), "next": None}


@api.get("/templates")
@access.public
def list_templates() -> dict[str, Any]:
    """The kinds of jobs, each with the schema of its parameters."""
    items = [
        {
            "kind": template.kind,
            "title": template.title,
            "sha256": template.sha256,
            "parameters_schema": template.parameters_schema,
        }
        for template in catalog.templates(settings().notebooks_dir).values()
    ]
    return {"items": items, "next": None}
