"""A finished job is never changed, and regular upkeep is noted.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 19:40:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
GUARDED = (
    "attempt, available_at, cancel_requested_at, cpu_seconds, created_at, dataset_id, deadline_seconds, dispatched_at, "
    "error, finished_at, heartbeat_at, idempotency_key, kind, lease_until, max_attempts, owner_id, parameters, "
    "peak_memory_bytes, priority, progress, queue, request_sha256, result, seed, stage, started_at, state, "
    "template_sha256, worker"
)


def upgrade() -> None:
    op.create_table(
        "chores",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("worker", sa.String(length=200), nullable=False),
        sa.Column("done", JSON_DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
    op.create_index("ix_jobs_owner_state", "jobs", ["owner_id", "state"], unique=False)
    op.create_index("ix_jobs_state_finished", "jobs", ["state", "finished_at"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER jobs_final_is_final BEFORE UPDATE OF {GUARDED} ON jobs FOR EACH ROW "
            "WHEN OLD.state NOT IN ('queued', 'running') "
            "BEGIN SELECT RAISE(ABORT, 'a finished job is never changed'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_to_change_a_finished_job() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION 'a finished job is never changed' USING ERRCODE = 'integrity_constraint_violation'; END "
        "$$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER jobs_final_is_final BEFORE UPDATE OF {GUARDED} ON jobs FOR EACH ROW "
        "WHEN (OLD.state NOT IN ('queued', 'running')) EXECUTE FUNCTION refuse_to_change_a_finished_job()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER jobs_final_is_final")
    else:
        op.execute("DROP TRIGGER jobs_final_is_final ON jobs")
        op.execute("DROP FUNCTION refuse_to_change_a_finished_job()")
    op.drop_index("ix_jobs_state_finished", table_name="jobs")
    op.drop_index("ix_jobs_owner_state", table_name="jobs")
    op.drop_table("chores")
