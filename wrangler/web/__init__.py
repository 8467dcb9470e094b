"""HTTP in, HTTP out: resources under `api`, pages for people, and the rules that every request passes."""

from flask_openapi import OpenAPI

from wrangler.web import access, api, bodies, documents, headers, logs, pages, problems, throttle, uploads
from wrangler.web.schemas import Problem

__all__ = ["Problem", "documents", "logs", "problems", "register", "throttle"]


def register(app: OpenAPI) -> None:
    """Register everything that serves HTTP; the order of the hooks is the order of the calls."""
    headers.register(app)
    problems.register(app)
    access.register(app)
    bodies.register(app)
    uploads.register(app)
    api.register(app)
    pages.register(app)
    documents.register(app)
