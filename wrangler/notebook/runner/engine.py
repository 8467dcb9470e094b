"""Wrangler's papermill engine: runs the cells one after another in a kernel that is there already."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from wrangler.notebook.documents import stream_output
from wrangler.notebook.kernel import Kernel, oom_kills, shortage
from wrangler.notebook.progress import MEDIA_TYPE
from wrangler.notebook.protocol import Channel, OutputBudget, RunError, RunInstructions, failures
from wrangler.notebook.runner.recorder import Record

_LIVENESS_SECONDS = 0.1
_LATE_OUTPUT_SECONDS = 10  # a cell that is done waits so long for output that is still on its way
_JOINED_CHARACTERS = 10_000
_OUTPUTS = {"stream", "display_data", "execute_result", "error", "update_display_data"}


class CellStopped(Exception):
    """The run cannot go on; `failure` is the reason."""

    def __init__(self, failure: RunError) -> None:
        super().__init__(failure.message)
        self.failure = failure


class RunClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill is untyped
    """Talks to the kernel: caps what it writes and notices within a tenth of a second when it is gone."""

    def __init__(self, record: Record, kernel: Kernel, memory_bytes: int | None, **traits: object) -> None:
        super().__init__(record, km=kernel.manager, **traits)
        self.kc = kernel.client
        self._budget = OutputBudget()
        self._memory_bytes = memory_bytes
        self._oom_kills = oom_kills()

    def papermill_execute_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self._run_cell(cell, index)
            except CellStopped:
                self.nb_man.cell_exception(cell, index)
                raise
            self.nb_man.cell_complete(cell, index)

    def _run_cell(self, cell: NotebookNode, index: int) -> None:
        self._budget.next_cell()
        try:
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            raise CellStopped(failures.cell_failed(error.ename, error.evalue)) from error
        except CellTimeoutError as error:
            raise CellStopped(failures.cell_timed_out(self.timeout)) from error
        except DeadKernelError as error:
            raise CellStopped(self._why_dead()) from error

    def _why_dead(self) -> RunError:
        returncode = self.km.returncode
        cause = shortage(returncode, self._memory_bytes, self._oom_kills)
        return failures.out_of_memory(cause) if cause else failures.kernel_died(returncode)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        kind, content = msg["msg_type"], msg["content"]
        if kind == "clear_output":
            self._budget.reset_cell()
        if kind not in _OUTPUTS:
            return self._take(msg, cell, cell_index)
        if MEDIA_TYPE in content.get("data", ()):
            published = content["data"][MEDIA_TYPE]
            self.nb_man.within_cell(float(published["fraction"]), str(published["stage"]))
            return None
        return self._keep(msg, cell, cell_index)

    def _keep(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take an output as far as the budget goes."""
        kind = msg["msg_type"]
        content = self._budget.fit(kind, msg["content"])
        output = self._take({**msg, "content": content}, cell, cell_index) if content else None
        if kind == "stream" and content:
            _join_streams(cell.outputs)
            self.nb_man.received(content["text"])
        if content is not msg["content"]:
            self._mark_cut(cell)
        return output

    def _take(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output

    def _mark_cut(self, cell: NotebookNode) -> None:
        if not self._budget.is_cut:
            self._budget.is_cut = True
            cell.outputs.append(stream_output(f"\n{self._budget.notice}\n"))

    async def _async_poll_kernel_alive(self) -> None:
        while self.km.returncode is None:  # noqa: ASYNC110 - the end of a process is no asyncio.Event
            await asyncio.sleep(_LIVENESS_SECONDS)
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()


class RunEngine(Engine):  # type: ignore[misc]  # papermill is untyped
    """One run's engine: papermill prepares the notebook and hands it here."""

    def __init__(
        self, folder: Path, channel: Channel, instructions: RunInstructions, kernel: Callable[[], Kernel]
    ) -> None:
        self._folder = folder
        self._channel = channel
        self._instructions = instructions
        self._kernel = kernel
        self.notebook: NotebookNode | None = None

    def execute_notebook(self, nb: NotebookNode, kernel_name: str, **_options: object) -> NotebookNode:
        self.notebook = nb
        nb.metadata.papermill.update(input_path=None, output_path=None)  # papermill puts the whole notebook there
        record = Record(nb, self._folder, self._channel)
        record.notebook_start()
        client = RunClient(
            record,
            self._kernel(),
            self._instructions.limits.memory_bytes,
            kernel_name=kernel_name,
            timeout=_whole_seconds(self._instructions.cell_timeout_seconds),
            iopub_timeout=_LATE_OUTPUT_SECONDS,
            raise_on_iopub_timeout=False,
        )
        try:
            client.execute()
        finally:
            record.notebook_complete()
        return nb


def _whole_seconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, math.ceil(seconds))


def _join_streams(outputs: list[NotebookNode]) -> None:
    """Put the newest piece of a stream to the one before it. nbclient's own way takes quadratic time on long lines."""
    if len(outputs) < len(("before", "newest")):
        return
    before, newest = outputs[-2:]
    is_same = before.output_type == "stream" and before.name == newest.name
    if is_same and len(before.text) < _JOINED_CHARACTERS:
        before.text += newest.text
        outputs.pop()
