"""Administrators may register notebooks, which run as jobs of the kind custom.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 02:05:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FORMER = "'impute', 'analyze', 'correlate', 'compare'"
WITH_CUSTOM = f"{FORMER}, 'custom'"
IS_CUSTOM = "(kind = 'custom') = (template_id IS NOT NULL)"
Instant = sa.DateTime(timezone=True)
JsonDocument = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
FORMER_COLUMNS = (
    "attempt, available_at, cancel_requested_at, cpu_seconds, created_at, dataset_id, deadline_seconds, dispatched_at, "
    "error, finished_at, heartbeat_at, idempotency_key, kind, lease_until, max_attempts, owner_id, parameters, "
    "peak_memory_bytes, priority, progress, queue, request_sha256, result, seed, stage, started_at, state, "
    "template_sha256, worker"
)


def upgrade() -> None:
    op.create_table(
        "registered_templates",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("parameters_schema", JsonDocument, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["registered_by_id"],
            ["users.id"],
            name=op.f("fk_registered_templates_registered_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_templates")),
        sa.UniqueConstraint("name", "version", name="uq_registered_templates_name_version"),
    )
    op.create_index(op.f("ix_registered_templates_created_at"), "registered_templates", ["created_at"])
    _allow(FORMER, WITH_CUSTOM)
    _add_column()
    op.create_index(op.f("ix_jobs_template_id"), "jobs", ["template_id"])
    _keep_final(f"{FORMER_COLUMNS}, template_id")


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'custom'")
    _keep_final(FORMER_COLUMNS)
    op.drop_index(op.f("ix_jobs_template_id"), table_name="jobs")
    op.drop_column("jobs", "template_id")
    _allow(WITH_CUSTOM, FORMER)
    op.drop_table("registered_templates")


def _add_column() -> None:
    """`jobs.template_id` with its CHECK, which on SQLite has to come with the column, for the reason given below."""
    reference = "CONSTRAINT fk_jobs_template_id_registered_templates REFERENCES registered_templates (id)"
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE jobs ADD COLUMN template_id {kind} {reference} "
        f"CONSTRAINT ck_jobs_custom_has_template CHECK ({IS_CUSTOM})"
    )


def _allow(before: str, after: str) -> None:
    """Change the CHECK of jobs.kind.

    SQLite can only make the table anew, and dropping the old one would delete the artifacts of all jobs; so the text of
    the constraint is changed in the schema, as SQLite's documentation describes for changes that touch no row.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("kind", "jobs", type_="check")
        op.create_check_constraint("kind", "jobs", f"kind IN ({after})")
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'jobs'"),
        {"before": f"kind IN ({before})", "after": f"kind IN ({after})"},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def _keep_final(columns: str) -> None:
    """Make the trigger that keeps finished jobs anew, over these columns."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER jobs_final_is_final")
        deed = "BEGIN SELECT RAISE(ABORT, 'a finished job is never changed'); END"
    else:
        op.execute("DROP TRIGGER jobs_final_is_final ON jobs")
        deed = "EXECUTE FUNCTION refuse_to_change_a_finished_job()"
    op.execute(
        f"CREATE TRIGGER jobs_final_is_final BEFORE UPDATE OF {columns} ON jobs FOR EACH ROW "
        f"WHEN (OLD.state NOT IN ('queued', 'running')) {deed}"
    )
