"""Access tokens, refresh tokens and personal API tokens."""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.conftest import PASSWORD, Caller
from tests.web.routes import rows_of_everything
from wrangler.extensions import db
from wrangler.models import ApiToken, AuditEvent
from wrangler.models.columns import now
from wrangler.services import tokens
from wrangler.services.tokens import AccessTokens
from wrangler.web.context import settings_of

ADA = {"email": "ada@example.org", "password": PASSWORD}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def make_token(user: Caller) -> Callable[..., str]:
    def make(**submit: object) -> str:
        response = user.post("/api/v1/me/tokens", json={"name": "script"} | submit)
        assert response.status_code == 201, response.json
        return str(response.json["token"])

    return make


def _claims(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _signed(app: Flask, claims: dict[str, object], algorithm: str = "HS256") -> str:
    settings = settings_of(app)
    key = AccessTokens(settings.secret_key.get_secret_value(), 900)._key
    return jwt.encode(claims, key, algorithm)


def test_a_token_response_has_the_usual_shape(client: FlaskClient, user: Caller) -> None:
    response = client.post("/api/v1/auth/token", json=ADA)

    assert set(response.json) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (response.json["token_type"], response.json["expires_in"]) == ("Bearer", 900)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [{}, {"email": "a@b.c"}, {"password": "x"}, ADA | {"refresh_token": "x"}])
def test_a_token_request_is_one_thing_or_the_other(client: FlaskClient, body: dict[str, str]) -> None:
    assert client.post("/api/v1/auth/token", json=body).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"aud": "elsewhere"},
        {"iss": "somebody"},
        {"epoch": 1},
        {"epoch": None},
        {"sub": "00000000-0000-0000-0000-000000000000"},
        {"sid": "00000000-0000-0000-0000-000000000000"},
        {"sid": None},
        {"sub": 7},
        {"jti": None},
    ],
)
def test_a_well_signed_token_with_a_wrong_claim_is_refused(
    app: Flask, client: FlaskClient, user: Caller, change: dict[str, object]
) -> None:
    claims = {name: value for name, value in (_claims(user.token) | change).items() if value is not None}

    assert client.get("/api/v1/me", headers=_bearer(_signed(app, claims))).status_code == 401


def test_only_one_algorithm_counts(app: Flask, client: FlaskClient, user: Caller) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    unsigned = f"{head}.{user.token.split('.')[1]}."

    assert client.get("/api/v1/me", headers=_bearer(unsigned)).status_code == 401
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        other = _signed(app, _claims(user.token), "HS512")
    assert client.get("/api/v1/me", headers=_bearer(other)).status_code == 401


def test_the_session_key_does_not_sign_tokens(app: Flask, client: FlaskClient, user: Caller) -> None:
    forged = jwt.encode(_claims(user.token), settings_of(app).secret_key.get_secret_value(), "HS256")

    assert client.get("/api/v1/me", headers=_bearer(forged)).status_code == 401


def test_a_refresh_token_is_worth_one_new_pair(client: FlaskClient, user: Caller) -> None:
    first = client.post("/api/v1/auth/token", json=ADA).json
    second = client.post("/api/v1/auth/token", json={"refresh_token": first["refresh_token"]}).json

    assert second["refresh_token"] != first["refresh_token"]
    assert client.get("/api/v1/me", headers=_bearer(second["access_token"])).status_code == 200


def test_a_refresh_token_shown_twice_ends_its_chain(app: Flask, client: FlaskClient, user: Caller) -> None:
    first = client.post("/api/v1/auth/token", json=ADA).json
    second = client.post("/api/v1/auth/token", json={"refresh_token": first["refresh_token"]}).json

    assert client.post("/api/v1/auth/token", json={"refresh_token": first["refresh_token"]}).status_code == 401
    assert client.post("/api/v1/auth/token", json={"refresh_token": second["refresh_token"]}).status_code == 401
    assert client.get("/api/v1/me", headers=_bearer(second["access_token"])).status_code == 401
    with app.app_context():
        assert "token.reused" in db.session.scalars(select(AuditEvent.action)).all()


@pytest.mark.parametrize("token", ["", "x", "wrr_", "wrr_" + "0" * 32 + "_x", "é" * 40])
def test_an_unknown_refresh_token_is_refused(client: FlaskClient, user: Caller, token: str) -> None:
    assert client.post("/api/v1/auth/token", json={"refresh_token": token}).status_code == 401


def test_a_refresh_token_opens_nothing_by_itself(client: FlaskClient, user: Caller) -> None:
    refresh_token = client.post("/api/v1/auth/token", json=ADA).json["refresh_token"]

    assert client.get("/api/v1/me", headers=_bearer(refresh_token)).status_code == 401


def test_logging_out_ends_the_access_token_at_once(client: FlaskClient, user: Caller) -> None:
    pair = client.post("/api/v1/auth/token", json=ADA).json
    assert client.post("/api/v1/auth/logout", headers=_bearer(pair["access_token"])).status_code == 204

    assert client.get("/api/v1/me", headers=_bearer(pair["access_token"])).status_code == 401
    assert client.post("/api/v1/auth/token", json={"refresh_token": pair["refresh_token"]}).status_code == 401
    assert user.get("/api/v1/me").status_code == 200


def test_a_personal_token_has_256_random_bits_and_works(client: FlaskClient, make_token: Callable[..., str]) -> None:
    token = make_token()

    assert re.fullmatch(r"wr_[A-Za-z0-9_-]{43}", token)
    assert client.get("/api/v1/me", headers=_bearer(token)).json["email"] == "ada@example.org"


def test_a_personal_token_is_shown_once(user: Caller) -> None:
    made = user.post("/api/v1/me/tokens", json={"name": "script"})

    assert made.json["token"] not in user.get("/api/v1/me/tokens").text
    assert made.json["token"] not in user.get(made.headers["Location"]).text


def test_no_secret_lies_in_the_database(app: Flask, client: FlaskClient, make_token: Callable[..., str]) -> None:
    pair = client.post("/api/v1/auth/token", json=ADA).json
    secrets = [make_token(), pair["refresh_token"], pair["access_token"], PASSWORD]
    dumped = str(rows_of_everything(app))

    assert not [secret for secret in secrets if secret in dumped]


def test_a_revoked_token_is_worthless(user: Caller, client: FlaskClient) -> None:
    made = user.post("/api/v1/me/tokens", json={"name": "script"})
    assert user.delete(made.headers["Location"]).status_code == 204

    assert client.get("/api/v1/me", headers=_bearer(made.json["token"])).status_code == 401
    assert user.delete(made.headers["Location"]).status_code == 404


def test_an_expired_token_is_worthless(app: Flask, client: FlaskClient, make_token: Callable[..., str]) -> None:
    token = make_token(expires_in_days=1)
    with app.app_context():
        db.session.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()

    assert client.get("/api/v1/me", headers=_bearer(token)).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"), [(["read"], 200, 403), (["write"], 403, 200), (["read", "write"], 200, 200)]
)
def test_a_token_does_what_its_scopes_allow(
    client: FlaskClient, make_token: Callable[..., str], scopes: list[str], reads: int, writes: int
) -> None:
    headers = _bearer(make_token(scopes=scopes))

    assert client.get("/api/v1/me", headers=headers).status_code == reads
    assert client.patch("/api/v1/me", json={"name": "Ada"}, headers=headers).status_code == writes


@pytest.mark.parametrize("scopes", [[], ["admin"], ["refresh"], ["session"], ["read", "read", "read"], "read", [1]])
def test_no_other_scope_can_be_had(user: Caller, scopes: object) -> None:
    assert user.post("/api/v1/me/tokens", json={"name": "script", "scopes": scopes}).status_code == 422


def test_a_leaked_token_makes_no_others_and_changes_no_password(
    client: FlaskClient, make_token: Callable[..., str]
) -> None:
    headers = _bearer(make_token())
    change = {"current_password": PASSWORD, "new_password": "another horse battery"}

    assert client.post("/api/v1/me/tokens", json={"name": "more"}, headers=headers).status_code == 403
    assert client.post("/api/v1/me/password", json=change, headers=headers).status_code == 403


def test_sessions_and_refresh_tokens_are_not_among_the_personal_ones(app: Flask, user: Caller) -> None:
    app.test_client().post("/api/v1/auth/login", json=ADA)
    user.post("/api/v1/me/tokens", json={"name": "session", "scopes": ["read"]})

    assert [item["name"] for item in user.get("/api/v1/me/tokens").json["items"]] == ["session"]
    with app.app_context():
        ids = set(db.session.scalars(select(ApiToken.id)))
    assert sorted(user.delete(f"/api/v1/me/tokens/{token_id}").status_code for token_id in ids) == [204, 404, 404]


def test_tokens_do_not_pile_up(app: Flask, user: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_OF_A_KIND", 2)
    pairs = [user.client.post("/api/v1/auth/token", json=ADA).json for _ in range(3)]
    works = [user.client.get("/api/v1/me", headers=_bearer(pair["access_token"])).status_code for pair in pairs]
    owner = Caller(user.client, user.id, user.email, pairs[-1]["access_token"])
    made = [owner.post("/api/v1/me/tokens", json={"name": "script"}) for _ in range(3)]

    assert works == [401, 200, 200]
    assert [response.status_code for response in made] == [201, 201, 409]


def test_use_is_noted_once_a_minute(app: Flask, client: FlaskClient, make_token: Callable[..., str]) -> None:
    def last_used() -> object:
        with app.app_context():
            return db.session.scalars(select(ApiToken.last_used_at).where(ApiToken.name == "script")).one()

    headers = _bearer(make_token())
    assert last_used() is None
    client.get("/api/v1/me", headers=headers)
    first = last_used()
    client.patch("/api/v1/me", json={"name": "Ada"}, headers=headers)

    assert first is not None
    assert last_used() == first


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "authorization"])
def test_a_token_in_the_address_does_not_count(client: FlaskClient, make_token: Callable[..., str], name: str) -> None:
    assert client.get(f"/api/v1/me?{name}={make_token()}").status_code == 401


def test_no_secret_reaches_the_log(
    make_app: Callable[..., Flask], make_settings: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    import structlog

    make_app(make_settings(log_level="DEBUG", log_format="json"))
    log = structlog.get_logger("test")
    token = "wr_" + "a" * 43
    log.warning("made %s", token, password="hunter2", detail=f"Bearer {token}", url="redis://me:pass@host/0")

    written = capsys.readouterr().err
    assert "test" in written
    assert not [secret for secret in (token, "hunter2", ":pass@") if secret in written]


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_value_begins_a_line_of_its_own_in_the_log(
    make_app: Callable[..., Flask],
    make_settings: Callable[..., object],
    capsys: pytest.CaptureFixture[str],
    log_format: str,
) -> None:
    client = make_app(make_settings(log_level="INFO", log_format=log_format)).test_client()
    capsys.readouterr()
    client.get("/a%0d%0aforged%20line%e2%80%a8next")

    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith(("forged", "next"))] == []
