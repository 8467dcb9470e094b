"""Starting the kernel of a run: over `ipc` in the private part of its folder, never over TCP."""

import os
import sys
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from wrangler.notebook.spec import ORDER_FILE, PRIVATE

# Relative, because the path of a Unix socket may have 107 characters and a run's folder alone can have more. The
# runner and the kernel both start in the folder.
_SOCKET_STEM = f"{PRIVATE}/k"


class RunKernelManager(AsyncKernelManager):
    """Knows one kernel: Wrangler's own entry, whatever kernels are installed on the machine."""

    def __init__(self, **traits: Any) -> None:  # noqa: ANN401 - traitlets
        fixed = {"transport": "ipc", "ip": _SOCKET_STEM, "connection_file": f"{PRIVATE}/kernel.json"}
        super().__init__(**{**traits, **fixed})

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-P", "-m", "wrangler.notebook.kernel", ORDER_FILE, str(os.getpid())]
        return KernelSpec(
            argv=[*argv, "-f", "{connection_file}", "--HistoryManager.enabled=False"],
            display_name="Wrangler",
            language="python",
        )

    @property
    def kernel_pid(self) -> int | None:
        return getattr(self.provisioner, "pid", None)

    @property
    def returncode(self) -> int | None:
        """How the kernel ended: an exit status, minus a signal's number, or None while it lives."""
        process = getattr(self.provisioner, "process", None)
        return process.poll() if process else None
