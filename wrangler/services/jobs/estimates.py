"""How long a running job will still take, as far as that can be known from how far it is."""

import math
from datetime import datetime

FEWEST_SECONDS = 3.0
SMALLEST_SHARE = 0.05


def expected_seconds_left(started_at: datetime | None, seen_at: datetime | None, progress: float) -> int | None:
    """Whole seconds from `seen_at` on, when the rest goes as fast as what is done; None while too little is done.

    Both instants are the database's, so the clock of whoever asks has no influence.
    """
    if started_at is None or seen_at is None:
        return None
    elapsed = (seen_at - started_at).total_seconds()
    if elapsed < FEWEST_SECONDS or progress < SMALLEST_SHARE:
        return None
    return math.ceil(elapsed * (1 - progress) / progress)
