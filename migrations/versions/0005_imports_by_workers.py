"""Datasets tell how far their import is, who holds it, and under which key they were sent.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-25 02:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ABANDONED = {
    "code": "import_lost",
    "message": "The import had not ended when the database went back to a step that knows no imports by workers.",
    "errors": [],
}


def upgrade() -> None:
    """Columns are added and the table is never made anew: on SQLite that would delete the jobs of all datasets."""
    for column in (
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="0"),
        sa.Column(
            "lease_until",
            INSTANT,
            sa.CheckConstraint(
                "status <> 'importing' OR lease_until IS NOT NULL", name=op.f("ck_datasets_importing_is_leased")
            ),
            nullable=True,
        ),
        sa.Column(
            "progress",
            sa.Double(),
            sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_datasets_progress_is_a_share")),
            nullable=False,
            server_default="1",
        ),
        sa.Column("stage", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("request_sha256", sa.String(length=64), nullable=True),
    ):
        op.add_column("datasets", column)
    op.create_index("ix_datasets_status_lease", "datasets", ["status", "lease_until"], unique=False)
    op.create_index("ix_datasets_owner_idempotency_key", "datasets", ["owner_id", "idempotency_key"], unique=True)


def downgrade() -> None:
    datasets = sa.table("datasets", sa.column("status", sa.String()), sa.column("error", JSON_DOCUMENT))
    op.execute(
        sa.update(datasets)
        .where(datasets.c.status.in_(["uploaded", "importing"]))
        .values(status="failed", error=ABANDONED)
    )
    op.drop_index("ix_datasets_owner_idempotency_key", table_name="datasets")
    op.drop_index("ix_datasets_status_lease", table_name="datasets")
    for name in ("request_sha256", "idempotency_key", "stage", "progress", "lease_until", "attempt"):
        op.drop_column("datasets", name)
