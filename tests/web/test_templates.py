"""Custom templates over HTTP: who registers them, what they are, and how they are requested; nothing runs here."""

import io
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wrangler.config import Environment
from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.models import AuditEvent, Job, RegisteredTemplate
from wrangler.sandbox import isolation
from wrangler.services import templates as service
from wrangler.services.templates import Unsafe

TEMPLATES, JOBS = "/api/v1/templates", "/api/v1/jobs"
EXAMPLE = Path("docs/examples/group_means.py")


@pytest.fixture
def settings(make_settings):
    """Where the machine lacks namespaces these tests hold as well: nothing runs in them."""
    return make_settings(allow_custom_notebooks=True, allow_unisolated_notebooks=True)


@pytest.fixture
def register(admin):
    def send(caller=admin, name="group-means", content=None, filename="group_means.py"):
        content = EXAMPLE.read_bytes() if content is None else content
        return caller.post(TEMPLATES, data={"file": (io.BytesIO(content), filename), "name": name})

    return send


@pytest.fixture
def submit(user):
    with PENGUINS.open("rb") as file:
        dataset = user.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}).json

    def send(**different):
        body = {"kind": "custom", "template": "group-means", "dataset_id": dataset["id"], **different}
        body.setdefault("parameters", {"group": "species"})
        return user.post(JOBS, json=body)

    return send


def pointers(response):
    return [error["pointer"] for error in response.json["errors"]]


def test_a_registered_template_is_listed_beside_wranglers_own(register, user):
    response = register()
    listed = {item["name"]: item for item in user.get(TEMPLATES).json["items"]}

    assert response.status_code == 201
    assert response.headers["Location"] == f"{TEMPLATES}/group-means"
    assert listed["group-means"] == response.json == user.get(response.headers["Location"]).json
    assert (response.json["kind"], response.json["version"]) == ("custom", 1)
    assert (listed["impute"]["kind"], listed["impute"]["version"]) == ("impute", None)


@pytest.mark.parametrize("name", ["group-means", "impute"])
def test_the_schema_of_a_template_is_json_schema_with_a_title(register, user, name):
    register()
    schema = user.get(f"{TEMPLATES}/{name}/schema").json

    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    assert min(one["x-order"] for one in schema["properties"].values()) == 0


def test_a_known_name_gets_its_next_version_and_the_earlier_one_stays(app, register):
    first = register().json
    second = register(content=EXAMPLE.read_bytes() + b"\n# %%\n1 + 1\n").json

    assert (second["version"], second["sha256"] != first["sha256"]) == (2, True)
    with app.app_context():
        kept = db.session.query(RegisteredTemplate).order_by(RegisteredTemplate.version).all()
        assert [(one.version, one.sha256) for one in kept] == [(1, first["sha256"]), (2, second["sha256"])]


def test_only_administrators_register_and_retire(register, user):
    register()

    assert register(caller=user).status_code == 403
    assert user.delete(f"{TEMPLATES}/group-means").status_code == 403
    assert user.get(f"{TEMPLATES}/group-means").status_code == 200


def test_registering_and_retiring_is_audited(app, register, admin):
    register()
    admin.delete(f"{TEMPLATES}/group-means")

    with app.app_context():
        done = db.session.query(AuditEvent).filter(AuditEvent.action.startswith("template.")).all()
        assert {(one.action, str(one.user_id), one.details["name"]) for one in done} == {
            ("template.registered", admin.id, "group-means"),
            ("template.retired", admin.id, "group-means"),
        }


def test_a_retired_template_is_gone_and_its_name_goes_on_counting(register, admin, user, submit):
    register()
    assert admin.delete(f"{TEMPLATES}/group-means").status_code == 204

    assert user.get(f"{TEMPLATES}/group-means").status_code == 404
    assert admin.delete(f"{TEMPLATES}/group-means").status_code == 404
    assert pointers(submit()) == ["/template"]
    assert register().json["version"] == 2
    assert pointers(submit(template_version=1)) == ["/template"]


@pytest.mark.parametrize("name", ["impute", "custom", "Impute", "a", "-a", "a/b", "../a", "a" * 61, "ä", "a b", "a\n"])
def test_a_name_that_cannot_be_one_is_refused(register, name):
    response = register(name=name)

    assert (response.status_code, pointers(response)) == (422, ["/name"])


def test_every_error_of_a_notebook_is_reported_at_its_cell(register):
    response = register(content=EXAMPLE.read_bytes() + b"\n# %%\nx = (\n\n# %%\n%matplotlib\n")

    assert (response.status_code, response.json["code"]) == (422, "template_refused")
    assert pointers(response) == ["/file/cells/11", "/file/cells/12"]


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(admin):
    response = admin.post(TEMPLATES, data=b"#" * 3_000_000, content_type="multipart/form-data; boundary=x")

    assert response.status_code == 413


def test_a_custom_job_keeps_the_version_it_was_ordered_with(app, register, submit, user):
    register()
    first = submit().json
    register()

    assert first["template"] == {"name": "group-means", "version": 1}
    assert submit().json["template"]["version"] == 2
    assert submit(template_version=1).json["template"]["version"] == 1
    assert user.post(f"{JOBS}/{first['id']}/rerun", json={}).json["template"]["version"] == 1
    with app.app_context():
        assert {job.queue for job in db.session.query(Job)} == {"analysis"}
    assert len(user.get(f"{JOBS}?kind=custom").json["items"]) == 4


def test_a_job_request_gets_the_defaults_of_the_template(register, submit):
    register()

    assert submit(parameters={"group": "island"}).json["parameters"] == {
        "group": "island",
        "numbers": [],
        "method": "pmm",
        "min_rows": 5,
        "include_missing": False,
    }


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({}, "/parameters/group"),
        ({"group": "colour"}, "/parameters/group"),
        ({"group": "species", "numbers": ["bill_length_mm", "colour"]}, "/parameters/numbers/1"),
        ({"group": "species", "min_rows": 0}, "/parameters/min_rows"),
        ({"group": "species", "min_rows": "5"}, "/parameters/min_rows"),
        ({"group": "species", "method": "magic"}, "/parameters/method"),
        ({"group": "species", "seed": 1}, "/parameters/seed"),
        ({"group": "species", "x = 1\nimport os": 1}, "/parameters/x = 1\nimport os"),
    ],
)
def test_what_does_not_fit_the_template_is_refused_at_its_field(register, submit, parameters, pointer):
    register()
    response = submit(parameters=parameters)

    assert (response.status_code, pointers(response)) == (422, [pointer])


def test_names_that_wranglers_own_notebooks_give_a_meaning_have_none_here(register, submit):
    """`columns: int` is a list of names elsewhere."""
    script = (
        '# %% [markdown]\n# # T\n# %% tags=["parameters"]\ncolumns: int = 3\nholdout: str = "a"\nmethods: bool = True\n'
        'draws: float = 1.5\nbounds: list[int] = [1]\nseed: int = 0\ndataset_file: str = ""\ndataset_name: str = ""\n'
    )
    assert register(content=script.encode()).status_code == 201

    assert submit(parameters={}).status_code == 202


def test_a_template_is_named_by_custom_jobs_and_by_no_others(register, submit):
    register()

    assert pointers(submit(template=None)) == ["/template"]
    assert pointers(submit(kind="impute", parameters={})) == ["/template"]
    assert pointers(submit(template="other")) == ["/template"]
    assert pointers(submit(template_version=9)) == ["/template"]


def test_nothing_is_registered_listed_or_ordered_where_it_is_not_wanted(register, submit, app, make_settings, make_app):
    register()
    other = make_app(make_settings())
    with other.app_context():
        assert service.newest(make_settings()) == []
    from wrangler.config import EXTENSION

    app.extensions[EXTENSION] = make_settings()
    assert (register().status_code, register().json["code"]) == (403, "templates_off")
    assert (submit().status_code, submit().json["code"]) == (403, "templates_off")


def test_commands_do_what_the_api_does(app, tmp_path):
    run = app.test_cli_runner().invoke
    broken = tmp_path / "broken.py"
    broken.write_text("# %%\nx = (")

    added = run(args=["template", "add", str(EXAMPLE)])
    assert added.output == "group-means version 1 registered: Group means before and after imputation\n"
    assert "group-means" in run(args=["template", "list"]).output
    assert run(args=["template", "remove", "group-means"]).exit_code == 0
    assert run(args=["template", "list"]).output == ""
    refused = run(args=["template", "add", str(broken)])
    assert (refused.exit_code, "title of the template" in refused.output) == (1, True)


@pytest.fixture
def bare_machine(monkeypatch):
    """As on a machine whose administrator forbids user namespaces."""
    monkeypatch.setattr(isolation, "missing_capability", lambda: "unshare: Operation not permitted")


def production(make_settings, **different):
    return make_settings(env=Environment.PRODUCTION, secret_key="x" * 48, allow_custom_notebooks=True, **different)


def test_production_does_not_start_where_notebooks_cannot_be_kept_apart(bare_machine, make_settings, make_app):
    with pytest.raises(Unsafe, match="cannot isolate such notebooks: unshare"):
        make_app(production(make_settings))


def test_the_operator_may_allow_unisolated_notebooks(bare_machine, make_settings):
    settings = production(make_settings, allow_unisolated_notebooks=True)

    assert "They run all the same" in service.refuse_unsafe(settings)
    assert service.is_isolated(settings) is False


def test_a_laptop_starts_with_a_warning_and_runs_none(bare_machine, make_settings, make_app):
    settings = make_settings(allow_custom_notebooks=True)
    make_app(settings)

    assert "No job of that kind is run" in service.refuse_unsafe(settings)
    with pytest.raises(service.NotAllowed, match="cannot isolate such a notebook"):
        service.is_isolated(settings)


def test_production_does_not_start_where_every_sandbox_would_show_the_data(make_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(isolation, "_SYSTEM", (str(tmp_path),))

    with pytest.raises(Unsafe, match="WRANGLER_DATA_DIR"):
        service.refuse_unsafe(production(make_settings))


def test_nothing_is_asked_of_the_machine_where_notebooks_are_not_wanted(bare_machine, make_settings):
    assert service.refuse_unsafe(make_settings(env=Environment.PRODUCTION, secret_key="x" * 48)) is None
