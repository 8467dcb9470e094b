"""The migration steps, on both databases."""

import flask_migrate
import pytest
import sqlalchemy as sa

from wrangler.extensions import db


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
