"""The record of a run while its cells run: on the disk for later, over the channel for now."""

import asyncio
from pathlib import Path

from nbformat import NotebookNode
from papermill.engines import NotebookExecutionManager

from wrangler.notebook.documents import heading_before, is_executable, weight_of
from wrangler.notebook.protocol import Channel, LiveLog
from wrangler.notebook.runner import finalize

_SAVE_SECONDS = 2
_REPORT_SECONDS = 0.2
_LOG_TAIL_CHARACTERS = 2_000


class Record(NotebookExecutionManager):  # type: ignore[misc]  # papermill is untyped
    """papermill's manager of a run, corrected: a cell that did not run is never noted as completed."""

    def __init__(self, notebook: NotebookNode, folder: Path, channel: Channel) -> None:
        super().__init__(notebook, progress_bar=False, autosave_cell_every=_SAVE_SECONDS)
        self._folder = folder
        self._channel = channel
        self._log = LiveLog(folder)
        self._log_tail = ""
        self._heading = ""
        self._stage = ""
        self._cell = 0
        self._within = 0.0
        self._fraction = 0.0
        self._is_report_due = False
        self._saved_at = self.now()
        self._cells_total = sum(1 for cell in notebook.cells if is_executable(cell))
        self._cells_done = 0
        self._weight = 0.0
        self._weight_done = 0.0
        self._weight_total = sum(weight_of(cell) for cell in notebook.cells)

    def save(self, **_changes: object) -> None:
        """Write the notebook if the last time is a while ago; the supervisor gets the progress in any case."""
        if self._cell == 0 or (self.now() - self._saved_at).total_seconds() >= _SAVE_SECONDS:
            finalize.save(self.nb, self._folder, durable=False)
            self._saved_at = self.last_save_time = self.now()

    def cell_start(self, cell: NotebookNode, cell_index: int | None = None, **_more: object) -> None:
        cell.metadata.papermill.update(start_time=self.now().isoformat(), status=self.RUNNING, exception=False)
        self._cell, self._within, self._stage = cell_index or 0, 0.0, ""
        self._weight = weight_of(cell)
        if is_executable(cell):
            self._heading = heading_before(self.nb.cells, self._cell)
            self._log.note(f"cell {self._cell + 1} of {len(self.nb.cells)}: {self._heading}".rstrip(": "))
            self._report()

    def cell_complete(self, cell: NotebookNode, cell_index: int | None = None, **more: object) -> None:
        if is_executable(cell):
            self._cells_done, self._within = self._cells_done + 1, 0.0
            self._weight_done += self._weight
        super().cell_complete(cell, cell_index=cell_index, **more)
        if self._cells_done == self._cells_total:
            self._report()

    def notebook_complete(self, **_more: object) -> None:
        """Note the end of the run; unlike papermill's, this leaves cells that did not run as they are."""
        end = self.now()
        is_unfinished = any(cell.metadata.papermill["status"] != self.COMPLETED for cell in self.nb.cells)
        duration = (end - self.start_time).total_seconds()
        self.nb.metadata.papermill.update(end_time=end.isoformat(), duration=duration, exception=is_unfinished)

    def received(self, text: str) -> None:
        """What the notebook prints goes to the log, and its end to those who watch."""
        self._log.printed(text)
        self._log_tail = (self._log_tail + text)[-_LOG_TAIL_CHARACTERS:]
        self._report_soon()

    def within_cell(self, fraction: float, stage: str) -> None:
        """The cell itself reports how far it is."""
        self._within = min(max(fraction, 0.0), 1.0)
        self._stage = stage
        self._report_soon()

    def _report_soon(self) -> None:
        """Once, a moment from now: a loop that prints must not keep the supervisor busy."""
        if not self._is_report_due:
            self._is_report_due = True
            asyncio.get_running_loop().call_later(_REPORT_SECONDS, self._report)

    def _report(self) -> None:
        self._is_report_due = False
        fraction = (self._weight_done + self._within * self._weight) / max(1.0, self._weight_total)
        self._fraction = max(self._fraction, min(fraction, 1.0))
        self._channel.send(
            "progress",
            cell=self._cell,
            cells_done=self._cells_done,
            cells_total=self._cells_total,
            heading=": ".join(filter(None, (self._heading, self._stage))),
            fraction=self._fraction,
            log_tail=self._log_tail,
        )
