"""What every answer carries."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Caller
from tests.web.routes import calls, fill
from wrangler.config import Settings
from wrangler.extensions import db
from wrangler.models import AuditEvent


def test_every_response_is_hardened(app: Flask, user: Caller, examples: dict[str, str]) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # the example's files do not exist: errors are hardened too
    paths = [(method, fill(path, examples)) for _, method, path in calls(app)]
    for method, path in [*paths, ("GET", "/docs"), ("GET", "/redoc"), ("GET", "/nowhere"), ("TRACE", "/health")]:
        headers = user.open(path, method).headers

        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert re.search(r"frame-ancestors '(none|self)'", headers["Content-Security-Policy"]), path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        # A form of a page must name its own origin to be taken.
        reported = "same-origin" if path.startswith(("/templates", "/jobs/", "/pages.css")) else "no-referrer"
        assert headers["Referrer-Policy"] == reported, path
        assert "camera=()" in headers["Permissions-Policy"], path
        assert headers["X-Request-ID"], path


def test_strict_transport_is_asked_for_only_under_tls(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    assert (
        "max-age=31536000" in client.get("/healthz", base_url="https://localhost").headers["Strict-Transport-Security"]
    )


def test_a_request_keeps_the_id_it_came_with(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "trace-1.a_B"}).headers["X-Request-ID"] == "trace-1.a_B"


@pytest.mark.parametrize("reported", ["", "a b", "x" * 65, "<script>", "é"])
def test_an_odd_request_id_is_replaced(client: FlaskClient, reported: str) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": reported}).headers["X-Request-ID"]

    assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_a_response_states_the_remaining_rate_limit_and_no_retry_after(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]
) -> None:
    app = make_app(make_settings(ratelimit_enabled=True, ratelimit_default="9 per minute"))
    headers = app.test_client().get("/openapi.json").headers

    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("9", "8")
    assert 0 <= int(headers["RateLimit-Reset"]) <= 60
    assert "Retry-After" not in headers


def test_other_sites_are_not_invited(client: FlaskClient) -> None:
    response = client.get("/api/v1/methods", headers={"Origin": "https://app.example"})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.fixture
def inviting(make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings]) -> FlaskClient:
    return make_app(make_settings(cors_origins="https://app.example, https://b.example:8443")).test_client()


@pytest.mark.parametrize("origin", ["https://app.example", "https://b.example:8443"])
def test_sites_in_the_settings_may_call_with_a_token_but_no_cookie(inviting: FlaskClient, origin: str) -> None:
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = inviting.options("/api/v1/recipes", headers=preflight)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response.headers
    refused = inviting.post("/api/v1/recipes", headers={"Origin": origin})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, origin)


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.evil.example",
        "https://evil-app.example",
        "https://appxexample",
        "http://app.example",
        "https://app.example:444",
        "null",
    ],
)
def test_look_alike_sites_are_not_invited(inviting: FlaskClient, origin: str) -> None:
    response = inviting.get("/api/v1/recipes", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(("hops", "expected"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.4")])
def test_forwarded_addresses_count_from_known_hops_only(
    make_app: Callable[[Settings], Flask], make_settings: Callable[..., Settings], hops: int, expected: str
) -> None:
    app = make_app(make_settings(trusted_proxies=hops))
    forwarded = {"X-Forwarded-For": "10.9.8.7, 198.51.100.4, 203.0.113.9"}
    app.test_client().post("/api/v1/auth/token", json={"email": "a@b.c", "password": "guess"}, headers=forwarded)

    with app.app_context():
        details = db.session.scalars(select(AuditEvent.details)).one()
    assert details["address"] == expected
