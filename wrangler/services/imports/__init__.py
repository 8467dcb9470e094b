"""Imports: an upload on the disk becomes a dataset that is ready, or failed with the reason.

The row is the truth, as it is for jobs: `upload` commits it early, `leases` give it to one process at a time,
`run` imports, `results` are the only ways to end. What a lost process leaves is taken up by a worker.
"""

from wrangler.services.imports import leases, run
from wrangler.services.imports.upload import Notify, store_upload
from wrangler.services.imports.wait import wait_for_change

__all__ = ["Notify", "leases", "run", "store_upload", "wait_for_change"]
