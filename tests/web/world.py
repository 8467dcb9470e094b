"""Somebody who owns one of everything, in each of its states: rows and small files, with nothing run to make them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from tests.conftest import Caller
from wrangler.extensions import db
from wrangler.files import file_sha256
from wrangler.models import (
    ApiToken,
    Artifact,
    AuditEvent,
    Dataset,
    DatasetStatus,
    Job,
    JobKind,
    JobState,
    Recipe,
    RegisteredTemplate,
    Role,
    User,
    Worker,
    now,
)
from wrangler.notebook.protocol import LIVE_LOG_FILE
from wrangler.queue_names import QUEUES
from wrangler.services import AccessTokens, Storage
from wrangler.services.storage import link_or_copy

READY = "ready"
SUCCEEDED = "succeeded"
ATTEMPT = 1
FILES = {
    "report.ipynb": ("application/x-ipynb+json", b"{}"),
    "report.html": ("text/html", b"<!DOCTYPE html><title>Report</title>"),
    "result.json": ("application/json", b"{}"),
    "imputed.parquet": ("application/vnd.apache.parquet", b"PAR1"),
    "table_imputed.csv": ("text/csv", b"a,b\n1,2\n"),
    "notes.txt": ("text/plain", b"one line\n"),
    "chart.png": ("image/png", b"\x89PNG"),
    "old.csv": ("text/csv; charset=utf-8", b"a\n1\n"),
}
FAILURE = {"code": "KERNEL_DIED", "message": "The kernel ended.", "cell": 3}
JOBS: dict[str, dict[str, Any]] = {
    "queued": {},
    "queued again": {"attempt": ATTEMPT, "stage": "waits for another attempt"},
    "running": {"state": JobState.RUNNING},
    "running, to be cancelled": {"state": JobState.RUNNING, "cancel_requested_at": now()},
    SUCCEEDED: {"state": JobState.SUCCEEDED, "progress": 1.0, "result": {"method": "auto"}},
    "succeeded, files gone": {"state": JobState.SUCCEEDED, "progress": 1.0},
    "failed": {"state": JobState.FAILED, "error": FAILURE},
    "failed before a cell": {"state": JobState.FAILED, "error": {"code": "WORKER_LOST", "message": "Lost."}},
    "cancelled": {"state": JobState.CANCELLED, "error": {"code": "CANCELLED", "message": "Cancelled."}},
    "cancelled while queued": {"state": JobState.CANCELLED, "attempt": 0},
    "timed_out": {"state": JobState.TIMED_OUT, "error": {"code": "TIMED_OUT", "message": "Took too long."}},
    **{kind.value: {"state": JobState.SUCCEEDED, "kind": kind} for kind in JobKind if kind is not JobKind.IMPUTE},
}
DATASETS: dict[str, dict[str, Any]] = {
    "uploaded": {"status": DatasetStatus.UPLOADED, "progress": 0.0, "columns": [], "rows": None},
    "importing": {"status": DatasetStatus.IMPORTING, "progress": 0.5, "columns": [], "rows": None, "attempt": 1},
    READY: {},
    "ready, without jobs": {},
    "ready, files gone": {},
    "failed": {
        "status": DatasetStatus.FAILED,
        "columns": [],
        "rows": None,
        "error": {"code": "import_refused", "message": "No table.", "errors": []},
    },
}
TOKENS: dict[str, dict[str, Any]] = {
    "live": {},
    "used": {"last_used_at": now()},
    "expired": {"expires_at": now() - timedelta(days=1)},
}
USERS: dict[str, dict[str, Any]] = {"open": {}, "closed": {"active": False}, "administrator": {"role": Role.ADMIN}}
RECIPES = {"first version": 1, "newest version": 2}
TEMPLATES: dict[str, dict[str, Any]] = {"registered": {}, "retired": {"active": False}, "notebook gone": {}}
MISSING = "not there"
"""The condition of an id that nothing has."""


@dataclass
class Examples:
    """What is made once and shared by all worlds: an imported dataset, a password, a registered notebook."""

    dataset: Dataset
    password_hash: str
    template: RegisteredTemplate


@dataclass
class World:
    """By placeholder and condition: what to put into a route."""

    caller: Caller
    ids: dict[str, dict[str, str]] = field(default_factory=dict)

    def __getitem__(self, placeholder: str) -> dict[str, str]:
        return self.ids[placeholder]


def make_world(app: Flask, examples: Examples, *, role: Role) -> World:
    """A caller and one of everything in each condition, all theirs but the other accounts."""
    with app.app_context():
        owner = _person(examples, role=role)
        db.session.add(owner)
        db.session.flush()
        made = dict(_everything(owner.id, examples))
        db.session.commit()
        ids = {
            placeholder: {name: str(row.id) for name, row in rows.items()} | {MISSING: str(uuid.uuid4())}
            for placeholder, rows in made.items()
        }
        token = AccessTokens(app.config["SECRET_KEY"], 600).issue(owner).access_token
        return World(Caller(app.test_client(use_cookies=False), str(owner.id), owner.email, token), ids)


def make_templates(example: RegisteredTemplate) -> dict[str, str]:
    """Registered templates in each condition, by name; the example itself is the one that can be ordered."""
    names = {"registered": example.name, "retired": "retired-one", "notebook gone": "gone-one"}
    for condition, different in TEMPLATES.items():
        if condition == "registered":
            continue
        sha256 = "0" * 64 if condition == "notebook gone" else example.sha256
        row = RegisteredTemplate(
            name=names[condition],
            title=condition,
            sha256=sha256,
            source_sha256=example.source_sha256,
            parameters_schema=example.parameters_schema,
            **different,
        )
        db.session.add(row)
    db.session.commit()
    return names


def _everything(owner_id: uuid.UUID, examples: Examples) -> Iterator[tuple[str, dict[str, Any]]]:
    datasets = {name: _dataset(owner_id, examples.dataset, name, **how) for name, how in DATASETS.items()}
    db.session.add_all(datasets.values())
    db.session.flush()
    jobs = {name: _job(owner_id, datasets[READY].id, examples.template.id, name, **how) for name, how in JOBS.items()}
    db.session.add_all(jobs.values())
    people = {name: _person(examples, **how) for name, how in USERS.items()}
    db.session.add_all(people.values())
    recipe_name = str(uuid.uuid4())
    recipes = {
        name: Recipe(owner_id=owner_id, name=recipe_name, version=version, parameters={"method": "mean"})
        for name, version in RECIPES.items()
    }
    tokens = {
        name: ApiToken(user_id=owner_id, name=name, token_sha256=uuid.uuid4().hex * 2, scopes=["read"], **how)
        for name, how in TOKENS.items()
    }
    db.session.add_all([*recipes.values(), *tokens.values()])
    db.session.add(AuditEvent(user_id=owner_id, action="dataset.changed", subject="dataset"))
    if not db.session.query(Worker).count():
        db.session.add(Worker(name="host:1", queues=list(QUEUES), seen_at=now()))
    db.session.flush()
    yield "dataset_id", datasets
    yield "job_id", jobs
    yield "user_id", people
    yield "recipe_id", recipes
    yield "token_id", tokens


def _person(examples: Examples, **different: Any) -> User:
    address = f"{uuid.uuid4()}@example.org"
    return User(email=address, name="Somebody", password_hash=examples.password_hash, **different)


def _dataset(owner_id: uuid.UUID, example: Dataset, condition: str, **different: Any) -> Dataset:
    copied = ("filename", "format", "source_bytes", "sha256", "rows", "columns", "import_options", "import_report")
    facts = {name: getattr(example, name) for name in copied} | {"status": DatasetStatus.READY} | different
    if facts["status"] is DatasetStatus.IMPORTING:
        facts["lease_until"] = now() + timedelta(hours=1)
    dataset = Dataset(id=uuid.uuid4(), owner_id=owner_id, name=condition, **facts)
    storage = Storage(_data_dir())
    if "gone" not in condition:
        folder = storage.new_dataset_folder(dataset.id)
        link_or_copy(storage.source(example.id), folder / "source")
        if dataset.status is DatasetStatus.READY:
            link_or_copy(storage.table(example.id), storage.table(dataset.id))
            for form in ("csv", "jsonl", "xlsx"):  # as if somebody had downloaded it before: making them takes a child
                (folder / f"export.{form}").write_bytes(b"a,b\n")
    return dataset


def _job(owner_id: uuid.UUID, dataset_id: uuid.UUID, template_id: uuid.UUID, condition: str, **different: Any) -> Job:
    facts = {"kind": JobKind.IMPUTE, "state": JobState.QUEUED} | different
    state = facts["state"]
    if state is not JobState.QUEUED:
        facts.setdefault("attempt", ATTEMPT)
        facts["started_at"] = now()
    if state is JobState.RUNNING:
        facts |= {"worker": "host:1", "lease_until": now() + timedelta(hours=1), "progress": 0.4, "stage": "Fill"}
    if state.is_final:
        facts["finished_at"] = now()
    if facts["kind"] is JobKind.CUSTOM:
        facts["template_id"] = template_id
    job = Job(
        id=uuid.uuid4(),
        owner_id=owner_id,
        dataset_id=dataset_id,
        template_sha256="0" * 64,
        seed=0,
        queue="imputation",
        available_at=now(),
        **facts,
    )
    storage = Storage(_data_dir())
    if state is JobState.RUNNING:
        (storage.new_run_folder(job.id, ATTEMPT) / LIVE_LOG_FILE).write_text("so far\n")
    if state in (JobState.SUCCEEDED, JobState.FAILED):
        _publish(job, storage.published(job.id, ATTEMPT), leave=condition != "succeeded, files gone")
    return job


def _publish(job: Job, folder: Path, *, leave: bool) -> None:
    """The files of a finished job: of one that failed its notebook and report only."""
    folder.mkdir(parents=True)
    names = list(FILES) if job.state is JobState.SUCCEEDED else ["report.ipynb", "report.html"]
    for name in names:
        media_type, content = FILES[name]
        file = folder / name
        file.write_bytes(content)
        facts = {"bytes": len(content), "sha256": file_sha256(file)}
        job.artifacts.append(Artifact(attempt=ATTEMPT, name=name, media_type=media_type, **facts))
        if not leave:
            file.unlink()
    (folder / LIVE_LOG_FILE).write_text("all of it\n")


def _data_dir() -> Path:
    from wrangler.web.context import settings

    return settings().data_dir
