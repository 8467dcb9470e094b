"""`/templates`: the notebooks that jobs run, Wrangler's own and those that administrators registered."""

from http import HTTPStatus
from typing import Any

from flask import url_for
from flask_openapi import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, Field

from wrangler.errors import NotFound
from wrangler.models import RegisteredTemplate
from wrangler.notebook import Template
from wrangler.notebook.templates import catalog
from wrangler.services import templates
from wrangler.web import access, bodies, uploads
from wrangler.web.access import caller
from wrangler.web.context import settings
from wrangler.web.schemas import Document, Instant, JsonResponse, Request, json_response

tag = Tag(name="templates", description="The notebooks that jobs run")
api = APIBlueprint("templates", __name__, url_prefix="/api/v1/templates", abp_tags=[tag])
MOST_UPLOAD_BYTES = 2 * 1024**2


class TemplatePath(BaseModel):
    name: str


class TemplateForm(Request):
    file: FileStorage = Field(description="a percent script (.py) or a notebook (.ipynb) with a parameters cell")
    name: str = Field(max_length=60, description="lower-case letters, digits and dashes; a known name: a new version")


class TemplateDocument(Document):
    name: str
    kind: str = Field(description="what POST /jobs calls it; a job of the kind custom names its template too")
    version: int | None = Field(description="null for Wrangler's own")
    title: str
    description: str
    sha256: str = Field(description="of the notebook that is run")
    source_sha256: str | None = Field(None, description="of the file that was registered")
    created_at: Instant | None = None
    parameters_schema: dict[str, Any]


class TemplateList(Document):
    items: list[TemplateDocument]
    next: None = None


@api.get("", responses={HTTPStatus.OK: TemplateList})
@access.user
def list_templates() -> JsonResponse:
    """The notebooks that can be run as jobs, each with the schema of its parameters."""
    return json_response(TemplateList(items=known_templates()))


@api.post("", responses={HTTPStatus.CREATED: TemplateDocument})
@access.admin
@bodies.at_most(MOST_UPLOAD_BYTES)
def register_template(form: TemplateForm) -> JsonResponse:
    """Register a notebook; under a name that exists, as its next version."""
    upload = uploads.take(form.file)
    content = upload.path.read_bytes()
    registered = templates.register(caller().id, form.name, upload.filename, content, settings())
    location = url_for("templates.show_template", name=registered.name)
    return json_response(_show_registered(registered), HTTPStatus.CREATED, location=location)


@api.get("/<name>", responses={HTTPStatus.OK: TemplateDocument})
@access.user
def show_template(path: TemplatePath) -> JsonResponse:
    """One template, in its newest version."""
    return json_response(find_template(path.name))


@api.get("/<name>/schema")
@access.user
def show_template_schema(path: TemplatePath) -> dict[str, Any]:
    """The JSON Schema of a template's parameters; `x-order` is their order in a form."""
    return find_template(path.name).parameters_schema


@api.delete("/<name>", responses={HTTPStatus.NO_CONTENT: None})
@access.admin
def retire_template(path: TemplatePath) -> tuple[str, HTTPStatus]:
    """Retire a template, in all of its versions; jobs that have run keep theirs."""
    templates.retire(caller().id, path.name)
    return "", HTTPStatus.NO_CONTENT


def known_templates() -> list[TemplateDocument]:
    """Wrangler's own, and the newest version of each that was registered."""
    own = [_show(name, template) for name, template in catalog.templates(settings().notebooks_dir).items()]
    return [*own, *map(_show_registered, templates.newest(settings()))]


def find_template(name: str) -> TemplateDocument:
    """One of them.

    Raises
    ------
    NotFound
    """
    own = catalog.templates(settings().notebooks_dir).get(name)
    if own is not None:
        return _show(name, own)
    if not settings().allow_custom_notebooks:
        raise NotFound(f"There is no template {name!r}.", code="template_not_found")
    return _show_registered(templates.find(name))


def _show(name: str, template: Template) -> TemplateDocument:
    return TemplateDocument(
        name=name,
        kind=template.kind,
        version=None,
        title=template.title,
        description=template.description,
        sha256=template.sha256,
        parameters_schema=template.schema,
    )


def _show_registered(template: RegisteredTemplate) -> TemplateDocument:
    facts = {name: getattr(template, name) for name in TemplateDocument.model_fields if hasattr(template, name)}
    return TemplateDocument(kind="custom", **facts)
