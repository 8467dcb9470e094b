"""How Alembic reaches Wrangler's database: through the Flask application that runs the command."""

from alembic import context
from flask import current_app


def _engine():
    return current_app.extensions["migrate"].db.engine


def _leave_empty_revisions_out(_context, _revision, directives) -> None:
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run() -> None:
    """Run the steps in one transaction each, on a connection of the application's own pool."""
    migrate = current_app.extensions["migrate"]
    options = {"process_revision_directives": _leave_empty_revisions_out, **migrate.configure_args}
    with _engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            transaction_per_migration=True,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
