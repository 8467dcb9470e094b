"""The worker's side of a run: start the process tree, monitor it, end it, collect its artifacts."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.supervisor import machine_share
    from wrangler.notebook.supervisor.supervision import preload, supervise

__all__ = ["machine_share", "preload", "supervise"]

__getattr__ = lazy_names(
    __name__,
    {"supervision": ["supervise", "preload"]},
)
