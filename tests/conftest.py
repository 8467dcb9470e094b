"""What every test can ask for: settings, an application on a fresh database, and people who call it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.campaign import register_profiles
from tests.scheduling import ByFile
from tests.servers import postgres, redis  # noqa: F401 - fixtures
from tests.signals import give_children_default_signals

if TYPE_CHECKING:  # the server is loaded by the tests that need it: those of the libraries start in a moment
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse
    from xdist.remote import Producer

    from wrangler.config import Settings
    from wrangler.models import Role

register_profiles()

give_children_default_signals()

PASSWORD = "correct horse battery"
USUAL_SECONDS = {"slow": 3.0, "kernel": 4.0, "servers": 1.0, "browser": 3.0}
COSTLY_METHODS = {"auto", "boosted", "forest", "iterative", "mice", "pmm", "knn", "state_space", "series", "seasonal"}


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile | None:
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the files that take longest first, so that no worker ends the suite alone with one of them.

    A claim about every method is tried by `make test-fast` on those that cost nothing.
    """
    seconds: Counter[Path] = Counter()
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if str(parameters.get("method")) in COSTLY_METHODS:
            item.add_marker("slow")
        marks = {mark.name for mark in item.iter_markers()}
        seconds[item.path] += max((USUAL_SECONDS[mark] for mark in marks & USUAL_SECONDS.keys()), default=0.2)
    items.sort(key=lambda item: -seconds[item.path])


@dataclass
class Caller:
    """Somebody who calls the API with an access token."""

    client: FlaskClient
    id: str
    email: str
    token: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        headers = self.headers | dict(options.pop("headers", {}))
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, "GET", **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, "POST", **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, "PATCH", **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.open(path, "DELETE", **options)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a test, with whatever one test wants to be different."""
    from wrangler.config import Environment, Settings

    def make(**different: Any) -> Settings:
        chosen: dict[str, Any] = {
            "env": Environment.TESTING,
            "data_dir": tmp_path / "var",
            "ratelimit_enabled": False,
            "log_level": "WARNING",
        }
        return Settings(**chosen | different)

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords whose hashes cost no time: a tenth of a second for each caller of each test, else."""
    from argon2 import PasswordHasher

    from wrangler.services import accounts

    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def same_uploads_once() -> Iterator[None]:
    """An upload that was sent before, by another test, is not imported again."""
    from tests.imports_once import imports_once

    with imports_once():
        yield


@pytest.fixture
def make_app(cheap_passwords: None, same_uploads_once: None) -> Iterator[Callable[[Settings], Flask]]:
    """Applications on fresh tables; their connections are closed at the end."""
    from tests.quick_apps import compile_routes_once, create_tables
    from wrangler.app import create_app
    from wrangler.extensions import db, limiter

    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        compile_routes_once()
        app = create_app(settings)
        create_tables(app, settings)
        if settings.ratelimit_enabled:
            with app.app_context():
                limiter.reset()
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings) -> Flask:
    return make_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program that keeps no cookies and has not logged in."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def make_caller(app: Flask) -> Callable[..., Caller]:
    """Registers somebody and gets their access token."""
    from wrangler.models import Role
    from wrangler.services import accounts

    def make(email: str, *, role: Role = Role.USER) -> Caller:
        with app.app_context():
            user_id = str(accounts.register(email, PASSWORD, email.partition("@")[0], role=role).id)
        client = app.test_client(use_cookies=False)
        response = client.post("/api/v1/auth/token", json={"email": email, "password": PASSWORD})
        assert response.status_code == 200, response.json
        return Caller(client, user_id, email, response.json["access_token"])

    return make


@pytest.fixture
def user(make_caller: Callable[..., Caller]) -> Caller:
    return make_caller("ada@example.org")


@pytest.fixture
def other(make_caller: Callable[..., Caller]) -> Caller:
    """Somebody else, who must not see what `user` has."""
    return make_caller("eve@example.org")


@pytest.fixture
def admin(make_caller: Callable[..., Caller]) -> Caller:
    from wrangler.models import Role

    return make_caller("root@example.org", role=Role.ADMIN)
