"""Imports that nobody waits for in a request: a worker takes them from the table, one in each free slot."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from wrangler.config import Settings
from wrangler.services.imports import leases, run


@dataclass(frozen=True)
class Importer:
    """Imports in the name of one worker process, until `stopping` is set."""

    settings: Settings
    stopping: threading.Event

    def next(self) -> Callable[[], None] | None:
        """Claim the upload that has waited longest; what is to be called to import it."""
        claim = leases.claim_next(lease_seconds=self.settings.job_lease_seconds)
        if claim is None:
            return None
        return partial(run.import_for_worker, claim, self.settings, self.stopping.is_set)
