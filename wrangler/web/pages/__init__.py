"""Pages for people, rendered here: they work without scripts, and do nothing that the API does not."""

from flask import Flask

from wrangler.web.pages import templates


def register(app: Flask) -> None:
    app.register_blueprint(templates.pages)
