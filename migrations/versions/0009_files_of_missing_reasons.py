"""The file with the missing reason of each cell is called by what it holds.

Revision ID: 0009
Revises: 0008
Create Date: 2026-12-01 05:30:00
"""

from pathlib import Path

from flask import current_app

from wrangler.config import settings_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FORMER, NAME = "markers.parquet", "missing_reasons.parquet"


def upgrade() -> None:
    _rename(FORMER, NAME)


def downgrade() -> None:
    _rename(NAME, FORMER)


def _rename(before: str, after: str) -> None:
    """In each dataset's folder; once done, doing it again changes nothing."""
    datasets: Path = settings_of(current_app).data_dir / "datasets"
    for file in datasets.glob(f"*/{before}"):
        file.replace(file.with_name(after))
