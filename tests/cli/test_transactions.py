"""Commands that wait, for a program or for whoever reads what they print, let everybody else write meanwhile."""

import contextlib
import sqlite3
import uuid
from collections.abc import Callable
from http import HTTPStatus

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cli.conftest import Started
from tests.farm import wait_until
from tests.servers import free_port, wait_for_port
from wrangler.config import Settings
from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, Job, JobKind, JobState, User
from wrangler.services.database_clock import database_now
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow
LOCK_SECONDS = 3.0
MANY = 300  # lines: more than a pipe takes


@pytest.fixture
def job_id(app: Flask, settings: Settings) -> uuid.UUID:
    """The newest of many finished jobs, the one with a notebook; there are as many users."""
    job_id, storage = uuid.uuid4(), Storage(settings.data_dir)
    with app.app_context():
        users = [User(email=f"{number}@example.org", name="Ada", password_hash="-") for number in range(MANY)]
        db.session.add_all(users)
        db.session.flush()
        dataset = Dataset(owner_id=users[0].id, name="table", filename="a.csv", source_bytes=1, sha256="0" * 64)
        db.session.add(dataset)
        db.session.flush()
        for one in (job_id, *(uuid.uuid4() for _ in range(MANY))):
            job = Job(
                id=one, owner_id=users[0].id, dataset_id=dataset.id, kind=JobKind.IMPUTE, template_sha256="0" * 64
            )
            job.seed, job.queue, job.attempt, job.state = 0, "imputation", 1, JobState.SUCCEEDED
            job.available_at = job.finished_at = database_now()
            db.session.add(job)
        db.session.flush()
        kept = {"media_type": "-", "bytes": 2, "sha256": "0" * 64}
        db.session.add(Artifact(job_id=job_id, attempt=1, name="report.ipynb", **kept))
        for path in (storage.published(job_id, 1) / "report.ipynb", storage.table(dataset.id)):
            path.parent.mkdir(parents=True)
            path.write_text("{}")
        db.session.commit()
        db.session.remove()
    return job_id


def assert_that_others_can_write(settings: Settings) -> None:
    """A transaction that writes begins and ends on a connection of its own."""
    database = settings.data_dir / "wrangler.sqlite3"
    with contextlib.closing(sqlite3.connect(database, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")


def test_the_server_takes_a_write_while_jupyterlab_runs(
    start_flask: Callable[..., Started], client: FlaskClient, job_id: uuid.UUID
) -> None:
    port = free_port()
    person = {"email": "new@example.org", "password": "correct horse battery", "name": "Grace"}
    with start_flask("lab", str(job_id), "--port", str(port)) as lab:
        wait_for_port(port)
        created = client.post("/api/v1/auth/register", json=person)

        assert lab.poll() is None
    assert created.status_code == HTTPStatus.CREATED, created.text


def test_the_doctor_holds_no_transaction_while_it_starts_a_kernel(
    start_flask: Callable[..., Started], settings: Settings, job_id: uuid.UUID
) -> None:
    assert job_id
    with start_flask("doctor") as doctor:
        wait_until(lambda: psutil.Process(doctor.pid).children())

        assert_that_others_can_write(settings)
        assert doctor.poll() is None


@pytest.mark.parametrize("command", [("user", "list"), ("job", "list", "--limit", str(MANY))], ids=["user", "job"])
def test_a_list_whose_reader_pauses_keeps_nobody_from_writing(
    start_flask: Callable[..., Started], settings: Settings, job_id: uuid.UUID, command: tuple[str, ...]
) -> None:
    assert job_id
    with start_flask(*command) as listing:
        assert listing.stdout is not None
        listing.stdout.readline()

        assert_that_others_can_write(settings)
        assert listing.poll() is None
