"""The migration steps, on both databases."""

import uuid

import flask_migrate
import pytest
import sqlalchemy as sa

from wrangler.extensions import db
from wrangler.models import Artifact, Dataset, DatasetStatus, Job, JobKind
from wrangler.services.database_clock import database_now


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def bare_app(request, make_settings):
    """An application on a database without tables."""
    from wrangler.app import create_app

    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")()
    app = create_app(make_settings(database_url=url))
    app.config["TESTING"] = True
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_upgrading_makes_every_table_of_the_models(bare_app):
    flask_migrate.upgrade()

    assert set(sa.inspect(db.engine).get_table_names()) == {*db.metadata.tables, "alembic_version"}


def test_models_and_migrations_agree(bare_app):
    flask_migrate.upgrade()

    flask_migrate.check()


def test_downgrading_leaves_nothing_and_upgrading_works_again(bare_app):
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")

    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]

    flask_migrate.upgrade()
    flask_migrate.check()


def test_comparisons_are_jobs_only_after_their_step(bare_app):
    def checks() -> str:
        return " ".join(check["sqltext"] for check in sa.inspect(db.engine).get_check_constraints("jobs"))

    flask_migrate.upgrade()
    assert "compare" in checks()

    flask_migrate.downgrade(revision="0002")
    assert "compare" not in checks()
    assert "correlate" in checks()


def test_the_step_for_comparisons_keeps_jobs_their_artifacts_and_their_finality(bare_app):
    flask_migrate.upgrade(revision="0002")
    owner_id, dataset_id, job_id = insert_owner(), uuid.uuid4(), uuid.uuid4()
    insert("datasets", id=dataset_id, owner_id=owner_id, status="ready", **TABLE)
    insert(
        "jobs",
        id=job_id,
        owner_id=owner_id,
        dataset_id=dataset_id,
        kind="impute",
        state="succeeded",
        template_sha256="0" * 64,
        parameters={},
        seed=0,
        queue="imputation",
        priority=0,
        attempt=0,
        max_attempts=3,
        deadline_seconds=60,
        progress=1.0,
        stage="",
        available_at=database_now(),
        finished_at=database_now(),
    )
    insert("artifacts", id=uuid.uuid4(), job_id=job_id, attempt=0, name="a", media_type="-", bytes=1, sha256="0" * 64)
    db.session.commit()

    flask_migrate.upgrade()

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Artifact)) == 1
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.update(Job).values(kind=JobKind.COMPARE))


def test_the_step_for_templates_of_ones_own_can_be_taken_back(bare_app):
    def columns() -> set[str]:
        return {column["name"] for column in sa.inspect(db.engine).get_columns("jobs")}

    flask_migrate.upgrade()
    assert "template_id" in columns()

    flask_migrate.downgrade(revision="0003")
    assert "template_id" not in columns()
    assert "registered_templates" not in sa.inspect(db.engine).get_table_names()


def test_the_database_itself_has_custom_jobs_name_their_template(bare_app):
    flask_migrate.upgrade()
    columns = {"template_sha256": "0" * 64, "queue": "default", "seed": 0, "available_at": database_now()}

    with pytest.raises(sa.exc.IntegrityError, match="custom_has_template"):
        db.session.execute(
            sa.insert(Job.__table__).values(
                id=uuid.uuid4(), owner_id=uuid.uuid4(), dataset_id=uuid.uuid4(), kind=JobKind.CUSTOM, **columns
            )
        )


def test_the_step_for_imports_by_workers_takes_older_datasets_for_what_they_are(bare_app):
    flask_migrate.upgrade(revision="0004")
    insert("datasets", id=uuid.uuid4(), owner_id=insert_owner(), status="ready", **TABLE)
    db.session.commit()

    flask_migrate.upgrade()

    dataset = db.session.scalar(sa.select(Dataset))
    assert (dataset.status, dataset.progress, dataset.attempt) == (DatasetStatus.READY, 1.0, 0)


def test_going_back_before_imports_by_workers_leaves_no_import_that_nobody_would_end(bare_app):
    flask_migrate.upgrade()
    insert(
        "datasets",
        id=uuid.uuid4(),
        owner_id=insert_owner(),
        status="importing",
        lease_until=database_now(),
        progress=0.5,
        stage="reading",
        attempt=1,
        **TABLE,
    )
    db.session.commit()

    flask_migrate.downgrade(revision="0004")

    left = db.session.execute(sa.text("SELECT status, error FROM datasets")).one()
    assert left.status == "failed"
    assert "import_lost" in str(left.error)


def test_an_import_without_a_lease_is_refused_by_the_database(bare_app):
    flask_migrate.upgrade()
    insert("datasets", id=uuid.uuid4(), owner_id=insert_owner(), status="ready", **TABLE)
    with pytest.raises(sa.exc.IntegrityError, match="importing_is_leased"):
        db.session.execute(sa.update(Dataset).values(status=DatasetStatus.IMPORTING))


TABLE = {"name": "t", "filename": "t.csv", "format": "csv", "source_bytes": 1, "sha256": "0" * 64, "version": 1}


def insert_owner() -> uuid.UUID:
    owner_id = uuid.uuid4()
    facts = {"email": "ada@example.org", "name": "Ada", "password_hash": "-", "role": "user", "active": True}
    insert("users", id=owner_id, session_epoch=0, **facts)
    return owner_id


def insert(name: str, /, **values) -> None:
    """A row of a table as it is at this step: the models know it only as it is at the last one."""
    columns = {column["name"] for column in sa.inspect(db.session.connection()).get_columns(name)}
    known = db.metadata.tables[name].columns
    table = sa.table(name, *(sa.column(column.name, column.type) for column in known if column.name in columns))
    usual = {"created_at": database_now(), "updated_at": database_now()}
    usual |= {column: [] if column == "columns" else {} for column in ("columns", "import_options", "import_report")}
    given = {column: value for column, value in (usual | values).items() if column in columns}
    db.session.execute(sa.insert(table).values(**given))


def test_the_words_of_the_field_are_in_the_rows_and_back_out_of_them(bare_app):
    def keys() -> tuple[set[str], set[str]]:
        row = db.session.execute(sa.select(Dataset.columns, Dataset.import_report)).one()
        db.session.rollback()
        return set(row.columns[0]), set(row.import_report)

    flask_migrate.upgrade()
    document = {"columns": [{"name": "marker_kinds", "missing_reasons": {}}], "import_report": {"missing_reasons": {}}}
    insert("datasets", id=uuid.uuid4(), owner_id=insert_owner(), status="ready", **TABLE | document)
    db.session.commit()

    flask_migrate.downgrade(revision="0006")
    assert keys() == ({"name", "marker_kinds"}, {"marker_kinds"})
    assert "chores" in sa.inspect(db.engine).get_table_names()

    flask_migrate.upgrade()
    assert keys() == ({"name", "missing_reasons"}, {"missing_reasons"})


def test_going_back_before_hand_backs_leaves_a_job_the_attempts_that_it_has_left(bare_app):
    flask_migrate.upgrade()
    owner_id, dataset_id = insert_owner(), uuid.uuid4()
    insert("datasets", id=dataset_id, owner_id=owner_id, status="ready", **TABLE)
    insert(
        "jobs",
        id=uuid.uuid4(),
        owner_id=owner_id,
        dataset_id=dataset_id,
        kind="impute",
        state="queued",
        template_sha256="0" * 64,
        parameters={},
        seed=0,
        queue="imputation",
        priority=0,
        attempt=4,
        hand_backs=2,
        max_attempts=3,
        deadline_seconds=60,
        progress=0.0,
        stage="",
        available_at=database_now(),
    )
    db.session.commit()

    flask_migrate.downgrade(revision="0007")

    assert db.session.execute(sa.text("SELECT attempt, max_attempts FROM jobs")).one() == (4, 5)
