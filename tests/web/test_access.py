"""Every route says who may call it, and what reports nothing is closed."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Caller
from tests.web.routes import EXAMPLES, calls, fill, rows_of_everything
from wrangler.extensions import reads_only
from wrangler.web import access
from wrangler.web.access import Access


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    silent = [rule.rule for rule in app.url_map.iter_rules() if access.declared(app, rule.endpoint) is None]

    assert silent == []


def test_a_route_that_declares_nothing_is_closed_even_to_administrators(app: Flask, admin: Caller) -> None:
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")

    assert admin.get("/forgotten").status_code == 403


def test_what_is_public_is_a_short_known_list(app: Flask) -> None:
    public = {rule.rule for rule in app.url_map.iter_rules() if access.declared(app, rule.endpoint) is Access.PUBLIC}

    assert public - {"/api/v1/methods", "/api/v1/templates", "/api/v1/schemas/result.json"} == {
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/auth/token",
        "/health",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/redoc",
        "/docs/start/<any(swagger, redoc):name>.js",
        "/docs/assets/<any(swagger, redoc):name>/<path:asset>",
    }


def test_no_route_resets_the_database(app: Flask, admin: Caller) -> None:
    assert not [rule.rule for rule in app.url_map.iter_rules() if "reset" in rule.rule]
    assert admin.post("/api/v1/admin/database/reset").status_code == 404
    assert admin.post("/admin/database/reset").status_code == 404


def test_administration_is_refused_to_users(app: Flask, user: Caller) -> None:
    for endpoint, method, path in calls(app, Access.ADMIN):
        response = user.open(fill(path, dict.fromkeys(EXAMPLES, user.id)), method, json={})

        assert (endpoint, response.status_code) == (endpoint, 403)


def test_reading_changes_nothing(app: Flask, user: Caller, admin: Caller, examples: dict[str, str]) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # the example's files do not exist, which is no matter here
    for endpoint, method, path in calls(app):
        if method != "GET":
            continue
        before = rows_of_everything(app)
        (admin if access.declared(app, endpoint) is Access.ADMIN else user).get(fill(path, examples)).close()

        assert rows_of_everything(app) == before, endpoint


@pytest.mark.parametrize(("method", "expected"), [("GET", True), ("POST", False), ("DELETE", False)])
def test_a_reading_request_takes_no_write_lock(app: Flask, user: Caller, method: str, expected: object) -> None:
    seen = []
    app._got_first_request = False

    @access.user
    def look() -> str:
        seen.append(reads_only.get())
        return ""

    app.add_url_rule("/look", "look", look, methods=[method])
    user.open("/look", method)

    assert seen == [expected]
    assert reads_only.get() is False


def test_the_caller_can_be_read_without_a_transaction(app: Flask, user: Caller) -> None:
    from wrangler.extensions import db

    app._got_first_request = False
    seen: list[object] = []

    @access.user
    def look() -> str:
        seen.extend((access.caller().email, access.caller().is_admin, db.session.registry().in_transaction()))
        return ""

    app.add_url_rule("/look", "look", look, methods=["POST"])
    user.post("/look")

    assert seen == ["ada@example.org", False, False]


def test_one_sees_only_what_one_owns_in_every_list(
    app: Flask, user: Caller, other: Caller, examples: dict[str, str]
) -> None:
    mine = set(examples.values())
    for endpoint, method, path in calls(app, Access.USER):
        if method == "GET" and "<" not in path:
            response = other.get(path)

            assert not [known for known in mine if known in response.text], endpoint


def test_factory_makes_independent_applications(app: Flask, make_app: Callable[..., Flask]) -> None:
    from wrangler.web.context import settings_of

    second = make_app(settings_of(app).model_copy(update={"registration_open": False}))

    assert settings_of(app).registration_open
    assert not settings_of(second).registration_open
