"""Applications of tests without what each of hundreds would do again: routes compiled to code, and tables created."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from wrangler.app import create_app
from wrangler.config import Environment, Settings
from wrangler.extensions import db

DATABASE = "wrangler.sqlite3"


@cache
def compile_routes_once() -> None:
    """Have werkzeug compile equal rules of later applications once: nine tenths of the time that one takes to make."""
    compile_builder, known = Rule._compile_builder, {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        converters = tuple((name, type(converter)) for name, converter in rule._converters.items())
        key: Any = (rule.rule, tuple(rule._trace), converters, repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compiled


def create_tables(app: Flask, settings: Settings) -> None:
    """The tables of an empty database; a file of SQLite is copied from one that has them."""
    target = settings.data_dir / DATABASE
    if settings.database_url or target.exists():
        with app.app_context():
            db.create_all()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_with_tables(), target)


@cache
def _with_tables() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tables-"))
    app = create_app(Settings(env=Environment.TESTING, data_dir=folder, ratelimit_enabled=False, log_level="WARNING"))
    with app.app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return folder / DATABASE
