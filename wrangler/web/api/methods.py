"""`/methods` and `/schemas`: what can be asked for and what comes back, with the JSON Schemas of it."""

from typing import Any

from flask_openapi import APIBlueprint, Tag

from wrangler.notebook.protocol import result_schema
from wrangler.web import access

api = APIBlueprint("methods", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="methods")])


@api.get("/methods")
@access.public
def list_methods() -> dict[str, Any]:
    """The imputation methods, each with the schema of its options."""
    from wrangler.impute import describe_methods  # scikit-learn takes seconds to load: not every process needs it

    return {"items": describe_methods(), "next": None}


@api.get("/schemas/result.json")
@access.public
def show_result_schema() -> dict[str, Any]:
    """The JSON Schema of the `result.json` that every job leaves."""
    return result_schema()
