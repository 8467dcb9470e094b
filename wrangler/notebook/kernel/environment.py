"""What turns a kernel that was forked ahead of time into the kernel of one run."""

import os
import sys
import tempfile
from pathlib import Path

from wrangler.notebook.protocol import INSTRUCTIONS_FILE, RunInstructions
from wrangler.sandbox import restrict


def become(folder: str) -> None:
    """Move into the folder of the run and take its environment, its limits and a randomness of its own."""
    os.chdir(folder)
    instructions = RunInstructions.read(Path(INSTRUCTIONS_FILE))
    apply_environment(instructions.environment)
    restrict(instructions.limits)
    _use_threads(instructions.limits.threads)
    _reseed_random_generators()


def apply_environment(environment: dict[str, str]) -> None:
    """Exchange the whole environment of this process."""
    os.environ.clear()  # noqa: TID251 - nothing is read
    os.environ.update(environment)  # noqa: TID251 - nothing is read
    tempfile.tempdir = None


def _use_threads(threads: int) -> None:
    """The libraries counted to one when the fork server loaded them; a run may have more."""
    if threads > 1:
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=threads)


def _reseed_random_generators() -> None:
    """Every fork starts with the fork server's numpy state; Python itself looks after its own `random`."""
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()  # noqa: NPY002 - the global state is the one that is shared
