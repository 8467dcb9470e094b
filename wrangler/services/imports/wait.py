"""Waiting for an import to progress: for the few who may wait in a web process at once."""

import time
from collections.abc import Callable

from sqlalchemy import select

from wrangler.extensions import db
from wrangler.models import Dataset

LOOK_SECONDS = 0.5


def wait_for_change(dataset: Dataset, seconds: float, is_closing: Callable[[], bool]) -> None:
    """Return once the dataset is not as it was known, when the server stops, or when the time is over."""
    seen = select(Dataset.status, Dataset.progress, Dataset.stage, Dataset.attempt).where(Dataset.id == dataset.id)
    known = (dataset.status, dataset.progress, dataset.stage, dataset.attempt)
    give_up_at = time.monotonic() + seconds
    db.session.close()
    while time.monotonic() < give_up_at and not is_closing():
        time.sleep(LOOK_SECONDS)
        row = db.session.execute(seen).one_or_none()
        db.session.close()
        if row is None or tuple(row) != known:
            return
