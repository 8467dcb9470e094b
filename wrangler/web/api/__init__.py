"""Resources, one file each."""

from flask_openapi import OpenAPI

from wrangler.web.api import (
    admin,
    auth,
    datasets,
    health,
    job_events,
    job_reports,
    jobs,
    me,
    methods,
    recipes,
    templates,
)
from wrangler.web.api.templates import TemplateDocument, find_template, known_templates

__all__ = ["RESOURCES", "TemplateDocument", "find_template", "known_templates", "register"]

RESOURCES = (auth, me, datasets, jobs, job_reports, job_events, methods, templates, recipes, admin, health)


def register(app: OpenAPI) -> None:
    for resource in RESOURCES:
        app.register_api(resource.api)
    admin.register_old_paths(app)
