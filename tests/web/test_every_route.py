"""Every route of the application, pages and API, with things in each of their states: none fails, what is there shows.

A route that the walk cannot fill, because it has a new placeholder or takes a body, fails a test by its name: say below
what to send it.
"""

import html
import io
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask, got_request_exception

from tests.conftest import PASSWORD
from tests.web import world as worlds
from tests.web.routes import names_in
from tests.web.world import FILES, MISSING, SUCCEEDED, Examples, World, make_templates, make_world
from wrangler.app import create_app
from wrangler.config import Environment, Settings
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, JobState, Role, User
from wrangler.services import accounts, templates
from wrangler.web import access
from wrangler.web.access import Access

pytestmark = pytest.mark.slow

NOTEBOOK = Path("docs/examples/group_means.py")
TABLE = b"a,b,c\n1,x,2.5\n2,,\n,y,0.5\n4,x,1.5\n"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
Body = dict[str, Any]

QUERIES = {
    "datasets.download_dataset": ["", "?format=parquet", "?format=jsonl", "?format=xlsx"],
    "datasets.list_datasets": ["", *(f"?status={status.value}" for status in DatasetStatus)],
    "jobs.list_jobs": ["", *(f"?state={state.value}" for state in JobState)],
    "jobs.delete_jobs": [f"?state={state.value}" for state in JobState if state.is_final],
    "job_reports.show_report": ["", "?format=html"],
}


def _upload(content: bytes = TABLE, filename: str = "table.csv", **fields: str) -> Body:
    return {"data": {"file": (io.BytesIO(content), filename)} | fields}


def _of_datasets(**body: Any) -> Callable[[World], list[Body]]:
    return lambda world: [{"json": {"dataset_id": each} | body} for each in world["dataset_id"].values()]


def _forms(world: World) -> list[Body]:
    chosen = [*world["dataset_id"].values(), "none"]
    typed = {"seed": "1", "p.group": "b", "p.method": '"mean"', "p.min_rows": "5"}
    return [{"data": {"dataset_id": each} | typed} for each in chosen]


BODIES: dict[str, Callable[[World], list[Body]]] = {
    "admin.change_user": lambda _: [{"json": {"role": "admin"}}, {"json": {"active": False}}],
    "admin.initialize_database": lambda _: [{}],
    "auth.issue_token": lambda world: [{"json": {"email": world.caller.email, "password": PASSWORD}}],
    "auth.log_in": lambda world: [{"json": {"email": world.caller.email, "password": PASSWORD}}],
    "auth.log_out": lambda _: [{}],
    "auth.register": lambda _: [{"json": {"email": f"{uuid.uuid4()}@example.org", "password": PASSWORD}}],
    "datasets.change_dataset": lambda _: [
        {"json": {"name": "renamed", "columns": [{"name": "a", "role": "id"}]}},
        {"json": {"name": "renamed"}},
    ],
    "datasets.make_version": lambda _: [
        {"json": {"options": {"delimiter": ","}}, "headers": {"Prefer": "respond-async"}},
    ],
    "datasets.upload_dataset": lambda _: [_upload() | {"headers": {"Prefer": "respond-async"}}],
    "jobs.cancel_job": lambda _: [{}],
    "jobs.rerun_job": lambda _: [{"json": {}}, {"json": {"seed": 2, "parameters": {"method": "median"}}}],
    "jobs.retry_job": lambda _: [{}],
    "jobs.submit_job": _of_datasets(kind="impute", parameters={"method": "mean"}),
    "me.change_me": lambda _: [{"json": {"name": "Ada"}}],
    "me.change_password": lambda _: [{"json": {"current_password": PASSWORD, "new_password": f"{PASSWORD} 2"}}],
    "me.create_token": lambda _: [{"json": {"name": "script"}}],
    "old_initialize_database": lambda _: [{}],
    "pages.take_form": _forms,
    "recipes.apply_recipe": _of_datasets(),
    "recipes.change_recipe": lambda _: [{"json": {"parameters": {"method": "median"}}}],
    "recipes.save_recipe": lambda _: [{"json": {"name": "recipe", "parameters": {"method": "mean"}}}],
    "templates.register_template": lambda _: [_upload(NOTEBOOK.read_bytes(), "means.py", name="newer-means")],
}

# What a GET answers that is not 200, by endpoint and the state of what it is asked for. "*" stands for every state.
NOT_FOUND, CONFLICT = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
UNFINISHED = ("queued", "queued again", "running", "running, to be cancelled")
WITHOUT_FILES = (*UNFINISHED, "succeeded, files gone", "cancelled", "cancelled while queued", "timed_out")
NOT_READY = dict.fromkeys(("uploaded", "importing", "failed"), CONFLICT) | {"ready, files gone": NOT_FOUND}
GONE = {"retired": NOT_FOUND}
OTHERWISE: dict[str, dict[str, HTTPStatus]] = {
    "admin.show_redis": {"*": NOT_FOUND},
    "old_show_redis": {"*": NOT_FOUND},
    "datasets.download_dataset": NOT_READY,
    "datasets.list_rows": NOT_READY,
    "datasets.show_profile": NOT_READY,
    "job_reports.show_report": dict.fromkeys(WITHOUT_FILES, NOT_FOUND),
    "me.show_token": {"expired": NOT_FOUND},
    "jobs.download_notebook": dict.fromkeys(WITHOUT_FILES, NOT_FOUND),
    "jobs.download_artifact": dict.fromkeys(WITHOUT_FILES, NOT_FOUND),
    "templates.show_template": GONE,
    "templates.show_template_schema": GONE,
    "pages.show_form": GONE,
}


@dataclass(frozen=True)
class Visit:
    """One call and what came of it."""

    endpoint: str
    method: str
    path: str
    conditions: tuple[str, ...]
    status: int
    content_type: str
    body: str
    message_on_timeout: str

    def __str__(self) -> str:
        of = f" of {', '.join(self.conditions)}" if self.conditions else ""
        return (
            f"{self.endpoint}: {self.method} {self.path}{of} answers {self.status} {self.message_on_timeout}".rstrip()
        )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for the whole walk, whose own failures are answers."""
    app = create_app(
        Settings(
            env=Environment.TESTING,
            data_dir=tmp_path_factory.mktemp("every-route") / "var",
            ratelimit_enabled=False,
            log_level="ERROR",
            allow_custom_notebooks=True,
            allow_unisolated_notebooks=True,
        )
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        db.create_all()
        flask_migrate.stamp()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def examples(app: Flask) -> Examples:
    with app.app_context():
        first = accounts.register("first@example.org", PASSWORD, role=Role.ADMIN)
        template = templates.register(first.id, "group-means", NOTEBOOK.name, NOTEBOOK.read_bytes(), _settings(app))
        made = Examples(None, db.session.get(User, first.id).password_hash, template)  # type: ignore[arg-type, union-attr]
        make_templates(template)
        db.session.refresh(template)
        db.session.expunge(template)
    world_less = app.test_client(use_cookies=False)
    login = world_less.post("/api/v1/auth/token", json={"email": "first@example.org", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}
    imported = world_less.post("/api/v1/datasets", headers=headers, **_upload())
    assert imported.status_code == HTTPStatus.CREATED, imported.json
    with app.app_context():
        made.dataset = db.session.get(Dataset, uuid.UUID(imported.json["id"]))  # type: ignore[assignment]
        db.session.expunge(made.dataset)
    return made


@pytest.fixture(scope="module")
def visits(app: Flask, examples: Examples) -> list[Visit]:
    """The walk: what only reads comes first and shares a world; each other route has one of its own to change."""
    found: list[Visit] = []
    shared = make_world(app, examples, role=Role.ADMIN)
    for endpoint, method, path in sorted(_routes(app), key=lambda route: (route[1] in UNSAFE, route)):
        if not _missing_files(endpoint, method, path):  # `test_the_walk_can_fill_every_route` names the others
            world = make_world(app, examples, role=Role.ADMIN) if method in UNSAFE else shared
            found.extend(_visit(app, world, endpoint, method, path))
    return found


def test_the_walk_can_fill_every_route(app: Flask) -> None:
    _expect_none(
        f"{endpoint} ({method} {path}) needs {what}: say what to send"
        for endpoint, method, path in _routes(app)
        if (what := _missing_files(endpoint, method, path))
    )


def test_the_walk_names_no_route_that_is_gone(app: Flask) -> None:
    assert {*BODIES, *QUERIES, *OTHERWISE} - set(app.view_functions) == set()


def test_the_walk_meets_things_in_each_of_their_states() -> None:
    states = {how.get("state", JobState.QUEUED) for how in worlds.JOBS.values()}
    statuses = {how.get("status", DatasetStatus.READY) for how in worlds.DATASETS.values()}

    assert states == set(JobState)
    assert statuses == set(DatasetStatus)


def test_no_route_fails_in_any_state(visits: list[Visit]) -> None:
    _expect_none(str(visit) for visit in visits if visit.status >= HTTPStatus.INTERNAL_SERVER_ERROR)


def test_what_is_there_is_shown_and_what_is_not_is_refused(visits: list[Visit]) -> None:
    _expect_none(
        f"{visit}, not {expected}"
        for visit in visits
        if visit.method == "GET" and visit.status != (expected := _expected(visit))
    )


def test_each_change_succeeds_in_some_state(visits: list[Visit]) -> None:
    """What the walk sends is sound, so that it reaches the end of each view and not only its first refusal."""
    changes = {visit.endpoint: visit for visit in visits if visit.method in UNSAFE}
    done = {visit.endpoint for visit in visits if visit.status < HTTPStatus.BAD_REQUEST}

    _expect_none(f"{visit} {visit.body}" for endpoint, visit in changes.items() if endpoint not in done)


def test_no_answer_names_its_charset_twice(visits: list[Visit]) -> None:
    _expect_none(
        f"{visit}: {visit.content_type}" for visit in visits if visit.content_type.lower().count("charset") > 1
    )


def test_every_text_names_its_charset(visits: list[Visit]) -> None:
    """A browser guesses otherwise, by the language of its user."""
    shown = [visit for visit in visits if visit.content_type.startswith("text/") and visit.status == HTTPStatus.OK]

    _expect_none(f"{visit}: {visit.content_type}" for visit in shown if "charset=utf-8" not in visit.content_type)


def test_every_link_of_a_page_leads_somewhere(app: Flask, visits: list[Visit]) -> None:
    known = {visit.path: visit.status for visit in visits if visit.method == "GET"}
    pages = [visit for visit in visits if visit.content_type.startswith("text/html") and visit.status == HTTPStatus.OK]
    router = app.url_map.bind("localhost")

    assert pages
    _expect_none(
        f"{visit.path}: {link}"
        for visit in pages
        for link in _links(visit.body)
        if not (known.get(link) or router.test(link.partition("?")[0]))
    )


def test_the_page_of_a_finished_job_leads_to_its_report_and_its_files(visits: list[Visit]) -> None:
    (page,) = (visit for visit in visits if visit.endpoint == "pages.show_job" and visit.conditions == (SUCCEEDED,))
    statuses = {visit.path: visit.status for visit in visits if visit.method == "GET"}
    files = [link for link in _links(page.body) if link.startswith("/api/v1/jobs/")]

    assert len(files) == len(FILES)
    assert {statuses[link] for link in files} == {HTTPStatus.OK}


def _expect_none(faults: Iterable[str]) -> None:
    listed = list(faults)
    assert not listed, "\n".join(listed)


def _settings(app: Flask) -> Settings:
    from wrangler.config import settings_of

    return settings_of(app)


def _routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and path of every route, the pages and those that describe the API among them."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method, rule.rule


def _values(world: World | None, endpoint: str, placeholder: str) -> dict[str, str] | None:
    """By condition, what a placeholder of a route can be; None when nobody has said it."""
    blueprint = endpoint.partition(".")[0]
    if placeholder == "name" and blueprint == "documents":
        return {"swagger": "swagger", "redoc": "redoc"}
    if placeholder == "asset":
        return {"script": "js/swagger-ui-bundle.js", "style": "css/swagger-ui.css"}
    if placeholder == "name" and endpoint == "jobs.download_artifact":
        return {name: name for name in FILES} | {MISSING: "nothing.txt"}
    if placeholder == "name" and blueprint in {"templates", "pages"}:
        own = {"own": "impute", "own, other": "compare"}
        return own | {"registered": "group-means", "retired": "retired-one", "notebook gone": "gone-one", MISSING: "x"}
    if placeholder not in {"dataset_id", "job_id", "recipe_id", "token_id", "user_id"}:
        return None
    return {} if world is None else world[placeholder]


def _missing_files(endpoint: str, method: str, path: str) -> str:
    """What the walk does not know of a route: placeholders, or a body."""
    unknown = [f"<{name}>" for name in names_in(path) if _values(None, endpoint, name) is None]
    if method in UNSAFE - {"DELETE"} and endpoint not in BODIES:
        unknown.append("a body")
    return " and ".join(unknown)


def _visit(app: Flask, world: World, endpoint: str, method: str, path: str) -> Iterator[Visit]:
    names = names_in(path)
    choices = [list((_values(world, endpoint, name) or {}).items()) for name in names]
    is_public = access.declared(app, endpoint) is Access.PUBLIC
    for chosen in product(*choices):
        filled = path
        if _says_nothing_new(endpoint, [condition for condition, _ in chosen]):
            continue
        for name, (_, value) in zip(names, chosen, strict=True):
            filled = re.sub(rf"<(?:[^<>:]+:)?{name}>", value, filled)
        for query, body in product(QUERIES.get(endpoint, [""]), BODIES.get(endpoint, lambda _: [{}])(world)):
            options = dict(body)
            headers = ({} if is_public else world.caller.headers) | options.pop("headers", {})
            errors: list[str] = []

            def note(_: Flask, exception: Exception, errors: list[str] = errors, **__: Any) -> None:
                errors.append(repr(exception)[:300])

            with got_request_exception.connected_to(note, app):
                response = world.caller.client.open(filled + query, method=method, headers=headers, **options)
            is_read = response.mimetype in {"text/html", "application/json", "application/problem+json"}
            yield Visit(
                endpoint,
                method,
                filled + query,
                tuple(condition for condition, _ in chosen),
                response.status_code,
                response.content_type or "",
                response.text if is_read else "",
                "; ".join(errors),
            )
            response.close()


def _says_nothing_new(endpoint: str, conditions: list[str]) -> bool:
    """One file of each job, and all files of one."""
    return endpoint == "jobs.download_artifact" and conditions[0] != SUCCEEDED and conditions[1] != "report.html"


def _expected(visit: Visit) -> HTTPStatus:
    if MISSING in visit.conditions:
        return NOT_FOUND
    otherwise = OTHERWISE.get(visit.endpoint, {})
    if visit.endpoint == "documents.asset" and "redoc" in visit.conditions:
        return NOT_FOUND  # the examples are assets of Swagger UI
    found = [otherwise[condition] for condition in (*visit.conditions, "*") if condition in otherwise]
    return found[0] if found else HTTPStatus.OK


def _links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'(?:href|action)="(/[^"]*)"', page)]
