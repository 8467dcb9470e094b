"""The API's own description: `/openapi.json`, and two ways to read it, `/docs` and `/redoc`.

Neither needs an outside address: the pages are ours, scripts and styles come from the wheels of Swagger UI and ReDoc.
"""

import importlib.util
import re
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, json, send_from_directory
from flask_openapi import OpenAPI
from flask_openapi.models import Response as ResponseModel
from werkzeug.exceptions import NotFound

from wrangler.web import access
from wrangler.web.access import Access
from wrangler.web.problems import MEDIA_TYPE
from wrangler.web.schemas import Problem

DESCRIPTION = (
    "Tables with missing cells: upload one, see what is missing and why, impute it, and get the completed table, the "
    "mask of all imputed cells and an executed notebook that shows how far to trust it."
)
BEARER = {"type": "http", "scheme": "bearer", "description": "an access token (JWT) or a personal `wr_` token"}
SESSION = {"type": "apiKey", "in": "cookie", "description": "the session cookie of a browser"}
NEEDS: dict[Access, list[dict[str, list[str]]]] = {
    Access.PUBLIC: [],
    Access.USER: [{"bearer": []}, {"session": []}],
    Access.ADMIN: [{"bearer": []}],
}
PACKAGES = {"swagger": "flask_openapi_swagger", "redoc": "flask_openapi_redoc"}
# Both put style elements into their pages as they draw, and ReDoc searches in a worker made from a blob. ReDoc also
# asks for a logo at an outside address: the policy keeps that request from leaving the browser.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ASSET_SECONDS = 24 * 3600
PAGES = {
    "swagger": """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Wrangler API</title>
  <link rel="icon" href="docs/assets/swagger/images/swagger.svg">
  <link rel="stylesheet" href="docs/assets/swagger/css/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="docs/assets/swagger/js/swagger-ui-bundle.js"></script>
  <script src="docs/start/swagger.js"></script>
</body>
</html>
""",
    "redoc": """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Wrangler API</title>
  <link rel="icon" href="docs/assets/redoc/images/redoc.svg">
</head>
<body>
  <div id="redoc"></div>
  <script type="module" src="docs/start/redoc.js"></script>
</body>
</html>
""",
}
# In files of their own, because the policy lets no script run that stands in a page.
STARTS = {
    "swagger": """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
""",
    "redoc": """import {init} from "../assets/redoc/js/redoc.standalone.js";
init("openapi.json", {disableTelemetry: true}, document.getElementById("redoc"));
""",
}
docs = Blueprint("documents", __name__)


def register(app: OpenAPI) -> None:
    app.register_blueprint(docs)
    app.security_schemes = {"bearer": BEARER, "session": SESSION | {"name": app.config["SESSION_COOKIE_NAME"]}}
    _complete(app)


def operation_id(*, name: str, **_: str) -> str:
    """An operation is called what its view is called."""
    return name.rpartition("_view_")[2]


@docs.get("/openapi.json")
@access.public
def openapi() -> Response:
    return Response(json.dumps(cast("OpenAPI", current_app).api_doc), content_type="application/json")


@docs.get("/docs", endpoint="swagger", defaults={"name": "swagger"})
@docs.get("/redoc", endpoint="redoc", defaults={"name": "redoc"})
@access.public
def page(name: str) -> Response:
    return Response(PAGES[name], headers={"Content-Security-Policy": POLICY}, content_type="text/html; charset=utf-8")


@docs.get("/docs/start/<any(swagger, redoc):name>.js")
@access.public
def start(name: str) -> Response:
    return Response(STARTS[name], content_type="text/javascript; charset=utf-8")


@docs.get("/docs/assets/<any(swagger, redoc):name>/<path:asset>")
@access.public
def asset(name: str, asset: str) -> Response:
    found = importlib.util.find_spec(PACKAGES[name])
    if found is None or found.origin is None:
        raise NotFound
    folder = Path(found.origin).parent / "templates" / name
    return send_from_directory(folder, asset, max_age=ASSET_SECONDS)


def _complete(app: OpenAPI) -> None:
    """Document for each operation who may call it, and that it refuses with a problem document."""
    schema = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    for rule in app.url_map.iter_rules():
        path_item = app.paths.get(re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule))
        needed = access.declared(app, rule.endpoint)
        if path_item is None or needed is None:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = getattr(path_item, method.lower())
            operation.security = NEEDS[needed]
            operation.responses = (operation.responses or {}) | {
                "422": ResponseModel(description="The request does not fit", content={MEDIA_TYPE: schema}),
                "default": ResponseModel(description="A refusal or a failure", content={MEDIA_TYPE: schema}),
            }
