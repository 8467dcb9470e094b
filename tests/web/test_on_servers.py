"""The same rules on a real PostgreSQL and a real Redis."""

import contextlib
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import Connection, event, select

from tests.conftest import PASSWORD, Caller
from tests.servers import RedisServer
from wrangler.config import Settings
from wrangler.errors import Conflict
from wrangler.extensions import db
from wrangler.models import Role, User
from wrangler.services import accounts
from wrangler.web import access

pytestmark = pytest.mark.servers
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
ADA = {"email": "ada@example.org", "password": PASSWORD}
WRONG = ADA | {"password": "wrong horse battery"}


@pytest.fixture
def settings(
    make_settings: Callable[..., Settings],
    postgres: Callable[[], str],
    redis: RedisServer,
    request: pytest.FixtureRequest,
) -> Settings:
    return make_settings(database_url=postgres(), redis_url=redis.url, ratelimit_enabled=True)


def _end_sessions(settings: Settings) -> None:
    """End every session of this database but one's own, and wait until they are gone."""
    with (
        contextlib.closing(psycopg2.connect(settings.database_url.replace("+psycopg2", ""))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(END_OTHERS)


def test_personal_tokens_are_distinguished_from_sessions(app: Flask, user: Caller) -> None:
    app.test_client().post("/api/v1/auth/login", json=ADA)
    made = user.post("/api/v1/me/tokens", json={"name": "script", "scopes": ["read", "write"]})
    headers = {"Authorization": f"Bearer {made.json['token']}"}

    assert [item["name"] for item in user.get("/api/v1/me/tokens").json["items"]] == ["script"]
    assert user.client.get("/api/v1/me", headers=headers).status_code == 200
    assert user.get(made.headers["Location"]).json["last_used_at"] is not None


def test_refresh_tokens_rotate(client: FlaskClient, user: Caller) -> None:
    first = client.post("/api/v1/auth/token", json=ADA).json["refresh_token"]
    second = client.post("/api/v1/auth/token", json={"refresh_token": first})

    assert second.status_code == 200
    assert client.post("/api/v1/auth/token", json={"refresh_token": first}).status_code == 401


def test_a_refresh_token_used_twice_at_once_is_worth_one_pair(app: Flask, client: FlaskClient, user: Caller) -> None:
    body = {"refresh_token": client.post("/api/v1/auth/token", json=ADA).json["refresh_token"]}
    start, statuses = threading.Barrier(4), []

    def renew() -> None:
        start.wait()
        statuses.append(app.test_client().post("/api/v1/auth/token", json=body).status_code)

    threads = [threading.Thread(target=renew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, 401, 401, 401]


def test_pages_follow_each_other(user: Caller) -> None:
    made = [user.post("/api/v1/recipes", json={"name": "r", "parameters": {}}).json["id"] for _ in range(5)][::-1]
    first = user.get("/api/v1/recipes?limit=3").json
    second = user.get("/api/v1/recipes", query_string={"limit": 3, "cursor": first["next"]}).json

    assert [item["id"] for item in first["items"] + second["items"]] == made


def test_two_administrators_cannot_remove_each_other_at_once(app: Flask) -> None:
    with app.app_context():
        ids = [accounts.register(f"{name}@example.org", PASSWORD, role=Role.ADMIN).id for name in "ab"]
    start, outcomes = threading.Barrier(2), []

    def demote(victim: uuid.UUID, by: uuid.UUID) -> None:
        with app.app_context():
            start.wait()
            try:
                accounts.administer(victim, by, role=Role.USER, active=None)
                outcomes.append("done")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=demote, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_administrators_see_redis_and_the_database(admin: Caller, prefix: str) -> None:
    assert admin.get(f"{prefix}/admin/redis/info").json["connected_clients"] >= 1
    assert admin.get(f"{prefix}/admin/database/info").json["kind"] == "postgresql"


@pytest.mark.parametrize("path", ["/admin/database/initialize", "/api/v1/admin/database/initialize"])
def test_initialising_a_database_that_is_ready_loses_nothing(
    make_settings: Callable[..., Settings], postgres: Callable[[], str], path: str
) -> None:
    import flask_migrate

    from wrangler.app import create_app

    app = create_app(make_settings(database_url=postgres()))
    with app.app_context():
        flask_migrate.upgrade()
        accounts.register("root@example.org", PASSWORD, role=Role.ADMIN)
    client = app.test_client()
    token = client.post("/api/v1/auth/token", json={"email": "root@example.org", "password": PASSWORD}).json
    response = client.post(path, headers={"Authorization": f"Bearer {token['access_token']}"})

    assert response.status_code == 200
    assert response.json["revision"]
    assert response.json["tables"]["users"] == 1


def test_failures_are_counted_over_all_web_processes(app: Flask, settings: Settings) -> None:
    from wrangler.app import create_app

    app.test_client().post("/api/v1/auth/register", json=ADA)
    for _ in range(3):
        app.test_client().post("/api/v1/auth/token", json=WRONG)
    second = create_app(settings).test_client()

    assert [second.post("/api/v1/auth/token", json=WRONG).status_code for _ in range(3)] == [401, 401, 429]


def test_a_session_lost_after_the_last_query_does_not_spoil_the_answer(
    app: Flask, user: Caller, settings: Settings
) -> None:
    """What is rolled back at the end of a request has only read; no client needs to know that it cannot be."""
    app.after_request_funcs.setdefault(None, []).append(lambda response: _end_sessions(settings) or response)

    assert [user.get("/api/v1/jobs").status_code for _ in range(3)] == [200, 200, 200]
    assert user.get("/api/v1/jobs/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_session_lost_while_redis_is_lost_asks_to_come_back(
    app: Flask, user: Caller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction of a request that fails for another reason cannot be rolled back either."""

    @access.user
    def lose_both() -> None:
        db.session.execute(select(User)).all()
        _end_sessions(settings)
        raise RedisConnectionError("Connection refused")

    monkeypatch.setitem(app.view_functions, "jobs.list_jobs", lose_both)

    assert user.get("/api/v1/jobs").status_code == 503


def test_a_connection_lost_when_the_use_of_a_token_is_noted_does_not_spoil_the_answer(app: Flask, user: Caller) -> None:
    token = user.post("/api/v1/me/tokens", json={"name": "script", "scopes": ["read"]}).json["token"]

    def close(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE api_tokens"):
            connection.connection.dbapi_connection.close()  # the driver finds out with InterfaceError

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", close)

    assert user.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_lost_redis_stops_neither_reading_nor_logging_in(
    make_app: Callable[[Settings], Flask],
    make_settings: Callable[..., Settings],
    postgres: Callable[[], str],
    tmp_path: Path,
) -> None:
    server = RedisServer(tmp_path)
    server.start()
    app = make_app(make_settings(database_url=postgres(), redis_url=server.url, ratelimit_enabled=True))
    client = app.test_client()
    client.post("/api/v1/auth/register", json=ADA)
    server.kill()

    token = client.post("/api/v1/auth/token", json=ADA)
    assert token.status_code == 200, token.json
    assert (
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token.json['access_token']}"}).status_code == 200
    )
    assert client.get("/health").json["checks"]["queue"]["status"] == "degraded"
    assert [client.post("/api/v1/auth/token", json=WRONG).status_code for _ in range(6)][-1] == 429
