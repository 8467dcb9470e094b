"""The fork server: a warm process from which runners and kernels are forked, with a spare kernel standing ready."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.forkserver.client import Warmth
    from wrangler.notebook.forkserver.orphans import end_strays, run_token

__all__ = ["Warmth", "end_strays", "run_token"]

__getattr__ = lazy_names(
    __name__,
    {
        "client": ["Warmth"],
        "orphans": ["end_strays", "run_token"],
    },
)
