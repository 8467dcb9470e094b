"""Whether all parts work, and what a missing one does to the response."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import PASSWORD, Caller
from wrangler.app import create_app
from wrangler.config import Settings
from wrangler.extensions import db
from wrangler.models import Role, Worker
from wrangler.models.columns import now
from wrangler.queue_names import QUEUES
from wrangler.services import accounts, health

NO_REDIS = "redis://:a-password@127.0.0.1:1/0"


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    with app.app_context():
        worker = Worker(name="host:1", queues=list(QUEUES), seen_at=now())
        db.session.add(worker)
        db.session.commit()
        yield worker


def test_health_is_ok_when_a_worker_was_just_seen(client: FlaskClient, worker: Worker) -> None:
    response = client.get("/health")

    assert (response.status_code, response.json["status"]) == (200, "ok")
    assert list(response.json["checks"]) == ["database", "queue", "worker", "maintenance", "disk"]
    assert response.json["checks"]["worker"]["seen_seconds_ago"] < 60


def test_a_silent_worker_degrades_and_is_explained(client: FlaskClient, worker: Worker) -> None:
    worker.seen_at = now() - timedelta(minutes=5)
    db.session.commit()
    response = client.get("/health")

    assert (response.status_code, response.json["status"]) == (200, "degraded")
    assert "huey_worker.py" in response.json["checks"]["worker"]["message"]


@pytest.mark.parametrize("age", [None, timedelta(minutes=5)], ids=["never served", "served five minutes ago"])
def test_a_queue_without_a_worker_degrades_and_is_named(
    client: FlaskClient, worker: Worker, age: timedelta | None
) -> None:
    worker.queues = ["default", "analysis"]
    if age is not None:
        db.session.add(Worker(name="host:2", queues=["imputation"], seen_at=now() - age))
    db.session.commit()
    response = client.get("/health")
    check = response.json["checks"]["worker"]

    assert (response.status_code, response.json["status"], check["status"]) == (200, "degraded", "degraded")
    assert check["message"].startswith("No worker serves imputation: ")
    assert "`python huey_worker.py --queues imputation`" in check["message"]
    assert {name: queue["workers"] for name, queue in check["queues"].items()} == {
        "imputation": 0,
        "analysis": 1,
        "default": 1,
    }


def test_workers_that_share_the_queues_are_enough(client: FlaskClient, worker: Worker) -> None:
    worker.queues = ["default"]
    db.session.add(Worker(name="host:2", queues=["imputation", "analysis"], seen_at=now()))
    db.session.commit()

    assert client.get("/health").json["status"] == "ok"


def test_a_queue_without_a_worker_takes_no_web_server_out(client: FlaskClient) -> None:
    assert client.get("/health").json["status"] == "degraded"
    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_missing_tables_are_a_failure_with_advice(
    make_settings: Callable[..., Settings], client: FlaskClient, app: Flask
) -> None:
    with app.app_context():
        db.drop_all()
    response = client.get("/health")

    assert (response.status_code, response.json["status"]) == (503, "down")
    assert "db upgrade" in response.json["checks"]["database"]["message"]
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_redis_out_of_reach_degrades_without_showing_its_address(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    response = make_app(make_settings(redis_url=NO_REDIS)).test_client().get("/health")

    assert response.json["checks"]["queue"]["status"] == "degraded"
    assert "a-password" not in response.text
    assert "127.0.0.1" not in response.text


def test_a_full_disk_takes_this_server_out(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**70)

    assert client.get("/readyz").status_code == 503
    assert client.get("/health").json["checks"]["disk"]["status"] == "down"


def test_health_shows_the_public_no_path_and_no_secret(client: FlaskClient, settings: Settings) -> None:
    reported = client.get("/health").text

    assert str(settings.data_dir) not in reported
    assert settings.secret_key.get_secret_value() not in reported


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_administrators_see_the_database(admin: Caller, prefix: str) -> None:
    reported = admin.get(f"{prefix}/admin/database/info").json

    assert reported["kind"] == "sqlite"
    assert reported["tables"]["users"] == 1


def test_the_password_of_the_database_is_not_shown(make_settings: Callable[..., Settings], app: Flask) -> None:
    settings = make_settings(database_url="postgresql://me:a-password@db/wrangler")

    with app.app_context():
        assert "a-password" not in str(health.database_info(settings))


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_initialising_runs_the_migrations_and_loses_nothing(
    make_settings: Callable[..., Settings], prefix: str
) -> None:
    app = create_app(make_settings())
    with app.app_context():
        flask_migrate.upgrade()
        accounts.register("root@example.org", PASSWORD, role=Role.ADMIN)
    client = app.test_client()
    login = client.post("/api/v1/auth/token", json={"email": "root@example.org", "password": PASSWORD})
    reported = client.post(
        f"{prefix}/admin/database/initialize", headers={"Authorization": f"Bearer {login.json['access_token']}"}
    )

    assert reported.status_code == 200
    assert reported.json["revision"]
    assert reported.json["tables"]["users"] == 1
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_without_redis_nothing_is_reported_of_it(admin: Caller, prefix: str) -> None:
    response = admin.get(f"{prefix}/admin/redis/info")

    assert (response.status_code, response.json["code"]) == (404, "no_redis")


def test_administrators_see_queues_and_workers(admin: Caller, worker: Worker) -> None:
    reported = admin.get("/api/v1/admin/queues").json

    assert [queue["name"] for queue in reported["items"]] == ["imputation", "analysis", "default"]
    assert {queue["workers"] for queue in reported["items"]} == {1}
    assert reported["workers"][0]["name"] == "host:1"


def test_uploads_that_wait_for_their_import_are_counted_with_the_queue(admin: Caller) -> None:
    data = {"file": (io.BytesIO(b"a\n1\n"), "t.csv")}
    admin.post("/api/v1/datasets", data=data, headers={"Prefer": "respond-async"})

    reported = {queue["name"]: queue for queue in admin.get("/api/v1/admin/queues").json["items"]}

    assert (reported["default"]["queued"], reported["default"]["running"], reported["analysis"]["queued"]) == (1, 0, 0)


def test_administrators_see_people_and_what_they_did(admin: Caller, user: Caller) -> None:
    people = admin.get("/api/v1/admin/users").json["items"]
    logged_in = admin.get("/api/v1/admin/audit?action=session.opened").json["items"]

    assert {person["email"] for person in people} == {"root@example.org", "ada@example.org"}
    assert {event["user_id"] for event in logged_in} == {admin.id, user.id}


def test_an_administrator_can_close_an_account(admin: Caller, user: Caller) -> None:
    assert admin.patch(f"/api/v1/admin/users/{user.id}", json={"active": False}).json["active"] is False
    assert user.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("body", [{}, {"role": "root"}, {"active": None}, {"email": "x@y.z"}])
def test_an_authority_that_is_none_is_refused(admin: Caller, user: Caller, body: dict[str, object]) -> None:
    assert admin.patch(f"/api/v1/admin/users/{user.id}", json=body).status_code == 422
