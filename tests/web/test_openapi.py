"""The API describes itself, truly and without any outside address."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.web.routes import NOT_OF_THE_API, calls
from wrangler.web import access
from wrangler.web.access import Access


@pytest.fixture
def description(client: FlaskClient) -> dict[str, Any]:
    reported: dict[str, Any] = client.get("/openapi.json").json
    return reported


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _references(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        for value in document.values():
            yield from _references(value)
    elif isinstance(document, list):
        for value in document:
            yield from _references(value)


def test_the_description_is_of_version_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    assert description["info"]["title"] == "Wrangler"


def test_every_route_of_the_api_is_described(app: Flask, description: dict[str, Any]) -> None:
    reported = {(path, method.upper()) for path, method, _ in _operations(description)}
    there = {
        (re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", path), method)
        for endpoint, method, path in calls(app)
        if not endpoint.startswith(NOT_OF_THE_API)
    }

    assert reported == there


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    for reference in set(_references(description)):
        place: Any = description
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_schema_is_json_schema(description: dict[str, Any]) -> None:
    for schema in description["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_a_name_of_its_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in _operations(description)]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names), names


def test_every_operation_has_a_description(description: dict[str, Any]) -> None:
    assert [path for path, _, operation in _operations(description) if not operation.get("summary")] == []


def test_every_placeholder_is_a_declared_parameter(description: dict[str, Any]) -> None:
    for path, _, operation in _operations(description):
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}

        assert declared == set(re.findall(r"{(\w+)}", path)), path


def test_every_operation_refuses_with_a_problem(description: dict[str, Any]) -> None:
    for path, _, operation in _operations(description):
        for status in ("422", "default"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"], path


def test_the_description_states_who_may_call(app: Flask, description: dict[str, Any]) -> None:
    for endpoint, method, path in calls(app):
        if endpoint.startswith(NOT_OF_THE_API):
            continue
        operation = description["paths"][re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", path)][method.lower()]

        assert (operation["security"] == []) == (access.declared(app, endpoint) is Access.PUBLIC), path


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_needs_nothing_from_outside_and_no_script_in_it(client: FlaskClient, page: str) -> None:
    response = client.get(page)

    assert response.mimetype == "text/html"
    assert not re.search(r"(src|href)=\"(https?:)?//", response.text)
    assert "<script>" not in response.text
    assert not re.search(r"\son\w+=", response.text)
    assert (
        "'unsafe-inline'"
        not in response.headers["Content-Security-Policy"].partition("script-src")[2].partition(";")[0]
    )
    assert "http" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_all_that_a_page_asks_for_is_there(client: FlaskClient, page: str) -> None:
    wanted = re.findall(r"(?:src|href)=\"([^\"]+)\"", client.get(page).text)
    assert wanted
    for path in [*wanted, "docs/assets/redoc/js/redoc.standalone.js"]:
        response = client.get(f"/{path}")

        assert response.status_code == 200, path
        assert len(response.data) > 50, path
        response.close()


@pytest.mark.parametrize("asset", ["../../__init__.py", "..%2f..%2f__init__.py", "/etc/passwd", "js", "none.js", "%00"])
def test_nothing_but_assets_is_served(client: FlaskClient, asset: str) -> None:
    assert client.get(f"/docs/assets/swagger/{asset}").status_code in {404, 308}
