"""The fork server: a warm process from which runners and kernels are forked, with a spare kernel standing ready."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.forkserver.client import ForkServerClient
    from wrangler.notebook.forkserver.orphans import end_orphans, run_token

__all__ = ["ForkServerClient", "end_orphans", "run_token"]

__getattr__ = lazy_names(
    __name__,
    {
        "client": ["ForkServerClient"],
        "orphans": ["end_orphans", "run_token"],
    },
)
