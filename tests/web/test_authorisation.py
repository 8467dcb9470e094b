"""Another person's things do not exist: over all routes, with all ids."""

import io
import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Caller
from tests.web.routes import calls, fill, names_in
from wrangler.web.access import Access

pytestmark = pytest.mark.slow

# What a call needs for its body to be sound, so that the id decides the answer. A new route with a body adds its own.
BODIES: dict[str, dict[str, Any]] = {
    "recipes.apply_recipe": {"json": {"dataset_id": str(uuid.uuid4())}},
    "recipes.change_recipe": {"json": {"parameters": {}}},
    "datasets.change_dataset": {"json": {"name": "mine"}},
}


def _body(endpoint: str, method: str) -> dict[str, Any]:
    return BODIES.get(endpoint, {"json": {}} if method in {"POST", "PATCH", "PUT"} else {})


def test_without_credentials_every_closed_route_returns_401(
    app: Flask, client: FlaskClient, examples: dict[str, str]
) -> None:
    for wanted in (Access.USER, Access.ADMIN):
        for endpoint, method, path in calls(app, wanted):
            response = client.open(fill(path, examples), method=method, **_body(endpoint, method))

            assert (endpoint, response.status_code) == (endpoint, 401)
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_id_of_somebody_else_returns_404(app: Flask, other: Caller, examples: dict[str, str]) -> None:
    tried = 0
    for endpoint, method, path in calls(app, Access.USER):
        if names_in(path):
            response = other.open(fill(path, examples), method, **_body(endpoint, method))

            assert (endpoint, response.status_code) == (endpoint, 404)
            tried += 1

    assert tried >= 5


def test_somebody_elses_id_cannot_be_distinguished_from_one_that_does_not_exist(
    app: Flask, other: Caller, examples: dict[str, str]
) -> None:
    unknown = examples | {name: str(uuid.uuid4()) for name in examples if name.endswith("_id")}
    for endpoint, method, path in calls(app, Access.USER):
        if not names_in(path):
            continue
        body = _body(endpoint, method)
        theirs, nobodys = (other.open(fill(path, known), method, **body).json for known in (examples, unknown))
        for reported in (theirs, nobodys):
            reported.pop("request_id")
            for known in (examples, unknown):
                for name in names_in(path):
                    reported["detail"] = reported["detail"].replace(known[name], "ID")

        assert theirs == nobodys, endpoint


def test_nothing_of_the_owner_changes_when_somebody_else_tries(
    app: Flask, user: Caller, other: Caller, examples: dict[str, str]
) -> None:
    for endpoint, method, path in calls(app, Access.USER):
        if names_in(path):
            other.open(fill(path, examples), method, **_body(endpoint, method)).close()

    assert user.get(f"/api/v1/recipes/{examples['recipe_id']}").json["version"] == 1
    assert user.get(f"/api/v1/me/tokens/{examples['token_id']}").status_code == 200


def test_a_malformed_id_returns_404(app: Flask, user: Caller, examples: dict[str, str]) -> None:
    for wrong in ("1", "..", "%00", "not-a-uuid", "0" * 5000):
        broken = examples | {name: wrong for name in examples if name.endswith("_id")}
        for endpoint, method, path in calls(app, Access.USER):
            if any(name.endswith("_id") for name in names_in(path)):
                response = user.open(fill(path, broken), method, **_body(endpoint, method))

                assert response.status_code in {404, 405}, (endpoint, wrong)
                assert response.content_type == "application/problem+json"


def test_an_upload_needs_a_token_before_its_body_is_read(client: FlaskClient, app: Flask) -> None:
    (path,) = [path for endpoint, _, path in calls(app) if endpoint == "datasets.upload_dataset"]

    response = client.post(path, data={"file": (io.BytesIO(b"a,b\n1,2\n"), "table.csv")})

    assert response.status_code == 401
