"""Wrangler's papermill engine: runs the cells one after another and keeps a true record of each."""

import asyncio
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager

from wrangler.notebook import failures, settlement
from wrangler.notebook.channel import Channel
from wrangler.notebook.document import stream_output
from wrangler.notebook.headings import heading_before
from wrangler.notebook.manager import RunKernelManager
from wrangler.notebook.outcome import RunError
from wrangler.notebook.output import OutputBudget

_LIVENESS_SECONDS = 0.1
_SAVE_SECONDS = 5
_LATE_OUTPUT_SECONDS = 10  # a cell that is done waits so long for output that is still on its way
_LOG_TAIL_CHARACTERS = 2_000
_JOINED_CHARACTERS = 10_000
_OUTPUTS = {"stream", "display_data", "execute_result", "error", "update_display_data"}


class CellStopped(Exception):
    """The run cannot go on; `failure` says why."""

    def __init__(self, failure: RunError) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Record(NotebookExecutionManager):  # type: ignore[misc]  # papermill is untyped
    """Keeps the notebook on the disk and the supervisor informed while the cells run."""

    def __init__(self, notebook: NotebookNode, folder: Path, channel: Channel) -> None:
        super().__init__(notebook, progress_bar=False, autosave_cell_every=_SAVE_SECONDS)
        self._folder = folder
        self._channel = channel
        self._log_tail = ""
        self.heading = ""
        self.cells_total = sum(1 for cell in notebook.cells if is_executable(cell))
        self.cells_done = 0

    def save(self, **_changes: Any) -> None:  # noqa: ANN401 - papermill's signature
        settlement.save(self.nb, self._folder, durable=False)
        self.last_save_time = self.now()

    def cell_start(self, cell: NotebookNode, cell_index: int | None = None, **_more: Any) -> None:  # noqa: ANN401
        cell.metadata.papermill.update(start_time=self.now().isoformat(), status=self.RUNNING, exception=False)
        if is_executable(cell):
            self.heading = heading_before(self.nb.cells, cell_index or 0)
            self.save()
            self.tell()

    def cell_complete(self, cell: NotebookNode, cell_index: int | None = None, **more: Any) -> None:  # noqa: ANN401
        if is_executable(cell):
            self.cells_done += 1
            self.tell()
        super().cell_complete(cell, cell_index=cell_index, **more)

    def notebook_complete(self, **_more: Any) -> None:  # noqa: ANN401 - papermill's signature
        """Note the end of the run; unlike papermill's, this leaves cells that did not run as they are."""
        end = self.now()
        self.nb.metadata.papermill.update(
            end_time=end.isoformat(), duration=(end - self.start_time).total_seconds(), exception=self.is_unfinished
        )

    @property
    def is_unfinished(self) -> bool:
        return any(cell.metadata.papermill["status"] != self.COMPLETED for cell in self.nb.cells)

    def heard(self, text: str) -> None:
        """Keep the end of what the notebook prints, for those who watch."""
        self._log_tail = (self._log_tail + text)[-_LOG_TAIL_CHARACTERS:]
        self.tell()

    def tell(self) -> None:
        self._channel.send(
            "progress",
            cells_done=self.cells_done,
            cells_total=self.cells_total,
            heading=self.heading,
            fraction=self.cells_done / max(1, self.cells_total),
            log_tail=self._log_tail,
        )


class RunClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill is untyped
    """Talks to the kernel: caps what it writes and notices within a tenth of a second when it is gone."""

    def __init__(self, record: Record, **traits: Any) -> None:  # noqa: ANN401 - traitlets
        super().__init__(record, **traits)
        self._budget = OutputBudget()

    def create_kernel_manager(self) -> KernelManager:
        self.km = RunKernelManager()
        return self.km

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
            raise CellStopped(failures.kernel_died(self.km.returncode)) from error

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        kind = msg["msg_type"]
        if kind == "clear_output":
            self._budget.forget_cell()
        if kind not in _OUTPUTS:
            return self._take(msg, cell, cell_index)
        content = self._budget.fit(kind, msg["content"])
        output = self._take({**msg, "content": content}, cell, cell_index) if content else None
        if kind == "stream" and content:
            _join_streams(cell.outputs)
            self.nb_man.heard(content["text"])
        if content is not msg["content"]:
            self._say_cut(cell)
        return output

    def _take(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output

    def _say_cut(self, cell: NotebookNode) -> None:
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

    def __init__(self, folder: Path, channel: Channel, cell_timeout_seconds: float | None) -> None:
        self._folder = folder
        self._channel = channel
        self._cell_timeout_seconds = cell_timeout_seconds
        self.client: RunClient | None = None
        self.notebook: NotebookNode | None = None

    def execute_notebook(self, nb: NotebookNode, kernel_name: str, **_options: Any) -> NotebookNode:  # noqa: ANN401
        self.notebook = nb
        nb.metadata.papermill.update(input_path=None, output_path=None)  # papermill puts the whole notebook there
        record = Record(nb, self._folder, self._channel)
        record.notebook_start()
        self.client = RunClient(
            record,
            kernel_name=kernel_name,
            timeout=self._cell_timeout_seconds,
            shutdown_kernel="immediate",
            iopub_timeout=_LATE_OUTPUT_SECONDS,
            raise_on_iopub_timeout=False,
        )
        try:
            self.client.execute()
        finally:
            record.notebook_complete()
        return nb


def _join_streams(outputs: list[NotebookNode]) -> None:
    """Put the newest piece of a stream to the one before it. nbclient's own way takes quadratic time on long lines."""
    if len(outputs) < len(("before", "newest")):
        return
    before, newest = outputs[-2:]
    is_same = before.output_type == "stream" and before.name == newest.name
    if is_same and len(before.text) < _JOINED_CHARACTERS:
        before.text += newest.text
        outputs.pop()


def is_executable(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip())
