"""Progress within a long cell: what a notebook reports to those who watch its run.

In a template: `imputer = make_imputer(method, progress=publish_progress)`. Outside a run of Wrangler, in JupyterLab or
in a script, it does nothing.
"""

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MEDIA_TYPE = "application/vnd.wrangler.progress+json"
_SHORTEST_PAUSE_SECONDS = 0.2


class Step(Protocol):
    """What is reported: how far, from 0 to 1, and what is being done."""

    @property
    def fraction(self) -> float: ...

    @property
    def stage(self) -> str: ...


class _Publisher:
    """Sends to the runner over the kernel's display channel, at most five times a second."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        shell = _shell()
        if shell is None or now < self._silent_until:
            return
        self._silent_until = now + _SHORTEST_PAUSE_SECONDS
        shell.display_pub.publish({MEDIA_TYPE: {"fraction": float(step.fraction), "stage": str(step.stage)}})


def _shell() -> "InteractiveShell | None":
    """The kernel's shell when this is a kernel of Wrangler, which alone knows what to do with the message."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell if getattr(shell, "takes_progress", False) else None


publish_progress = _Publisher()
