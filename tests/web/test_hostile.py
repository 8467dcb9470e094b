"""Whatever is sent to whatever route, the answer is never a failure of ours."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.campaign import short_or_whole
from tests.conftest import PASSWORD
from tests.web.routes import calls, fill, make_examples, names_in
from wrangler.config import Environment, Settings
from wrangler.extensions import db
from wrangler.models import Role
from wrangler.services import accounts

pytestmark = pytest.mark.slow

TRIES = short_or_whole(40, 2_000)
ODD_TEXTS = [
    "",
    "\x00",
    "\ud800",
    "a" * 5000,
    "../../etc/passwd",
    "%s%n{0.__class__}",
    "' OR 1=1 --",
    "\u202e\r\nX: y",
    "NaN",
]
texts = st.sampled_from([*ODD_TEXTS, "auto", "mean", "impute", "a", "read"]) | st.text(max_size=20)
numbers = st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, 0.5]) | st.integers()
scalars = st.none() | st.booleans() | texts | numbers
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)


@dataclass
class Target:
    """An application with somebody's things in it, and who calls."""

    app: Flask
    client: FlaskClient
    headers: dict[str, str]
    examples: dict[str, str]
    calls: list[tuple[str, str, str]]
    fields: dict[tuple[str, str], list[str]]
    parameters: dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def target(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Target]:
    from wrangler.app import create_app

    folder = tmp_path_factory.mktemp("hostile")
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")()
    app = create_app(
        Settings(
            env=Environment.TESTING,
            data_dir=folder,
            database_url=url,
            ratelimit_enabled=False,
            log_level="ERROR",
            job_max_queued_per_user=10**6,
        )
    )
    with app.app_context():
        db.create_all()
        admin_id = accounts.register("root@example.org", PASSWORD, role=Role.ADMIN).id
    examples = make_examples(app, admin_id)
    client = app.test_client(use_cookies=False)
    login = client.post("/api/v1/auth/token", json={"email": "root@example.org", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}
    upload = client.post(
        "/api/v1/datasets", headers=headers, data={"file": (io.BytesIO(b"a,b\n1,x\n,y\n3,\n"), "table.csv")}
    )
    examples["dataset_id"] = upload.json["id"]
    description = client.get("/openapi.json").json
    yield Target(
        app,
        client,
        headers,
        examples,
        [call for call in calls(app) if call[0] not in ENDS_THE_SESSION],
        dict(_body_fields(description)),
        dict(_query_parameters(description)),
    )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


ENDS_THE_SESSION = {"auth.log_out", "admin.change_user", "admin.initialize_database", "old_initialize_database"}


def _body_fields(description: dict[str, Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"]["$ref"].rpartition("/")[2]
                yield (path, method.upper()), list(description["components"]["schemas"][name].get("properties", {}))


def _query_parameters(description: dict[str, Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield (
                (path, method.upper()),
                [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"],
            )


def _place(path: str) -> str:
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", path)


@given(data=st.data())
@settings(max_examples=TRIES, suppress_health_check=list(HealthCheck))
def test_no_body_makes_a_route_fail(target: Target, data: st.DataObject) -> None:
    _, method, path = data.draw(st.sampled_from([call for call in target.calls if call[1] in {"POST", "PATCH"}]))
    known = target.fields.get((_place(path), method), [])
    sound = {"dataset_id": target.examples["dataset_id"], "name": "n", "kind": "impute", "parameters": {}}
    body = data.draw(st.dictionaries(st.sampled_from([*known, "other"]), documents, max_size=4) | documents)
    if isinstance(body, dict) and data.draw(st.booleans()):
        body = {name: value for name, value in sound.items() if name in known} | body
    response = target.client.open(
        fill(path, target.examples),
        method=method,
        data=json.dumps(body),
        content_type=data.draw(st.sampled_from(["application/json"] * 9 + ["text/plain", "multipart/form-data"])),
        headers=target.headers,
    )

    _check(response, path)


@given(data=st.data())
@settings(max_examples=TRIES, suppress_health_check=list(HealthCheck))
def test_no_query_and_no_header_makes_a_route_fail(target: Target, data: st.DataObject) -> None:
    _, method, path = data.draw(st.sampled_from([call for call in target.calls if call[1] == "GET"]))
    known = target.parameters.get((_place(path), method), [])
    query = data.draw(st.dictionaries(st.sampled_from([*known, "other"]), texts | numbers.map(str), max_size=3))
    odd_headers = st.dictionaries(
        st.sampled_from(["Range", "If-None-Match", "If-Modified-Since", "Last-Event-ID", "Accept", "Idempotency-Key"]),
        st.sampled_from(["bytes=0-", "bytes=9-1", "bytes=-0", "*", '"x"', "W/", "é", "", "Thu, 99 Foo", "a" * 3000]),
        max_size=2,
    )
    response = target.client.open(
        fill(path, target.examples),
        method=method,
        query_string={name: value.encode("utf-8", "surrogatepass") for name, value in query.items()},
        headers=target.headers | data.draw(odd_headers),
    )

    _check(response, path)


@given(data=st.data())
@settings(max_examples=TRIES, suppress_health_check=list(HealthCheck))
def test_no_path_makes_a_route_fail(target: Target, data: st.DataObject) -> None:
    _, method, path = data.draw(st.sampled_from([call for call in target.calls if names_in(call[2])]))
    odd = st.sampled_from(["%00", "%ff", "..%2f..%2fetc%2fpasswd", "-1", "'", "%F0%9F", str(uuid.UUID(int=0)), "{0}"])
    examples = {name: data.draw(odd | st.just(example)) for name, example in target.examples.items()}
    examples["dataset_id"] = data.draw(odd)  # the one that is real stays
    response = target.client.open(fill(path, examples), method=method, json={}, headers=target.headers)

    _check(response, path)


@given(
    body=st.binary(max_size=200), content_type=st.sampled_from(["application/json", "multipart/form-data; boundary=b"])
)
@settings(max_examples=TRIES // 2, suppress_health_check=list(HealthCheck))
def test_no_bytes_make_a_route_fail(target: Target, body: bytes, content_type: str) -> None:
    for path in ("/api/v1/auth/register", "/api/v1/recipes", "/api/v1/datasets", "/api/v1/jobs"):
        for wrapped in (body, b"--b\r\n" + body + b"\r\n--b--\r\n"):
            response = target.client.post(path, data=wrapped, content_type=content_type, headers=target.headers)

            _check(response, path)


@given(token=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60))
@settings(max_examples=TRIES // 2, suppress_health_check=list(HealthCheck))
def test_no_credentials_make_a_route_fail(target: Target, token: str) -> None:
    for scheme in ("Bearer ", "Bearer wr_", "Basic ", "Bearer eyJhbGciOiJIUzI1NiJ9.", ""):
        header = (scheme + token).strip() or "x"

        assert target.client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401
        assert target.client.get("/api/v1/me", headers={"Cookie": f"wrangler={header}"}).status_code == 401


def _check(response: Any, path: str) -> None:
    event(f"{path} {response.status_code}")
    assert response.status_code < 500, (path, response.text)
    if response.status_code >= 400:
        assert response.content_type == "application/problem+json", path
        assert response.json["status"] == response.status_code
    response.close()
