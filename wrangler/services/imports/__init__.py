"""Imports: an upload that lies safe becomes a dataset that is ready, or failed with the reason.

The row is the truth, as it is for jobs: `upload` commits it early, `leases` say who imports it, `run`
imports, `results` are the only ways out. What a lost process leaves is taken up by a worker.
"""

from wrangler.services.imports import leases, run
from wrangler.services.imports.upload import Notify, store_upload
from wrangler.services.imports.wait import wait_for_change

__all__ = ["Notify", "leases", "run", "store_upload", "wait_for_change"]
