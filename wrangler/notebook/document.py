"""Notebooks as documents: nbformat, which is untyped, behind a few typed functions."""

from typing import Any

import nbformat
from nbformat import NotebookNode

from wrangler.notebook.plain import finite


def read_document(text: str) -> NotebookNode:
    document: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return document


def document_text(document: NotebookNode) -> str:
    """The notebook as JSON that browsers read."""
    return str(nbformat.writes(nbformat.from_dict(finite(document))))  # type: ignore[no-untyped-call]


def markdown_cell(text: str, **metadata: Any) -> NotebookNode:  # noqa: ANN401 - JSON
    cell: NotebookNode = nbformat.v4.new_markdown_cell(text, metadata=metadata)  # type: ignore[no-untyped-call]
    return cell


def error_output(name: str, message: str) -> NotebookNode:
    return _output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def stream_output(text: str) -> NotebookNode:
    return _output("stream", name="stderr", text=text)


def _output(kind: str, **fields: Any) -> NotebookNode:  # noqa: ANN401 - JSON
    output: NotebookNode = nbformat.v4.new_output(kind, **fields)  # type: ignore[no-untyped-call]
    return output
