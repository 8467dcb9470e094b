"""Every error is a problem document, and none of them is a user's doing of a 500."""

import io
import json
import sqlite3
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DatabaseError, OperationalError

from tests.conftest import Caller
from wrangler import errors
from wrangler.config import Settings
from wrangler.errors import FieldError
from wrangler.web import access
from wrangler.web.problems import STATUSES, pointer

REGISTER = "/api/v1/auth/register"


def _problem(response: object, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status, response.text  # type: ignore[attr-defined]
    assert response.content_type == "application/problem+json"  # type: ignore[attr-defined]
    reported: dict[str, object] = response.json  # type: ignore[attr-defined]
    assert reported["type"] == f"urn:wrangler:problem:{code}"
    assert reported["status"] == status
    assert reported["title"]
    assert reported["detail"]
    assert reported["request_id"] == response.headers["X-Request-ID"]  # type: ignore[attr-defined]
    return reported


def test_an_unknown_path_is_a_problem(client: FlaskClient) -> None:
    _problem(client.get("/nowhere"), 404, "not_found")


def test_a_wrong_method_lists_the_right_ones(client: FlaskClient) -> None:
    response = client.delete(REGISTER)

    _problem(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is empty; send a JSON object."),
        (b" \n", "The body is empty; send a JSON object."),
        (b"{", "The body is not JSON: Expecting property name enclosed in double quotes at line 1, column 2."),
        (b'{"email": "a",}', "Expecting property name enclosed in double quotes at line 1, column 15."),
        (b'{\n "email": "a"\n "name": 1}', "Expecting ',' delimiter at line 3, column 2."),
        (b"{'email': 1}", "Expecting property name enclosed in double quotes at line 1, column 2."),
        (b'{"email": "a', "Unterminated string starting at line 1, column 11."),
        (b"{} {}", "Extra data at line 1, column 4."),
        (b"\xef\xbb\xbf{", "at line 1, column 2."),
        (b"\xff{}", "The body is not text in UTF-8."),
        (b"\xff\xfe{\x00}\x00", "The body is not text in UTF-8."),
        (b"NaN", "NaN at line 1, column 1 is not JSON; send null for a missing number."),
        (b'{"email":\n "NaN", "a": NaN}', "NaN at line 2, column 14 is not JSON"),
        (b'{"email": Infinity}', "Infinity at line 1, column 11 is not JSON"),
        (b'{"a \\" NaN": [-Infinity]}', "-Infinity at line 1, column 15 is not JSON"),
        (
            b'{"email": 1e999}',
            "The number at line 1, column 11 is out of range; 64-bit floating point holds up to 1.8e308.",
        ),
        (b'{"email": [1.5, -2.0E+400]}', "The number at line 1, column 17 is out of range"),
        (b"1" * 5000, "The number at line 1, column 1 has more than 4300 digits."),
        (b"[" * 100_000, "The body is nested too deeply; at most 64 levels are read."),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_not_json_is_refused_with_what_is_wrong_and_where(
    client: FlaskClient, body: bytes, detail: str
) -> None:
    reported = _problem(client.post(REGISTER, data=body, content_type="application/json"), 400, "invalid_json")

    assert detail in str(reported["detail"])
    assert reported["errors"][0]["pointer"] == ""  # type: ignore[index]


def test_where_json_breaks_is_said_to_programs_too(client: FlaskClient) -> None:
    response = client.post(REGISTER, data=b'{\n  "email": nan}', content_type="application/json")

    reported = _problem(response, 400, "invalid_json")
    assert (reported["line"], reported["column"]) == (2, 12)


@pytest.mark.parametrize(
    ("body", "kind"),
    [("[]", "an array"), ("1", "a number"), ('"{}"', "a string"), ("null", "null"), ("true", "a boolean")],
)
def test_json_that_is_no_object_is_refused(client: FlaskClient, body: str, kind: str) -> None:
    reported = _problem(client.post(REGISTER, data=body, content_type="application/json"), 422, "invalid_input")

    assert reported["detail"] == f"The body must be a JSON object, not {kind}."


def test_json_in_a_field_of_a_form_is_refused_with_what_is_wrong_and_where(user: Caller) -> None:
    data = {"file": (io.BytesIO(b"a\n1\n"), "t.csv"), "options": '{"delimiter": NaN}'}
    reported = _problem(user.post("/api/v1/datasets", data=data), 422, "invalid_input")

    error = {"pointer": "/options", "detail": "NaN at line 1, column 15 is not JSON; send null for a missing number"}
    assert reported["errors"] == [error]


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity"])
def test_a_number_that_no_answer_could_show_is_not_saved(user: Caller, number: str) -> None:
    body = f'{{"name": "r", "parameters": {{"holdout": {number}}}}}'
    _problem(user.post("/api/v1/recipes", data=body, content_type="application/json"), 400, "invalid_json")

    assert user.get("/api/v1/recipes").json["items"] == []


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("text/plain", "text/plain"),
        ("application/xml; charset=utf-8", "application/xml"),
        ("multipart/form-data", "multipart/form-data"),
        ("", "none"),
    ],
)
def test_another_content_type_is_refused(client: FlaskClient, content_type: str, sent: str) -> None:
    reported = _problem(client.post(REGISTER, data=b"{}", content_type=content_type), 415, "unsupported_media_type")

    assert reported["detail"] == f"Send a JSON body with Content-Type: application/json; this request names {sent}."


def test_a_form_of_another_content_type_is_refused(user: Caller) -> None:
    reported = _problem(user.post("/api/v1/datasets", json={}), 415, "unsupported_media_type")

    assert (
        reported["detail"] == "Send a form with Content-Type: multipart/form-data; this request names application/json."
    )


def test_a_form_without_a_boundary_is_refused_with_the_reason(user: Caller) -> None:
    reported = _problem(
        user.post("/api/v1/datasets", data=b"x", content_type="multipart/form-data"), 400, "bad_request"
    )

    assert reported["detail"] == "The Content-Type multipart/form-data names no boundary."


def test_a_body_past_the_limit_is_refused_before_it_is_parsed(client: FlaskClient) -> None:
    body = json.dumps({"email": "a" * 3_000_000})

    reported = _problem(
        client.post(REGISTER, data=body, content_type="application/json"), 413, "request_entity_too_large"
    )
    assert reported["detail"] == "The body is larger than the 2097152 bytes that are taken here."


def test_a_body_of_unknown_length_has_the_same_limit(client: FlaskClient) -> None:
    body = io.BytesIO(b"a" * 3_000_000)
    response = client.post(
        REGISTER,
        input_stream=body,
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked"},
    )

    _problem(response, 413, "request_entity_too_large")
    assert body.tell() < 3_000_000


def test_each_wrong_field_is_pointed_at(client: FlaskClient) -> None:
    reported = _problem(client.post(REGISTER, json={"email": 1, "role": "admin"}), 422, "invalid_input")

    assert {error["pointer"] for error in reported["errors"]} == {"/email", "/password", "/role"}  # type: ignore[attr-defined]


def test_what_was_sent_is_not_repeated(client: FlaskClient) -> None:
    response = client.post(REGISTER, json={"email": "no address", "password": ["my secret"]})

    assert "my secret" not in response.text


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfff"])
def test_text_that_no_database_keeps_is_refused_anywhere_in_a_document(user: Caller, text: str) -> None:
    deep = json.dumps({"name": "r", "parameters": {"a": [{"b": text}]}})
    response = user.post("/api/v1/recipes", data=deep, content_type="application/json")

    reported = _problem(response, 422, "invalid_input")
    assert reported["errors"][0]["pointer"] == "/parameters/a/0/b"  # type: ignore[index]


def test_a_deeply_nested_document_is_refused(user: Caller) -> None:
    document: object = 1
    for _ in range(200):
        document = [document]

    _problem(user.post("/api/v1/recipes", json={"name": "r", "parameters": {"a": document}}), 422, "invalid_input")


@pytest.mark.parametrize("query", ["name=%00", "limit=0", "limit=101", "limit=1000000000", "limit=x", "unknown=1"])
def test_a_query_that_does_not_fit_is_refused(user: Caller, query: str) -> None:
    _problem(user.get(f"/api/v1/recipes?{query}"), 422, "invalid_input")


@pytest.mark.parametrize(
    "path", ["/api/v1/recipes/%ff%fe", "/api/v1/me/tokens/%00", "/%f0%28%8c", "//", "/api/v1/../me"]
)
def test_a_path_of_odd_bytes_is_not_found(user: Caller, path: str) -> None:
    _problem(user.get(path), 404, "not_found")


@pytest.mark.parametrize("kind", [kind for kind in STATUSES if kind is not errors.WranglerError])
def test_every_refusal_has_its_status(app: Flask, client: FlaskClient, kind: type[errors.WranglerError]) -> None:
    options = {"retry_after_seconds": 7} if kind is errors.TooMany else {}
    _raise_at(app, "/trouble", kind("A sentence.", code="a_code", **options))

    reported = _problem(client.get("/trouble"), STATUSES[kind].value, "a_code")
    assert reported["detail"] == "A sentence."


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(errors.TooMany("Later.", retry_after_seconds=7), "7"), (errors.Unavailable("Later."), "5")],
)
def test_what_may_be_tried_again_has_a_retry_after(
    app: Flask, client: FlaskClient, error: errors.WranglerError, seconds: str
) -> None:
    _raise_at(app, "/trouble", error)

    assert client.get("/trouble").headers["Retry-After"] == seconds


def test_facts_of_a_refusal_stand_beside_it(app: Flask, client: FlaskClient) -> None:
    refusal = errors.ImportRefused("Ragged.", errors=[FieldError("/file", "has a ragged line")], lines=[3, 9])
    _raise_at(app, "/trouble", refusal)

    reported = _problem(client.get("/trouble"), 422, "import_refused")
    assert reported["lines"] == [3, 9]
    assert reported["errors"] == [{"pointer": "/file", "detail": "has a ragged line"}]


def test_a_locked_database_gives_a_retry_after(app: Flask, client: FlaskClient) -> None:
    _raise_at(app, "/trouble", OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")))
    response = client.get("/trouble")

    _problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "SELECT" not in response.text


def test_an_unreachable_database_gives_a_retry_after(
    make_settings: Callable[..., Settings], make_client_of: Callable[[Settings], FlaskClient]
) -> None:
    client = make_client_of(make_settings(database_url="postgresql://nobody:secret@127.0.0.1:1/none"))
    response = client.post("/api/v1/auth/token", json={"email": "a@b.c", "password": "correct horse"})

    _problem(response, 503, "unavailable")
    assert "127.0.0.1" not in response.text


def test_a_failure_of_our_own_shows_nothing_of_the_inside(app: Flask, client: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    _raise_at(app, "/trouble", ZeroDivisionError("in /srv/secret/path.py"))

    response = client.get("/trouble")

    reported = _problem(response, 500, "internal_error")
    assert reported["request_id"] in reported["detail"]  # type: ignore[operator]
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_a_foreign_host_is_refused(
    make_settings: Callable[..., Settings], make_client_of: Callable[[Settings], FlaskClient]
) -> None:
    client = make_client_of(make_settings(trusted_hosts="wrangler.example"))

    assert client.get("/healthz", base_url="https://wrangler.example").status_code == 200
    _problem(client.get("/healthz", base_url="https://evil.example"), 400, "bad_request")


def test_pointers_escape_what_rfc_6901_escapes() -> None:
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"


def _raise_at(app: Flask, path: str, error: Exception) -> None:
    @access.public
    def fail() -> None:
        raise error

    app._got_first_request = False
    app.add_url_rule(path, "fail", fail)


@pytest.fixture
def make_client_of() -> Callable[[Settings], FlaskClient]:
    """A client of an application whose database may be out of reach."""
    from wrangler.app import create_app

    return lambda settings: create_app(settings).test_client(use_cookies=False)


@pytest.mark.parametrize(("is_lost", "status"), [(True, 503), (False, 500)])
def test_a_connection_that_ends_half_way_is_reported_as_an_unreachable_server(app, is_lost, status):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    cause = sqlite3.DatabaseError("server closed the connection unexpectedly")
    _raise_at(app, "/lost", DatabaseError("SELECT 1", {}, cause, connection_invalidated=is_lost))
    assert app.test_client().get("/lost").status_code == status
