"""The words of the field: maintenance tasks, and the reasons why cells are missing.

Revision ID: 0007
Revises: 0006
Create Date: 2026-12-01 00:50:00
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

datasets = sa.table(
    "datasets",
    sa.column("id", sa.Uuid()),
    sa.column("columns", sa.JSON()),
    sa.column("import_report", sa.JSON()),
)


def upgrade() -> None:
    op.rename_table("chores", "maintenance_tasks")
    _rename_keys("marker_kinds", "missing_reasons")


def downgrade() -> None:
    _rename_keys("missing_reasons", "marker_kinds")
    op.rename_table("maintenance_tasks", "chores")


def _rename_keys(old: str, new: str) -> None:
    """Rename a key of each column of a dataset, and of its import report; nothing below these keys is looked at."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(datasets)).all():
        columns = [_renamed(column, old, new) for column in row.columns or []]
        report = _renamed(row.import_report, old, new) if row.import_report else row.import_report
        if columns != (row.columns or []) or report != row.import_report:
            changed = sa.update(datasets).where(datasets.c.id == row.id).values(columns=columns, import_report=report)
            connection.execute(changed)


def _renamed(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if key == old else key: value for key, value in document.items()}
