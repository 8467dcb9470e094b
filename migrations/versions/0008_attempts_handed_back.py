"""Jobs count the attempts that were handed back, as datasets do, instead of raising their limit.

Revision ID: 0008
Revises: 0007
Create Date: 2026-12-01 01:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FORMER = "attempt >= 0 AND attempt <= max_attempts"
COUNTED = "attempt >= 0 AND attempt - hand_backs <= max_attempts"
RAISE_LIMITS = "UPDATE jobs SET max_attempts = max_attempts + hand_backs WHERE hand_backs > 0"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("hand_backs", sa.Integer(), nullable=False, server_default="0"))
    _bound_attempts(FORMER, COUNTED)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{RAISE_LIMITS} AND state IN ('queued', 'running')")  # a finished row is not checked again
    else:
        op.execute("ALTER TABLE jobs DISABLE TRIGGER jobs_final_is_final")
        op.execute(RAISE_LIMITS)
        op.execute("ALTER TABLE jobs ENABLE TRIGGER jobs_final_is_final")
    _bound_attempts(COUNTED, FORMER)
    op.drop_column("jobs", "hand_backs")


def _bound_attempts(before: str, after: str) -> None:
    """Change the CHECK of the attempts; on SQLite in the text of the schema, as in step 0003."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("attempts_bounded", "jobs", type_="check")
        op.create_check_constraint("attempts_bounded", "jobs", after)
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'jobs'"),
        {"before": before, "after": after},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
