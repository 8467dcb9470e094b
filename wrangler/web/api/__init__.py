"""Resources, one file each."""

from flask_openapi import OpenAPI

from wrangler.web.api import admin, auth, health, me, recipes

RESOURCES = (auth, me, recipes, admin, health)


def register(app: OpenAPI) -> None:
    for resource in RESOURCES:
        app.register_api(resource.api)
    admin.register_old_paths(app)
