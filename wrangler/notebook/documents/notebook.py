"""Notebooks as documents: nbformat, which is untyped, behind a few typed functions."""

import json
import math
from typing import Any

import nbformat
from nbformat import NotebookNode

from wrangler.json_value import JsonValue
from wrangler.notebook.documents.json_values import finite

NBFORMAT = 4
_WITHOUT_IDS = 4


def read_document(text: str) -> NotebookNode:
    document: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return document


def read_valid_document(text: str) -> NotebookNode:
    """A notebook file of version 4.

    Raises
    ------
    ValueError, nbformat.ValidationError
        When it is none, or not as its version demands.
    """
    parsed = json.loads(text)
    if not isinstance(parsed, dict) or parsed.get("nbformat") != NBFORMAT:
        raise ValueError(f"a notebook of format {NBFORMAT} is needed")
    parsed["nbformat_minor"] = _WITHOUT_IDS  # cells get new ones, so those they have need not be valid
    for cell in parsed.get("cells", ()):
        cell.pop("id", None)
    document: NotebookNode = nbformat.from_dict(parsed)  # type: ignore[no-untyped-call]
    nbformat.validate(document)
    return _joined(document)


def read_percent_script(text: str) -> NotebookNode:
    """A Python script whose cells begin with `# %%`; it is read as text.

    Raises
    ------
    ValueError
        When it has no such cell.
    """
    import jupytext  # only registration needs it

    if "# %%" not in text:
        raise ValueError("its cells must begin with `# %%` or `# %% [markdown]`")
    document: NotebookNode = jupytext.reads(text, fmt="py:percent")
    return document


def clean_document(cells: list[dict[str, Any]]) -> str:
    """A notebook for Wrangler's kernel, with these cells and nothing else, as text that is the same for the same cells.

    Raises
    ------
    nbformat.ValidationError
    """
    document: NotebookNode = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[{**cell, "id": f"cell-{number}", **_unrun(cell)} for number, cell in enumerate(cells, 1)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.validate(document)
    return document_text(document)


def _unrun(cell: dict[str, Any]) -> dict[str, Any]:
    return {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}


def _joined(document: NotebookNode) -> NotebookNode:
    """Sources may be lists of lines in a file."""
    for cell in document.cells:
        cell.source = "".join(cell.source)
    return document


def document_text(document: NotebookNode) -> str:
    """The notebook as JSON that browsers read."""
    return str(nbformat.writes(nbformat.from_dict(finite(document))))  # type: ignore[no-untyped-call]


def markdown_cell(text: str, **metadata: JsonValue) -> NotebookNode:
    cell: NotebookNode = nbformat.v4.new_markdown_cell(text, metadata=metadata)  # type: ignore[no-untyped-call]
    return cell


def error_output(name: str, message: str) -> NotebookNode:
    return _output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def stream_output(text: str) -> NotebookNode:
    return _output("stream", name="stderr", text=text)


def _output(kind: str, **fields: JsonValue) -> NotebookNode:
    output: NotebookNode = nbformat.v4.new_output(kind, **fields)  # type: ignore[no-untyped-call]
    return output


def is_executable(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip())


def weight_of(cell: NotebookNode) -> float:
    """How much of the run a cell is: 1 unless its metadata has `"wrangler": {"weight": ...}`; 0 when nothing runs."""
    if not is_executable(cell):
        return 0.0
    weight = cell.metadata.get("wrangler", {}).get("weight", 1)
    return float(weight) if isinstance(weight, int | float) and 0 < weight < math.inf else 1.0
