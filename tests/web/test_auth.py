"""Registering, logging in by cookie, logging out, changing a password."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD, Caller
from tests.web.routes import calls, fill, rows_of_everything
from wrangler.config import Environment, Settings
from wrangler.extensions import db
from wrangler.models import ApiToken, AuditEvent, User
from wrangler.models.columns import now
from wrangler.services import accounts
from wrangler.web.access import Access

ADA = {"email": "ada@example.org", "password": PASSWORD}
SAME_SITE = {"Origin": "http://localhost"}


@pytest.fixture
def cheap_passwords() -> None:
    """Here they are hashed as everywhere: what that costs is what some of these tests are about."""


@pytest.fixture
def browser(app: Flask, user: Caller) -> FlaskClient:
    """Ada's browser, logged in."""
    browser = app.test_client()
    assert browser.post("/api/v1/auth/login", json=ADA, headers=SAME_SITE).status_code == 200
    return browser


def _cookie(response: TestResponse) -> str:
    return response.headers["Set-Cookie"].partition(";")[0]


def test_registering_makes_an_account(client: FlaskClient) -> None:
    response = client.post("/api/v1/auth/register", json=ADA | {"name": "Ada"})

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/v1/me"
    assert {key: response.json[key] for key in ("email", "name", "role")} == {
        "email": "ada@example.org",
        "name": "Ada",
        "role": "user",
    }
    assert "password" not in response.text


def test_the_first_to_register_is_no_administrator(client: FlaskClient, app: Flask) -> None:
    assert client.post("/api/v1/auth/register", json=ADA).json["role"] == "user"


@pytest.mark.parametrize("extra", ["role", "id", "active", "is_admin", "session_epoch", "email_verified_at"])
def test_nobody_sets_what_is_not_theirs(client: FlaskClient, user: Caller, extra: str) -> None:
    assert client.post("/api/v1/auth/register", json=ADA | {"email": "b@c.d", extra: "admin"}).status_code == 422
    assert user.patch("/api/v1/me", json={"name": "Ada", extra: "admin"}).status_code == 422


@pytest.mark.parametrize(
    "email", ["", "ada", "@", "ada@", "@example.org", "a b@c.d", "a@b@c", "a\n@b.c", "x" * 251 + "@b.c"]
)
def test_what_is_no_address_is_refused(client: FlaskClient, email: str) -> None:
    response = client.post("/api/v1/auth/register", json=ADA | {"email": email})

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/email"


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", "  Ada@Example.org "])
def test_one_address_has_one_account_however_it_is_spelt(client: FlaskClient, user: Caller, email: str) -> None:
    response = client.post("/api/v1/auth/register", json=ADA | {"email": email})

    assert (response.status_code, response.json["code"]) == (409, "email_taken")


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 129, "ada@example.org"])
def test_a_password_that_will_not_do_is_refused(client: FlaskClient, password: str) -> None:
    response = client.post("/api/v1/auth/register", json=ADA | {"password": password})

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/password"


def test_registration_can_be_closed(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    app = make_app(make_settings(registration_open=False))

    assert app.test_client().post("/api/v1/auth/register", json=ADA).json["code"] == "registration_closed"


def test_a_password_is_kept_as_argon2id_with_enough_work(app: Flask, user: Caller) -> None:
    with app.app_context():
        stored = db.session.scalars(select(User.password_hash)).one()

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored


def test_a_weaker_hash_is_renewed_at_log_in(app: Flask, client: FlaskClient, user: Caller) -> None:
    from argon2 import PasswordHasher

    with app.app_context():
        weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
        db.session.execute(update(User).values(password_hash=weak))
        db.session.commit()

    client.post("/api/v1/auth/token", json=ADA)

    with app.app_context():
        assert "m=19456,t=2" in db.session.scalars(select(User.password_hash)).one()


def test_a_session_opens_what_is_closed(browser: FlaskClient) -> None:
    assert browser.get("/api/v1/me").json["email"] == "ada@example.org"


def test_unknown_address_wrong_password_and_closed_account_give_the_same_response(
    app: Flask, client: FlaskClient, user: Caller, other: Caller
) -> None:
    with app.app_context():
        accounts.administer(uuid.UUID(other.id), None, role=None, active=False)
    attempts = [
        {"email": "nobody@example.org", "password": PASSWORD},
        ADA | {"password": "wrong horse battery"},
        {"email": other.email, "password": PASSWORD},
    ]
    responses = [
        client.post(f"/api/v1/auth/{door}", json=attempt) for door in ("login", "token") for attempt in attempts
    ]

    assert {response.status_code for response in responses} == {401}
    assert len({response.json["detail"] for response in responses}) == 1


def test_an_unknown_address_costs_a_hash_too(
    client: FlaskClient, user: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    fits = accounts._fits
    monkeypatch.setattr(accounts, "_fits", lambda stored, password: worked.append(stored) or fits(stored, password))
    for email in (user.email, "nobody@example.org"):
        client.post("/api/v1/auth/token", json={"email": email, "password": "wrong horse battery"})

    assert [stored.rpartition("p=1$")[0] for stored in worked] == ["$argon2id$v=19$m=19456,t=2,"] * 2


def test_each_log_in_makes_a_new_session(browser: FlaskClient) -> None:
    before = browser.get_cookie("wrangler").value
    again = browser.post("/api/v1/auth/login", json=ADA, headers=SAME_SITE)

    assert _cookie(again) != f"wrangler={before}"


def test_logging_in_again_ends_the_session_before(app: Flask, browser: FlaskClient) -> None:
    before = browser.get_cookie("wrangler").value
    browser.post("/api/v1/auth/login", json=ADA, headers=SAME_SITE)

    stale = app.test_client(use_cookies=False).get("/api/v1/me", headers={"Cookie": f"wrangler={before}"})
    assert stale.status_code == 401
    assert browser.get("/api/v1/me").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: FlaskClient) -> None:
    response = browser.post("/api/v1/auth/login", json=ADA, headers=SAME_SITE)
    cookie = SimpleCookie(response.headers["Set-Cookie"])["wrangler"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_in_production_the_cookie_is_bound_to_tls_and_to_this_host(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    app = make_app(make_settings(env=Environment.PRODUCTION, secret_key="s" * 32, ratelimit_enabled=False))
    client = app.test_client()
    client.post("/api/v1/auth/register", json=ADA)
    response = client.post("/api/v1/auth/login", json=ADA, base_url="https://localhost")

    assert response.headers["Set-Cookie"].startswith("__Host-wrangler=")
    assert "; Secure" in response.headers["Set-Cookie"]
    assert "Domain" not in response.headers["Set-Cookie"]


def test_after_log_out_the_old_cookie_is_worthless(app: Flask, browser: FlaskClient) -> None:
    stolen = browser.get_cookie("wrangler").value
    assert browser.post("/api/v1/auth/logout", headers=SAME_SITE).status_code == 204

    thief = app.test_client(use_cookies=False)
    assert thief.get("/api/v1/me", headers={"Cookie": f"wrangler={stolen}"}).status_code == 401


def test_logging_out_here_leaves_the_session_there(app: Flask, browser: FlaskClient) -> None:
    elsewhere = app.test_client()
    elsewhere.post("/api/v1/auth/login", json=ADA)
    browser.post("/api/v1/auth/logout", headers=SAME_SITE)

    assert elsewhere.get("/api/v1/me").status_code == 200


def test_a_changed_password_ends_all_sessions_and_access_tokens(
    app: Flask, browser: FlaskClient, user: Caller, client: FlaskClient
) -> None:
    change = {"current_password": PASSWORD, "new_password": "another horse battery"}
    pair = client.post("/api/v1/auth/token", json=ADA).json
    assert browser.post("/api/v1/me/password", json=change, headers=SAME_SITE).status_code == 204

    assert browser.get("/api/v1/me").status_code == 401
    assert user.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/auth/token", json={"refresh_token": pair["refresh_token"]}).status_code == 401
    assert client.post("/api/v1/auth/token", json=ADA).status_code == 401
    renewed = client.post("/api/v1/auth/token", json=ADA | {"password": "another horse battery"})
    assert renewed.status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"current_password": "wrong horse", "new_password": "another horse battery"}, "/current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "/new_password"),
    ],
)
def test_a_password_change_that_will_not_do_is_refused(user: Caller, change: dict[str, str], pointer: str) -> None:
    response = user.post("/api/v1/me/password", json=change)

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == pointer
    assert user.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "age", [{"last_used_at": timedelta(hours=13)}, {"created_at": timedelta(days=8), "expires_at": timedelta(days=1)}]
)
def test_a_session_ends_when_it_is_idle_or_old(app: Flask, browser: FlaskClient, age: dict[str, timedelta]) -> None:
    assert browser.get("/api/v1/me").status_code == 200
    with app.app_context():
        db.session.execute(update(ApiToken).values({name: now() - past for name, past in age.items()}))
        db.session.commit()

    assert browser.get("/api/v1/me").status_code == 401


def test_a_closed_account_is_out_at_once(app: Flask, browser: FlaskClient, user: Caller) -> None:
    with app.app_context():
        accounts.administer(uuid.UUID(user.id), None, role=None, active=False)

    assert browser.get("/api/v1/me").status_code == 401
    assert user.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_a_change_by_cookie_must_come_from_this_site(browser: FlaskClient, headers: dict[str, str]) -> None:
    response = browser.patch("/api/v1/me", json={"name": "Mallory"}, headers=headers)

    assert (response.status_code, response.json["code"]) == (403, "cross_site")
    assert browser.get("/api/v1/me").json["name"] == "ada"


def test_no_unsafe_route_takes_a_cookie_from_another_site(
    app: Flask, browser: FlaskClient, examples: dict[str, str]
) -> None:
    before = rows_of_everything(app)
    for wanted in (Access.USER, Access.ADMIN):
        for endpoint, method, path in calls(app, wanted):
            if method != "GET":
                response = browser.open(fill(path, examples), method=method, headers={"Origin": "https://evil.example"})

                assert (endpoint, response.status_code, response.json["code"]) == (endpoint, 403, "cross_site")
    assert rows_of_everything(app) == before


@pytest.mark.parametrize("headers", [SAME_SITE, {"Sec-Fetch-Site": "same-origin"}])
def test_a_change_by_cookie_from_this_site_is_done(browser: FlaskClient, headers: dict[str, str]) -> None:
    assert browser.patch("/api/v1/me", json={"name": "Countess"}, headers=headers).json["name"] == "Countess"


def test_another_site_cannot_log_a_browser_in(app: Flask, user: Caller) -> None:
    response = app.test_client().post("/api/v1/auth/login", json=ADA, headers={"Origin": "https://evil.example"})

    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers


def test_with_a_wrong_token_the_cookie_does_not_count(browser: FlaskClient) -> None:
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer", "Bearer wr_unknown"):
        assert browser.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_guessing_is_slowed_down(make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]) -> None:
    app = make_app(make_settings(ratelimit_enabled=True, ratelimit_auth="1000 per minute"))
    client = app.test_client()
    client.post("/api/v1/auth/register", json=ADA)
    wrong = ADA | {"password": "wrong horse battery"}
    statuses = [client.post("/api/v1/auth/token", json=wrong).status_code for _ in range(10)]
    right = client.post("/api/v1/auth/token", json=ADA)

    assert statuses == [401] * 5 + [429] * 5
    assert (right.status_code, right.json["code"]) == (429, "too_many_failures")
    assert 1 <= int(right.headers["Retry-After"]) <= 61


@pytest.mark.slow
def test_guessing_from_elsewhere_does_not_lock_the_owner_out(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    app = make_app(make_settings(ratelimit_enabled=True, ratelimit_auth="10000 per minute"))
    client = app.test_client()
    client.post("/api/v1/auth/register", json=ADA)
    assert client.post("/api/v1/auth/token", json=ADA).status_code == 200

    wrong = ADA | {"password": "wrong horse battery"}
    for guess in range(30):
        for _ in range(4):
            client.post("/api/v1/auth/token", json=wrong, environ_base={"REMOTE_ADDR": f"203.0.113.{guess}"})

    stranger = client.post("/api/v1/auth/token", json=ADA, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert stranger.status_code == 429
    assert client.post("/api/v1/auth/token", json=ADA).status_code == 200


def test_one_address_may_not_call_without_end(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    app = make_app(
        make_settings(ratelimit_enabled=True, ratelimit_auth="2 per minute", ratelimit_default="3 per minute")
    )
    client = app.test_client()
    for path, allowed in (("/api/v1/auth/login", 2), ("/openapi.json", 3)):
        method = "POST" if allowed == 2 else "GET"
        responses = [client.open(path, method=method, json=ADA if allowed == 2 else None) for _ in range(allowed + 1)]

        assert [response.status_code == 429 for response in responses] == [False] * allowed + [True]
        assert responses[-1].content_type == "application/problem+json"
        assert 1 <= int(responses[-1].headers["Retry-After"]) <= 61
    assert all(client.get("/healthz").status_code == 200 for _ in range(10))


def test_log_ins_and_failures_are_on_record(app: Flask, client: FlaskClient, user: Caller) -> None:
    client.post("/api/v1/auth/token", json=ADA | {"password": "wrong horse battery"})

    with app.app_context():
        reported = list(db.session.execute(select(AuditEvent.action, AuditEvent.details)))

    assert {"user.registered", "session.opened", "token.issued", "session.refused"} <= {
        action for action, _ in reported
    }
    assert "wrong horse" not in str(reported)


def test_the_record_cannot_be_rewritten(app: Flask, user: Caller) -> None:
    with app.app_context():
        event = db.session.scalars(select(AuditEvent)).first()
        assert event is not None
        event.action = "nothing.happened"

        with pytest.raises(RuntimeError, match="never changed"):
            db.session.commit()
