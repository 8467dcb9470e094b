"""What turns a kernel that was forked ahead of time into the kernel of one run."""

import os
import sys
import tempfile
from pathlib import Path

from wrangler.notebook.protocol import ORDER_FILE, Order
from wrangler.sandbox import restrict


def become(folder: str) -> None:
    """Move into the folder of the run and take its environment, its limits and a randomness of its own."""
    os.chdir(folder)
    order = Order.read(Path(ORDER_FILE))
    take_environment(order.environment)
    restrict(order.limits)
    _use_threads(order.limits.threads)
    _forget_shared_randomness()


def take_environment(environment: dict[str, str]) -> None:
    """Exchange the whole environment of this process."""
    os.environ.clear()  # noqa: TID251 - nothing is read
    os.environ.update(environment)  # noqa: TID251 - nothing is read
    tempfile.tempdir = None


def _use_threads(threads: int) -> None:
    """The libraries counted to one when the fork server loaded them; a run may have more."""
    if threads > 1:
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=threads)


def _forget_shared_randomness() -> None:
    """Every fork starts with the fork server's numpy state; Python itself looks after its own `random`."""
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()  # noqa: NPY002 - the global state is the one that is shared
