"""Datasets tell how often their import was handed back, which does not count as an attempt.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-30 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("datasets", sa.Column("hand_backs", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("datasets", "hand_backs")
