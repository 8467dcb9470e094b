"""The runner's end of a kernel: whether it lives, and a client that talks to it."""

import json
import time
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

_LONGEST_START_SECONDS = 60.0
_POLL_SECONDS = 0.2


class KernelProcess(Protocol):
    """A child of the runner, started or forked."""

    pid: int

    def poll(self) -> int | None:
        """How it ended: an exit status, minus a signal's number, or None while it lives."""


class KernelLost(Exception):
    """The kernel ended, or did not answer, before it could be used."""


class RunKernelManager(AsyncKernelManager):
    """jupyter_client's manager of a kernel that is there already: it starts nothing and ends nothing."""

    def __init__(self, connection: Path, process: KernelProcess) -> None:
        super().__init__()
        self.process = process
        self.load_connection_info(json.loads(connection.read_text(encoding="utf-8")))

    @property
    def has_kernel(self) -> bool:
        return True

    @property
    def returncode(self) -> int | None:
        return self.process.poll()

    async def _async_is_alive(self) -> bool:
        return self.returncode is None

    is_alive = _async_is_alive


class Kernel:
    """A kernel with a connected client."""

    def __init__(self, connection: Path, process: KernelProcess) -> None:
        self.manager = RunKernelManager(connection, process)
        self.client: AsyncKernelClient = self.manager.client()
        self.client.start_channels(stdin=False, hb=False)
        run_sync(self._wait_until_ready)()

    def execute_silently(self, source: str) -> None:
        """Run a statement of Wrangler's own, outside the notebook's count of cells."""
        run_sync(self._execute)(source)

    async def _wait_until_ready(self) -> None:
        """Until the kernel answers on both channels. jupyter_client's own way then waits another fifth of a second."""
        while True:
            await self._reply_to(self.client.kernel_info())
            try:
                await self.client.get_iopub_msg(timeout=_POLL_SECONDS)
            except Empty:
                continue  # the subscription came too late for this answer: ask again
            return

    async def _execute(self, source: str) -> None:
        reply = await self._reply_to(self.client.execute(source, silent=True, store_history=False))
        if reply["content"]["status"] != "ok":
            raise KernelLost(f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}")

    async def _reply_to(self, message_id: str) -> dict[str, Any]:
        give_up_at = time.monotonic() + _LONGEST_START_SECONDS
        while time.monotonic() < give_up_at:
            try:
                reply: dict[str, Any] = await self.client.get_shell_msg(timeout=_POLL_SECONDS)
            except Empty:
                if self.manager.returncode is not None:
                    raise KernelLost(f"it ended with status {self.manager.returncode}") from None
                continue
            if reply["parent_header"].get("msg_id") == message_id:
                return reply
        raise KernelLost(f"no answer within {_LONGEST_START_SECONDS:g} s")
