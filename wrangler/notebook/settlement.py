"""The last word on a run's notebook: which cell failed, which were not run, and a report a person can read."""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from wrangler.notebook.document import document_text, error_output, markdown_cell
from wrangler.notebook.files import write_atomically
from wrangler.notebook.headings import heading_before
from wrangler.notebook.html import render_html
from wrangler.notebook.outcome import RunError
from wrangler.notebook.spec import HTML_FILE, NOTEBOOK_FILE

DONE, FAILED, NOT_RUN = "done", "failed", "not run"
_NOTE_TAG = "papermill-error-cell-tag"  # papermill takes cells with this tag out again when the notebook is re-run


def reach(notebook: NotebookNode, cell: int) -> None:
    """Bring a notebook that was saved a while ago up to what is known: the run was at work on `cell` when it ended."""
    for index, passed in enumerate(notebook.cells):
        status = "completed" if index < cell else "running" if index == cell else "pending"
        passed.metadata.setdefault("papermill", {})["status"] = status


def mark(notebook: NotebookNode, failure: RunError | None) -> RunError | None:
    """Write into each cell whether it is done, failed or not run, and a note above a failed run's first cell.

    Gives the failure with its cell and heading as they stand in this notebook.
    """
    notebook.cells = [cell for cell in notebook.cells if _NOTE_TAG not in cell.metadata.get("tags", [])]
    failed_at = None
    for index, cell in enumerate(notebook.cells):
        status = _status(cell)
        cell.metadata["wrangler"] = {"status": status}
        if cell.cell_type == "code" and status != DONE:
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), status.replace(" ", "-")})
        if status == FAILED:
            failed_at = index
    if failure is None:
        return None
    heading = heading_before(notebook.cells, failed_at) if failed_at is not None else ""
    if failed_at is not None:
        _show_failure(notebook.cells[failed_at], failure)
    notebook.cells.insert(0, _note(failure, heading))
    return RunError(
        failure.code,
        failure.message,
        None if failed_at is None else failed_at + 1,
        heading or None,
        failure.exception,
    )


def save(notebook: NotebookNode, folder: Path, *, durable: bool) -> None:
    """Write `report.ipynb` whole or not at all, as JSON that browsers read."""
    write_atomically(folder / NOTEBOOK_FILE, document_text(notebook), durable=durable)


def publish(notebook: NotebookNode, folder: Path, *, title: str) -> None:
    """Write both faces of the report: the notebook and its HTML."""
    save(notebook, folder, durable=True)
    write_atomically(folder / HTML_FILE, render_html(notebook, title=title))


def _status(cell: dict[str, Any]) -> str:
    said = cell["metadata"].get("papermill", {}).get("status", "pending")
    return {"completed": DONE, "pending": NOT_RUN}.get(said, FAILED)


def _show_failure(cell: NotebookNode, failure: RunError) -> None:
    cell.metadata.setdefault("papermill", {})["status"] = "failed"
    if cell.cell_type == "code" and not any(output.output_type == "error" for output in cell.outputs):
        cell.outputs.append(error_output(str(failure.code), failure.message))


def _note(failure: RunError, heading: str) -> NotebookNode:
    what = f"{failure.exception}: {failure.message}" if failure.exception else failure.message
    quoted = "\n".join(f"    {line}" for line in what.splitlines() or [""])
    where = f" under “{heading}”" if heading else ""
    text = f"**This run did not succeed{where} ({failure.code}).** Cells after the failed one were not run.\n\n{quoted}"
    return markdown_cell(text, tags=[_NOTE_TAG], wrangler={"status": DONE, "note": True})
