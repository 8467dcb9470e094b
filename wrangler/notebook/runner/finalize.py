"""Finalizing a run's notebook: which cell failed, which were not run, and a report a person can read."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from wrangler.files import replace_file
from wrangler.notebook.documents import document_text, error_output, heading_before, markdown_cell, read_document
from wrangler.notebook.protocol import (
    HTML_FILE,
    INSTRUCTIONS_FILE,
    NOTEBOOK_FILE,
    TEMPLATE_FILE,
    RunError,
    RunInstructions,
    RunSpec,
)
from wrangler.notebook.rendering.html import render_html
from wrangler.sandbox import isolation

_LONGEST_SECONDS = 60

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
    _write(folder / NOTEBOOK_FILE, document_text(notebook), durable=durable)


def publish(notebook: NotebookNode, folder: Path, *, title: str) -> None:
    """Write both forms of the report: the notebook and its HTML."""
    save(notebook, folder, durable=True)
    _write(folder / HTML_FILE, render_html(notebook, title=title), durable=True)


def _write(path: Path, text: str, *, durable: bool) -> None:
    replace_file(path, lambda beside: beside.write_text(text, encoding="utf-8"), durable=durable)


def _status(cell: dict[str, Any]) -> str:
    status = cell["metadata"].get("papermill", {}).get("status", "pending")
    return {"completed": DONE, "pending": NOT_RUN}.get(status, FAILED)


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


def finalize_run(spec: RunSpec, environment: dict[str, str], error: RunError, cell: int | None) -> RunError:
    """Have the report written; gives the error as it stands in the report, or as it was when even that failed.

    `cell` is where the run is known to have been, which may be further than what it had saved.
    """
    argv = [
        sys.executable,
        "-P",
        "-m",
        "wrangler.notebook.runner.finalize",
        *([isolation.FLAG] if spec.isolated else []),
    ]
    command = json.dumps({"error": asdict(error), "cell": cell})
    try:
        child = subprocess.run(
            argv,
            input=command,
            cwd=spec.folder,
            env=environment,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=True,
            text=True,
        )
    except subprocess.SubprocessError:
        return error
    return RunError.from_dict(json.loads(child.stdout))


def main() -> None:
    folder = Path.cwd()
    if isolation.FLAG in sys.argv:
        isolation.enter(folder, os.getppid())
    saved = folder / NOTEBOOK_FILE
    source = saved if saved.is_file() else folder / TEMPLATE_FILE
    notebook = read_document(source.read_text(encoding="utf-8"))
    command = json.load(sys.stdin)
    if saved.is_file() and command["cell"] is not None:
        reach(notebook, command["cell"])
    error = mark(notebook, RunError(**command["error"]))
    publish(notebook, folder, title=RunInstructions.read(folder / INSTRUCTIONS_FILE).title)
    json.dump(asdict(error) if error else None, sys.stdout)


if __name__ == "__main__":
    main()
