"""The form of a template: made from its schema, working without scripts, with errors where they belong."""

import io
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD, Caller
from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.models import Job

EXAMPLE = Path("docs/examples/group_means.py")
FORM = "/templates/group-means/new"
SAME_SITE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
HOSTILE = '"><script>alert(1)</script>{{ 7 * 191 }}'


@pytest.fixture
def settings(make_settings):
    return make_settings(allow_custom_notebooks=True, allow_unisolated_notebooks=True)


@pytest.fixture
def dataset(user: Caller, admin: Caller) -> dict[str, Any]:
    content = io.BytesIO(EXAMPLE.read_bytes())
    made = admin.post("/api/v1/templates", data={"file": (content, "group_means.py"), "name": "group-means"})
    assert made.status_code == 201
    with PENGUINS.open("rb") as file:
        reported: dict[str, Any] = user.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}).json
    return reported


@pytest.fixture
def browser_of(app: Flask):
    """A browser that has logged in by cookie."""

    def log_in(caller: Caller) -> FlaskClient:
        client = app.test_client()
        body = {"email": caller.email, "password": PASSWORD}
        assert client.post("/api/v1/auth/login", json=body, headers=SAME_SITE).status_code == 200
        return client

    return log_in


@pytest.fixture
def send(browser_of, user: Caller, dataset: dict[str, Any]):
    client = browser_of(user)

    def post(headers: dict[str, str] = SAME_SITE, path: str = FORM, **different: Any) -> TestResponse:
        typed = {
            "dataset_id": dataset["id"],
            "seed": "1",
            "p.group": "species",
            "p.method": '"mean"',
            "p.min_rows": "5",
        }
        own = {"dataset_id", "seed", "key"}
        typed |= {name if name in own else f"p.{name}": value for name, value in different.items()}
        return client.post(path, data=typed, headers=headers)

    return post


def errors_in(response: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<p class="wrong" id="wrong-(\w+)">(.*?)</p>', response.text))


def test_a_form_first_asks_for_the_table_and_then_for_the_parameters(
    browser_of, user: Caller, other: Caller, dataset: dict[str, Any]
) -> None:
    client = browser_of(user)

    assert dataset["id"] in client.get(FORM).text
    assert "You have no table yet" in browser_of(other).get(FORM).text
    form = client.get(f"{FORM}?dataset_id={dataset['id']}").text
    positions = [form.index(f">{label}<") for label in ("Group", "Numbers", "Method", "Min rows")]
    assert positions == sorted(positions)
    assert '<option value="species">species</option>' in form
    assert '<option value="&#34;pmm&#34;" selected>pmm</option>' in form
    assert re.search(r'name="p\.min_rows" type="number" step="1"\s+min="1"\s+max="1000"', form)


def test_every_control_has_a_label_and_its_help(browser_of, user: Caller, dataset: dict[str, Any]) -> None:
    form = browser_of(user).get(f"{FORM}?dataset_id={dataset['id']}").text
    ids = re.findall(r'<(?:input|select|textarea)[^>]*\bid="(field-\w+)"', form)

    assert ids
    for control in ids:
        assert f'for="{control}"' in form or re.search(rf'<label class="truth"><input[^>]*id="{control}"', form)
    for described in re.findall(r'aria-describedby="([^"]+)"', form):
        assert all(f'id="{one}"' in form for one in described.split())


def test_a_page_needs_no_script_and_nothing_from_outside(browser_of, user: Caller, dataset: dict[str, Any]) -> None:
    client = browser_of(user)
    for path in ("/templates", FORM, f"{FORM}?dataset_id={dataset['id']}"):
        response = client.get(path)

        assert response.status_code == 200
        assert "<script" not in response.text
        assert " style=" not in response.text
        assert not re.search(r"(src|href)=\"(https?:)?//", response.text)
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
    assert client.get("/pages.css").mimetype == "text/css"


def test_a_form_submits_the_job_and_leads_to_it(app: Flask, send, browser_of, user: Caller) -> None:
    response = send(numbers=["bill_length_mm", "body_mass_g"], include_missing="on")

    assert response.status_code == 303
    with app.app_context():
        (job,) = db.session.query(Job)
        assert response.headers["Location"] == f"/jobs/{job.id}"
        assert (job.kind.value, job.seed, job.template.version) == ("custom", 1, 1)
        assert job.parameters == {
            "group": "species",
            "numbers": ["bill_length_mm", "body_mass_g"],
            "method": "mean",
            "min_rows": 5,
            "include_missing": True,
        }
    assert "queued" in browser_of(user).get(response.headers["Location"]).text


def test_a_form_sent_twice_is_one_job(app: Flask, send) -> None:
    key = str(uuid.uuid4())
    first, second = send(key=key), send(key=key)

    assert first.headers["Location"] == second.headers["Location"]
    with app.app_context():
        assert db.session.query(Job).count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"group": ""}, "group"),
        ({"group": "colour"}, "group"),
        ({"numbers": ["species", "colour"]}, "numbers"),
        ({"method": '"magic"'}, "method"),
        ({"min_rows": "0"}, "min_rows"),
        ({"min_rows": "many"}, "min_rows"),
        ({"min_rows": "1.5"}, "min_rows"),
        ({"min_rows": "9" * 5000}, "min_rows"),
        ({"min_rows": "\u00b2"}, "min_rows"),
        ({"seed": "-1"}, "seed"),
        ({"seed": "99999999999"}, "seed"),
    ],
)
def test_an_error_comes_back_at_its_field_with_what_was_typed(app: Flask, send, typed, field) -> None:
    response = send(**typed)

    assert response.status_code == 422
    assert list(errors_in(response)) == [field]
    assert f'href="#field-{field}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert "Please correct" in response.text
    with app.app_context():
        assert db.session.query(Job).count() == 0


def test_what_was_typed_is_shown_as_text(send) -> None:
    response = send(min_rows=HOSTILE, group=HOSTILE, seed=HOSTILE, key=HOSTILE)

    assert response.status_code == 422
    assert "<script>" not in response.text
    assert "1337" not in response.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["unproven", "origin", "site", "null"],
)
def test_a_page_of_another_site_submits_nothing(app: Flask, send, headers: dict[str, str]) -> None:
    assert send(headers=headers).status_code == 403
    with app.app_context():
        assert db.session.query(Job).count() == 0


def test_the_table_of_somebody_else_does_not_exist(browser_of, other: Caller, dataset: dict[str, Any]) -> None:
    client = browser_of(other)

    assert client.get(f"{FORM}?dataset_id={dataset['id']}").status_code == 404
    typed = {"dataset_id": dataset["id"], "seed": "1", "p.group": "species"}
    assert client.post(FORM, data=typed, headers=SAME_SITE).status_code == 404


def test_wranglers_own_notebooks_have_a_form_too(browser_of, user: Caller, dataset: dict[str, Any], app: Flask) -> None:
    client = browser_of(user)
    path = "/templates/correlate/new"
    assert "The coefficient" in client.get(f"{path}?dataset_id={dataset['id']}").text
    typed = {"p.method": '"spearman"', "p.exclude": "species\n island ", "p.fill_by": "", "p.min_rows": "3"}

    response = client.post(path, data={"dataset_id": dataset["id"], "seed": "0", **typed}, headers=SAME_SITE)

    assert response.status_code == 303
    with app.app_context():
        (job,) = db.session.query(Job)
        assert (job.parameters["method"], job.parameters["fill_by"]) == ("spearman", None)
        assert job.parameters["exclude"][:2] == ["species", "island"]
