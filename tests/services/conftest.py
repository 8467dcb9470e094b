"""A dataset and jobs on it, without any server: for tests of what the rows go through."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus, Job, JobKind, User
from wrangler.services.database_clock import database_now


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def rows(request: pytest.FixtureRequest, make_app, make_settings) -> Iterator[Flask]:
    """An application context on fresh tables of either database."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")()
    app = make_app(make_settings(database_url=url))
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def make_job(rows: Flask) -> Callable[..., uuid.UUID]:
    """Puts a job into the table and gives its id."""
    owner = User(email=f"{uuid.uuid4()}@example.org", name="Ada", password_hash="-")
    db.session.add(owner)
    db.session.flush()
    dataset = Dataset(
        owner_id=owner.id,
        name="table",
        filename="table.csv",
        format="csv",
        source_bytes=1,
        sha256="0" * 64,
        status=DatasetStatus.READY,
        rows=1,
    )
    db.session.add(dataset)
    db.session.commit()

    owner_id, dataset_id = owner.id, dataset.id
    db.session.rollback()  # reading the ids opened a transaction, which on SQLite keeps all other writers out

    def make(**different) -> uuid.UUID:
        job_id = uuid.uuid4()
        job = Job(
            id=job_id,
            owner_id=owner_id,
            dataset_id=dataset_id,
            kind=JobKind.IMPUTE,
            template_sha256="0" * 64,
            seed=0,
            queue="imputation",
            available_at=database_now() - timedelta(seconds=1),
        )
        for name, value in different.items():
            setattr(job, name, value)
        db.session.add(job)
        db.session.commit()
        return job_id

    return make
