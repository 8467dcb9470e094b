"""Resources, one file each."""

from flask_openapi import OpenAPI

from wrangler.web.api import admin, auth, datasets, health, jobs, me, methods, recipes

RESOURCES = (auth, me, datasets, jobs, methods, recipes, admin, health)


def register(app: OpenAPI) -> None:
    for resource in RESOURCES:
        app.register_api(resource.api)
    admin.register_old_paths(app)
