"""Jobs may compare methods.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-24 23:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FORMER = "'impute', 'analyze', 'correlate'"
WITH_COMPARE = f"{FORMER}, 'compare'"


def upgrade() -> None:
    _allow(FORMER, WITH_COMPARE)


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'compare'")
    _allow(WITH_COMPARE, FORMER)


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
