"""The kernel process of a run, and the client of it."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.kernel.client import Kernel, KernelLost
    from wrangler.notebook.kernel.environment import apply_environment
    from wrangler.notebook.kernel.kernel import serve
    from wrangler.notebook.kernel.launch import launch_kernel, write_connection
    from wrangler.notebook.kernel.oom import oom_kills, shortage

__all__ = [
    "Kernel",
    "KernelLost",
    "apply_environment",
    "launch_kernel",
    "oom_kills",
    "serve",
    "shortage",
    "write_connection",
]

__getattr__ = lazy_names(
    __name__,
    {
        "environment": ["apply_environment"],
        "client": ["Kernel", "KernelLost"],
        "kernel": ["serve"],
        "launch": ["launch_kernel", "write_connection"],
        "oom": ["oom_kills", "shortage"],
    },
)
